"""A small real image, made on the spot from programs this machine already has.

No program is shipped with the project: the base layer takes busybox where it is installed, else the machine's own
`sh`, `ls` and `cat` with the libraries they need. Where neither can be had (Windows, macOS, whose programs need
more than files) the image has text files only, and its label says so. Made twice on one machine, it is the same
to the byte.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = ("sh", "ls", "cat")
APPLETS = (
    "sh",
    "ls",
    "cat",
    "echo",
    "rm",
    "mkdir",
    "mv",
    "cp",
    "ln",
    "touch",
    "chmod",
    "stat",
    "sleep",
    "id",
    "true",
)


def programs() -> dict[str, bytes | str]:
    """The programs of the base layer by path: bytes of a file, or the target of a symbolic link.

    Empty where this machine has none that run from files alone.
    """
    if not sys.platform.startswith("linux"):
        return {}
    return _busybox() or _own()


def _busybox() -> dict[str, bytes | str]:
    """busybox and a link for each everyday applet, if it is there and needs no library."""
    found = shutil.which("busybox")
    if not found or _libraries(found):
        return {}
    return {"/bin/busybox": Path(found).read_bytes()} | {f"/bin/{name}": "busybox" for name in APPLETS}


def _own() -> dict[str, bytes | str]:
    """This machine's `sh`, `ls` and `cat`, and the libraries they ask for at the paths they ask for them."""
    files: dict[str, bytes | str] = {}
    for name in PROGRAMS:
        found = shutil.which(name)
        if not found:
            return {}
        files[f"/bin/{name}"] = Path(found).read_bytes()
        for library in _libraries(found):
            files[library] = Path(library).read_bytes()
    return files


def _libraries(program: str) -> list[str]:
    """The absolute paths of the shared libraries a program loads, its loader among them; ldd(1) knows."""
    try:
        told = subprocess.run(
            ["ldd", program], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}, check=False
        )
    except OSError:
        return []
    return sorted(set(_paths(told.stdout)))


def _paths(told: str) -> Iterator[str]:
    for line in told.splitlines():
        if match := re.search(r"(?:=>\s*)?(/\S+)\s+\(0x", line):
            yield match[1]
