"""`tools/setup` on machines that lack something, and when two commands start at once.

The Pythons here are small scripts: what is tested is what is said and done, not pip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PYTHON = """#!/bin/sh
echo "$(basename "$0") $*" >>"$LOG"
case "$*" in
    *version_info*) exit {old} ;;
    *ensurepip*) exit {bare} ;;
    --version) echo "Python 3.99" ;;
    "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    "-m pip install "*) sleep 0.5; exit {offline} ;;
esac
"""


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A checkout, in a path with a space, and nothing on PATH but the plainest programs."""
    home = tmp_path / "a check out"
    (home / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools/setup", home / "tools/setup")
    (home / "pyproject.toml").write_text("")
    (tmp_path / "bin").mkdir()
    for program in ("sh", "cat", "mkdir", "cp", "rm", "sleep", "basename", "dirname", "flock", "env", "true"):
        if found := shutil.which(program):
            (tmp_path / "bin" / program).symlink_to(found)
    return home


def python(
    checkout: Path, name: str, *, old: bool = False, bare: bool = False, offline: bool = False
) -> None:
    script = checkout.parent / "bin" / name
    script.write_text(PYTHON.format(old=int(old), bare=int(bare), offline=int(offline)))
    script.chmod(0o755)


def start(checkout: Path, want: str = "lab") -> subprocess.Popen[str]:
    env = {"PATH": str(checkout.parent / "bin"), "LOG": str(checkout.parent / "log"), "HOME": os.devnull}
    line = ["/bin/sh", str(checkout / "tools/setup"), want]
    return subprocess.Popen(line, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(checkout: Path, want: str = "lab") -> tuple[int, str]:
    process = start(checkout, want)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def installs(checkout: Path) -> list[str]:
    log = (checkout.parent / "log").read_text().splitlines()
    return [line.split()[-1] for line in log if "-m pip install" in line]


def test_no_python_is_said_with_the_remedy(checkout):
    code, said = run(checkout)
    assert code == 1
    assert "Python 3.11 or newer is needed" in said
    assert "apt-get install python3 python3-venv" in said


def test_an_old_python_does_not_count(checkout):
    python(checkout, "python3", old=True)
    assert run(checkout)[0] == 1


def test_debians_python_without_venv_is_said_with_the_remedy(checkout):
    python(checkout, "python3", bare=True)
    code, said = run(checkout)
    assert code == 1
    assert "sudo apt-get install python3-venv" in said
    assert not (checkout / ".venv").exists()


def test_a_complete_python_is_preferred_to_a_bare_one(checkout):
    python(checkout, "python3", bare=True)
    python(checkout, "python3.12")
    assert run(checkout)[0] == 0
    assert "python3.12 -m venv .venv" in (checkout.parent / "log").read_text()


def test_once_ready_it_is_silent_and_does_nothing(checkout):
    python(checkout, "python3")
    assert run(checkout)[0] == 0
    assert run(checkout) == (0, "")
    assert installs(checkout) == [".[lab,zstd]"]


def test_the_tests_tools_serve_the_lab_too(checkout):
    python(checkout, "python3")
    assert run(checkout, "dev")[0] == 0
    assert run(checkout, "lab") == (0, "")
    assert installs(checkout) == [".[dev,zstd]"]


def test_a_changed_pyproject_is_installed_again(checkout):
    python(checkout, "python3")
    run(checkout)
    stamp = (checkout / ".venv/.lab").stat().st_mtime
    os.utime(checkout / "pyproject.toml", (stamp + 5, stamp + 5))
    run(checkout)
    assert installs(checkout) == [".[lab,zstd]"] * 2


def test_a_moved_checkout_gets_a_new_environment(checkout):
    python(checkout, "python3")
    run(checkout)
    moved = checkout.rename(checkout.parent / "elsewhere")
    (moved / ".venv/stale").touch()
    assert run(moved)[0] == 0
    assert not (moved / ".venv/stale").exists()


def test_a_failed_install_is_said_and_tried_again(checkout):
    python(checkout, "python3", offline=True)
    code, said = run(checkout)
    assert code == 1
    assert "is there a network?" in said
    shutil.rmtree(checkout / ".venv")
    python(checkout, "python3")
    assert run(checkout)[0] == 0


def test_two_at_once_install_once(checkout, need):
    need("flock")
    python(checkout, "python3")
    both = [start(checkout), start(checkout)]
    said = [process.communicate(timeout=60)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert installs(checkout) == [".[lab,zstd]"]
    assert sum("waiting for it" in one for one in said) <= 1
