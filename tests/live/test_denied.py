"""Machines that do not let us mount: an ordinary user, a locked-down container, other systems."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import layerlab
from layerlab.engine.files.node import Dir
from layerlab.live import mount as mounting
from layerlab.live.mount import Refused, mount
from layerlab.live.probe import probe

NOBODY = 65534
ANYBODYS_PYTHON = [sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"]

TRY = """
from layerlab.engine.files.node import Dir, File
from layerlab.engine.files.ops import Create, Mkdir, Rmdir, Unlink
from layerlab.live.mount import mount, Refused
try:
    with mount([Dir(children={"d": Dir(), "f": File()})]) as live:
        live.apply(Unlink("/f")); live.apply(Rmdir("/d")); live.apply(Mkdir("/d"))
        print(live, type(live.upper.children["f"]).__name__, live.upper.children["d"].opaque, live.left_out)
except Refused as refused:
    print("refused:", refused)
"""
# A seccomp filter in classic BPF: load the system call's number, answer EPERM to unshare(2), allow the rest.
# It is what Docker's default profile does to processes without CAP_SYS_ADMIN.
UNSHARE = {"x86_64": 272, "aarch64": 97}


@pytest.fixture
def python(tmp_path_factory, need) -> list[str]:
    """A Python that anybody may run, with a copy of the package that anybody may read."""
    found = [path for path in ANYBODYS_PYTHON if runs_for_nobody(path)]
    need(
        ok=bool(found) and os.geteuid() == 0,
        why="becoming another user needs root, and a Python 3.11 that it may run",
    )
    home = tmp_path_factory.mktemp("package")
    shutil.copytree(
        Path(layerlab.__file__).parent, home / "layerlab", ignore=shutil.ignore_patterns("__pycache__")
    )
    for place in (home, *home.parents):
        if str(place).startswith("/tmp/"):
            place.chmod(0o755)
    return [found[0], "-c", f"import sys; sys.path.insert(0, {str(home)!r})\n{TRY}"]


def runs_for_nobody(path: str) -> bool:
    """Whether this is a Python of 3.11 or newer that nobody may run."""
    try:
        check = [path, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        return subprocess.run(check, user=NOBODY, group=NOBODY, extra_groups=[], cwd="/").returncode == 0
    except OSError:
        return False


def test_an_ordinary_user_in_a_clean_environment(python, outside):
    env = {name: os.environ[name] for name in os.environ if name.startswith("LAYERLAB_TEST")}
    done = subprocess.run(
        python, user=NOBODY, group=NOBODY, extra_groups=[], env=env, cwd="/", capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.stdout == "an overlay mount in a user namespace Whiteout True ()\n"


def forbid_unshare() -> None:
    """Let this process, and all it starts, get EPERM from unshare(2)."""
    number = UNSHARE[platform.machine()]
    code = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
    raw = b"".join(struct.pack("HBBI", *line) for line in code)
    buffer = ctypes.create_string_buffer(raw)
    program = struct.pack("HP", len(code), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
    assert libc.prctl(22, 2, program, 0, 0) == 0  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


def test_a_locked_down_container(outside, need):
    need(ok=platform.machine() in UNSHARE, why="the seccomp filter is written for x86_64 and aarch64")
    done = subprocess.run(
        [sys.executable, "-c", TRY], preexec_fn=forbid_unshare, capture_output=True, text=True, check=True
    )
    said = "unprivileged: a user namespace: EPERM: Operation not permitted"
    if os.geteuid() == 0:
        said = f"as root: a mount namespace: EPERM: Operation not permitted; {said}"
    assert done.stdout == f"refused: {said}\n"


def test_user_namespaces_switched_off(outside, need):
    need("unshare", "setpriv")
    inner = 'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set -all -- "$@"'
    line = ["unshare", "--user", "--map-root-user", "sh", "-c", inner, "sh", sys.executable, "-c", TRY]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.stdout.startswith("refused: as root: a mount namespace: EPERM: Operation not permitted; "), (
        done.stderr
    )
    assert "a user namespace: ENOSPC: No space left on device" in done.stdout


@pytest.mark.parametrize("system", ["darwin", "win32", "emscripten"])
def test_other_systems_are_told_plainly(monkeypatch, system):
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(Refused, match=f"overlay mounts need Linux, this is {system}"):
        mount([Dir()])
    answers = probe().answers.values()
    assert {answer.words for answer in answers} == {f"overlay mounts need Linux, this is {system}"}
    assert not any(answer.able for answer in answers)


def test_mounting_can_be_switched_off(monkeypatch, outside):
    monkeypatch.setenv(mounting.NO_MOUNT, "1")
    with pytest.raises(Refused, match="LAYERLAB_NO_MOUNT is set"):
        mount([Dir()])
    assert outside.processes() == []
