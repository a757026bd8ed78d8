"""What this machine can do, found by trying it, and the kernel's own words where it says no.

Everything is tried in a helper's private namespace and leaves nothing. `python -m layerlab.live.probe` prints
it.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from layerlab.engine.files.node import Dir, value
from layerlab.live.helper import Helper
from layerlab.live.mount import forbidden, mount
from layerlab.live.namespace import Refused
from layerlab.live.options import NAMES
from layerlab.live.syscalls import words

CGROUPS = Path("/sys/fs/cgroup")


@value
class Answer:
    """Whether something can be done here, and in `words` how it went or why not."""

    able: bool
    words: str


@value
class Probe:
    """The kernel's name and release, and the answers by what was tried."""

    kernel: str
    answers: dict[str, Answer]

    def __getitem__(self, name: str) -> Answer:
        return self.answers[name]

    def __str__(self) -> str:
        """The answers as a table of text."""
        width = max(len(name) for name in self.answers)
        lines = [f"{'kernel':{width}}       {self.kernel}"]
        for name, answer in self.answers.items():
            lines.append(f"{name:{width}}  {'yes' if answer.able else 'no ':3}  {answer.words}")
        return "\n".join(lines)


def probe() -> Probe:
    """Try everything, which takes about a second."""
    kernel = f"{platform.system()} {platform.release()}"
    why = forbidden()
    if why:
        return Probe(kernel, {name: Answer(False, why) for name in TRIALS})
    return Probe(kernel, {name: _answer(trial) for name, trial in TRIALS.items()})


def _answer(trial: Callable[[], str]) -> Answer:
    """The outcome of one trial."""
    try:
        return Answer(True, trial())
    except Refused as refused:
        return Answer(False, str(refused))


def _overlay(user: bool, redirect_dir: bool = False, index: bool = False, metacopy: bool = False) -> str:
    """A trial mount; tells the effective options."""
    with mount([Dir()], redirect_dir=redirect_dir, index=index, metacopy=metacopy, user=user) as live:
        told = live.options
        listed = [f"{name} {'on' if getattr(told, name) else 'off'}" for name in NAMES]
        return ", ".join([*listed, f"xino {told.xino}", *(["userxattr"] if told.userxattr else [])])


def _within(user: bool, name: str | None = None) -> str:
    """One of the trials that run inside a new namespace."""
    helper = Helper()
    try:
        helper.ask("enter", user, None)
        return str(helper.ask("trial", name)) if name else "made, with mounts of its own"
    finally:
        helper.close()


def _cgroup() -> str:
    """A control group below this process's own, made and removed."""
    mine = [line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
    roots = [root for root in (CGROUPS, CGROUPS / "unified") if (root / "cgroup.controllers").exists()]
    if not mine or not roots:
        raise Refused("control groups of version 2 are not mounted")
    place = roots[0] / mine[0].strip("/") / f"layerlab-{uuid4().hex}"
    try:
        place.mkdir()
        place.rmdir()
    except OSError as error:
        raise Refused(f"a control group: {words(error)}") from None
    controllers = (roots[0] / mine[0].strip("/") / "cgroup.controllers").read_text().split()
    return f"may be made; controllers: {' '.join(controllers) or 'none'}"


TRIALS: dict[str, Callable[[], str]] = {
    "user namespace": lambda: _within(True),
    "overlay as root": lambda: _overlay(False),
    "overlay as root, redirect_dir": lambda: _overlay(False, redirect_dir=True),
    "overlay as root, index": lambda: _overlay(False, index=True),
    "overlay unprivileged": lambda: _overlay(True),
    "overlay unprivileged, redirect_dir": lambda: _overlay(True, redirect_dir=True),
    "overlay unprivileged, index": lambda: _overlay(True, index=True),
    "overlay unprivileged, metacopy": lambda: _overlay(True, metacopy=True),
    "overlay as root, metacopy": lambda: _overlay(False, redirect_dir=True, metacopy=True),
    "Btrfs": lambda: _within(False, "btrfs"),
    "fuse": lambda: _within(os.geteuid() != 0, "fuse"),
    "fuse-overlayfs": lambda: _within(os.geteuid() != 0, "fuse_overlayfs"),
    "control group": _cgroup,
}


def main() -> None:
    """Print the answers."""
    sys.stdout.write(f"{probe()}\n")


if __name__ == "__main__":
    main()
