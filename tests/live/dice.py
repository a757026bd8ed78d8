"""Random layers and operations, from a seeded source, over few names so that they meet."""

from __future__ import annotations

import random

from layerlab.engine.files import ops
from layerlab.engine.files.data import Bytes
from layerlab.engine.files.node import Dir, Fifo, File, Node, Socket, Symlink, Whiteout, replace

NAMES = [
    "/a",
    "/b",
    "/d",
    "/d/a",
    "/d/b",
    "/d/e",
    "/d/e/a",
    "/s",
    "/s/a",
    "/h",
    "/d/h",
    "/p",
    "/new",
    "/d/new",
]


def layer(dice: random.Random, top: bool) -> Dir:
    """A layer over the names that random operations use."""
    shared = File(data=some(dice), ino=9)
    deep = Dir(children={"a": leaf(dice)})
    inner = Dir(children={"a": leaf(dice), "e": deep, "h": shared, "b": leaf(dice)}, mtime=10**18)
    tree = {
        "a": leaf(dice),
        "b": leaf(dice),
        "d": inner,
        "s": Symlink(target="/d"),
        "h": shared,
        "p": leaf(dice),
    }
    if top:
        tree = {name: node for name, node in tree.items() if dice.random() < 0.5}
        tree |= {name: Whiteout() for name in ("a", "b", "p") if dice.random() < 0.3}
        if "d" in tree and dice.random() < 0.5:
            tree["d"] = replace(inner, opaque=True)
    return Dir(children=tree)


def some(dice: random.Random) -> Bytes:
    """No, few or many bytes."""
    return Bytes(dice.randbytes(dice.choice((0, 5, 5000))))


def leaf(dice: random.Random) -> Node:
    """Some node without anything in it."""
    return dice.choice((File(data=some(dice), mode=0o640), Symlink(target="d"), Fifo(), Socket(), Dir()))


def operation(dice: random.Random) -> ops.Op:
    """Some operation."""
    path, new = dice.choice(NAMES), dice.choice(NAMES)
    data = dice.randbytes(dice.choice((0, 3, 4097)))
    return dice.choice(
        (
            ops.Create(path, data, dice.choice((0o600, 0o4755))),
            ops.Write(path, data, dice.choice((0, 2, 9000))),
            ops.Append(path, data),
            ops.Truncate(path, dice.choice((0, 1, 100000))),
            ops.Read(path),
            ops.Lstat(path),
            ops.Listdir(path),
            ops.Readlink(path),
            ops.Mkdir(path, dice.choice((0o755, 0o1777))),
            ops.Rmdir(path),
            ops.Unlink(path),
            ops.Unlink(path),
            ops.Rename(path, new),
            ops.Rename(path, new),
            ops.Rename(path, new, dice.choice(("noreplace", "exchange"))),
            ops.Link(path, new),
            ops.MakeSymlink(path, dice.choice(("a", "/d/e", "d", path))),
            ops.Mknod(path),
            ops.Chmod(path, dice.choice((0o711, 0o600))),
            ops.Chown(path, 0, 0),
            ops.Utime(path, dice.randrange(10**18)),
            ops.SetXattr(path, "user.x", data[:9]),
            ops.RemoveXattr(path, "user.x"),
        )
    )
