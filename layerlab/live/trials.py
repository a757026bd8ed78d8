"""What the probe tries out inside a helper's private namespace; whatever it makes there goes with the
namespace.

Each trial gets the empty room and returns what it found; `Refused` carries the words of who said no.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from layerlab.live.namespace import Refused
from layerlab.live.options import mounted
from layerlab.live.syscalls import words

IMAGE = 128 << 20
"""Bytes of the file that stands for a disk; Btrfs wants about 110 MiB, of which it writes few."""

TOOLS = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


def run(*command: str) -> None:
    """Run a program; what it complains about is why it was refused."""
    program = shutil.which(command[0], path=TOOLS["PATH"])
    if program is None:
        raise Refused(f"{command[0]} is not installed")
    done = subprocess.run(
        [program, *command[1:]], env=TOOLS, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise Refused(said[-1] if said else f"{command[0]} ended with {done.returncode}")


def btrfs(room: str) -> str:
    """A Btrfs on a file, mounted through a loop device that lets go of itself."""
    if "btrfs" not in Path("/proc/filesystems").read_text().split():
        run("modprobe", "btrfs")
    with open(f"{room}/disk", "wb") as file:
        file.truncate(IMAGE)
    os.mkdir(f"{room}/at")
    run("mkfs.btrfs", "-q", f"{room}/disk")
    run("mount", "-t", "btrfs", "-o", "loop", f"{room}/disk", f"{room}/at")
    try:
        run("btrfs", "subvolume", "create", f"{room}/at/a")
        run("btrfs", "subvolume", "snapshot", f"{room}/at/a", f"{room}/at/b")
    finally:
        run("umount", f"{room}/at")
    return "on a loop file, with snapshots"


def fuse(room: str) -> str:
    """The device through which a program can be a file system."""
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError as error:
        raise Refused(f"/dev/fuse: {words(error)}") from None
    return "/dev/fuse opens"


def fuse_overlayfs(room: str) -> str:
    """An overlay by fuse-overlayfs; its process ends when it is unmounted."""
    for name in ("lower", "upper", "work", "at"):
        os.mkdir(f"{room}/{name}")
    places = ",".join(f"{name}dir={room}/{name}" for name in ("lower", "upper", "work"))
    run("fuse-overlayfs", "-o", places, f"{room}/at")
    if mounted(f"{room}/at") is None:
        raise Refused("fuse-overlayfs ended without a mount")
    run("umount", f"{room}/at")
    return "mounted"


TRIALS: dict[str, Callable[[str], str]] = {"btrfs": btrfs, "fuse": fuse, "fuse_overlayfs": fuse_overlayfs}
