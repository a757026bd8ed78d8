"""One object of every kind in every place of a stack, as calls that build it; and the check of a table.

Places: `deep` in the base layer, `low` in the layer over it, `twice` in both, `upper` in the upper only,
`copied` in a lower and copied up, `again` removed from a lower and made anew in the upper.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence

import pytest

from twin.compare import compare
from twin.config import Config
from twin.engine import Engine
from twin.script import Call
from twin.server import Kernel
from twin.shrink import report

KINDS = ("file", "dir", "full", "link", "dirlink", "dangling", "loop", "fifo", "socket", "device")
PLACES = ("deep", "low", "twice", "upper", "copied", "again")
GONE = ("gone", "hidden", "absent")
"""Names with nothing: removed in the upper, removed by a lower layer, never there."""


def make(kind: str, path: str, target: str = "", mark: bytes = b"old") -> list[Call]:
    """Calls that make an object; a `full` directory has two entries; links point at `target`."""
    name = os.path.basename(path)
    if kind == "file":
        return [("open", 9, path, os.O_CREAT | os.O_WRONLY, 0o644), ("write", 9, mark), ("close", 9)]
    if kind == "dir":
        return [("mkdir", path, 0o755)]
    if kind == "full":
        return [("mkdir", path, 0o755), *make("file", f"{path}/x", mark=mark), ("mkdir", f"{path}/y", 0o755)]
    if kind in {"link", "dirlink"}:
        beside = "full_" if kind == "dirlink" else "file_"
        return [("symlink", target or beside + name.split("_")[-1], path)]
    if kind == "dangling":
        return [("symlink", f"nowhere_{name}", path)]
    if kind == "loop":
        return [("symlink", name, path)]
    bits = {"fifo": stat.S_IFIFO, "socket": stat.S_IFSOCK, "device": stat.S_IFCHR}[kind]
    return [("mknod", path, bits | 0o644, os.makedev(60, 1) if kind == "device" else 0)]


def unmake(kind: str, path: str) -> list[Call]:
    """Calls that remove it again."""
    if kind == "full":
        return [("unlink", f"{path}/x"), ("rmdir", f"{path}/y"), ("rmdir", path)]
    return [("rmdir" if kind == "dir" else "unlink", path)]


def names(user: bool = False) -> list[tuple[str, str]]:
    """Every (kind, place); an unprivileged user makes no devices."""
    return [(kind, place) for kind in KINDS for place in PLACES if not (user and kind == "device")]


def zoo(base: str = "", user: bool = False, only: Iterable[tuple[str, str]] | None = None) -> list[Call]:
    """Two lower layers and an upper, in the directory `base`, that hold every object as `kind_place`."""
    items = [(kind, place, f"{base}/{kind}_{place}") for kind, place in only or names(user)]
    room: list[Call] = [("mkdir", base, 0o755)] if base else []
    first, second, third = [*room], [("tree",), *room], [("layer",)]
    for kind, place, path in items:
        if place in {"deep", "twice"}:
            first += make(kind, path)
        if place in {"low", "twice", "copied", "again"}:
            second += make(kind, path)
        if place == "copied":
            third.append(("utime", path, (1e9, 1e9), False))
        if place == "again":
            third += unmake(kind, path)
        if place in {"upper", "again"}:
            third += make(kind, path, mark=b"new")
    first += make("file", f"{base}/file_hidden")
    second += make("file", f"{base}/file_gone")
    third.append(("unlink", f"{base}/file_gone"))
    second.append(("mknod", f"{base}/file_hidden", stat.S_IFCHR, 0))
    return [*first, *second, *third]


def paths(base: str = "", user: bool = False) -> list[str]:
    """The path of every object, and of every kind of nothing."""
    return [
        *(f"{base}/{kind}_{place}" for kind, place in names(user)),
        *(f"{base}/file_{what}" for what in GONE),
    ]


def check(kernel: Kernel, scripts: Iterable[Sequence[Call]], times: bool = False, limit: int = 5) -> None:
    """Run each script on both sides; fails with the first differences, each as short as it can be."""
    config: Config = kernel.config
    engine = Engine(config)
    wrong = []
    count = 0
    for script in scripts:
        ops = list(script)
        count += 1
        if compare(ops, engine.run(ops), kernel.run(ops), config.user, times):
            wrong.append(report(f"{config}, script {count}", ops, engine.run, kernel.run, config.user, times))
            if len(wrong) == limit:
                break
    assert count
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)
