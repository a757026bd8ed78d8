"""One run of operations and all that was seen of it; the engine, a mount and a recording each give one."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from typing import Any

from layerlab.engine.files.data import Bytes
from layerlab.engine.files.node import Dir, value
from layerlab.engine.files.ops import Op
from layerlab.engine.files.tree import walk
from layerlab.live.facts import View, content, view
from layerlab.live.mount import Mount

SMALL = 1000
"""Up to this many names in the layers, both trees are looked at after each operation, else only after the
last.
"""


@value
class Look:
    """What one operation gave, and both trees after it; None where they were not looked at."""

    errno: str
    result: str
    merged: View | None
    upper: View | None


Run = tuple[Look, ...]


def looks(run: Sequence[Op], layers: Sequence[Dir]) -> tuple[bool, ...]:
    """For each operation, whether the trees are looked at after it."""
    names = 0
    for layer in layers:
        for _ in walk(layer):
            names += 1
            if names > SMALL:
                return (*(False for _ in run[1:]), True)
    return tuple(True for _ in run)


def on_mount(live: Mount, run: Sequence[Op], look: Sequence[bool]) -> Run:
    """The operations on a real mount.

    In a user namespace Linux cannot note where a copy came from (it takes a file handle), so that two names
    of one copied file have two inode numbers in merged; there they are compared in upper only.
    """
    seen: list[Look] = []
    for op, looking in zip(run, look, strict=True):
        number, result = live.attempt(op)
        merged = view(live.walk("merged"), live.since, links=not live.user) if looking else None
        upper = view(live.walk("upper"), live.since) if looking else None
        seen.append(Look(code(number), shown(result), merged, upper))
    return tuple(seen)


def code(number: int) -> str:
    """An errno's name, "" for success."""
    return errno.errorcode.get(number, str(number)) if number else ""


def shown(result: Any) -> str:
    """An operation's result in words."""
    if result is None:
        return ""
    if isinstance(result, bytes):
        return content(Bytes(result))
    if isinstance(result, str):
        return result
    if hasattr(result, "st_mode"):
        return _stat(result)
    return " ".join(result)


def _stat(facts: os.stat_result) -> str:
    """What lstat(2) says that does not differ from machine to machine."""
    words = [stat.filemode(facts.st_mode), f"{facts.st_uid}:{facts.st_gid}"]
    if not stat.S_ISDIR(facts.st_mode):
        words += [f"{facts.st_size} bytes", f"{facts.st_nlink} links"]
    return ", ".join(words)
