"""A script is a list of calls; this runs one on any box of file systems, kernel or engine, call by call.

A call is a tuple of a method's name and its arguments. Four names are the script's own:

- `tree`: what was written so far is a lower layer; go on in a new, empty, plain tree;
- `layer`: what was written so far is a lower layer; mount them all under a fresh upper;
- `remount`: unmount, and mount the same lowers and the same upper again;
- `look`: only look.

Each of these gives a picture of the merged tree, and of the upper after unmounting; a script's last result is
one more. Methods that work on a handle name it by a slot, a small number that `open` chooses.
"""

from __future__ import annotations

import os
import stat
from typing import Any, Protocol

Call = tuple[Any, ...]
Result = Any
"""What a call gives, in plain values that `marshal` knows; an error is its errno, negated."""

ON_HANDLE = {"read", "write", "lseek", "fstat", "ftruncate", "close"}
NO_HANDLE = -1000
"""The result of a call on a slot that holds no handle."""

FIELDS = ("mode", "ino", "dev", "nlink", "size", "blocks", "uid", "gid", "rdev", "atime", "mtime", "ctime")


class Box(Protocol):
    """What makes trees and mounts."""

    def tree(self) -> Any: ...
    def mount(self, lowers: tuple[Any, ...], upper: Any) -> Any: ...


def flat(found: Any) -> tuple[Any, ...]:
    """A stat result as a tuple, in the order of FIELDS."""
    return (
        "stat",
        found.st_mode,
        found.st_ino,
        found.st_dev,
        found.st_nlink,
        found.st_size,
        found.st_blocks,
        found.st_uid,
        found.st_gid,
        found.st_rdev,
        found.st_atime,
        found.st_mtime,
        found.st_ctime,
    )


class World:
    """The state of a running script."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.lowers: tuple[Any, ...] = ()
        self.upper: Any = box.tree()
        self.fs: Any = self.upper
        self.slots: dict[int, Any] = {}

    def do(self, call: Call) -> Result:
        """Run one call."""
        name, *args = call
        try:
            if name in ON_HANDLE:
                result = self.on_handle(name, args[0], args[1:])
            elif name == "open":
                self.open(*args)
                result = None
            elif name in {"tree", "layer", "remount", "look"}:
                result = getattr(self, name)()
            else:
                result = getattr(self.fs, name)(*args)
        except OSError as error:
            return -(error.errno or 0)
        if name in {"lstat", "stat", "fstat"} and result is not None and not isinstance(result, int):
            return flat(result)
        return sorted(result) if isinstance(result, list) else result

    def open(self, slot: int, path: str, flags: int, mode: int = 0o644) -> None:
        """Open into a slot; a handle that was there is closed first."""
        if slot in self.slots:
            self.fs.close(self.slots.pop(slot))
        self.slots[slot] = self.fs.open(path, flags, mode)

    def on_handle(self, name: str, slot: int, args: list[Any]) -> Result:
        """A call on the handle in a slot."""
        if slot not in self.slots:
            return NO_HANDLE
        handle = self.slots.pop(slot) if name == "close" else self.slots[slot]
        return getattr(self.fs, name)(handle, *args)

    def look(self) -> Result:
        """A picture of the tree as it is; the credentials are root's from here on."""
        self.fs.setcred(0, 0)
        return ("picture", picture(self.fs), None)

    def close(self) -> Result:
        """Close all handles, look, unmount, look at the upper."""
        for handle in self.slots.values():
            self.fs.close(handle)
        self.slots = {}
        merged = self.look()[1]
        if self.fs is self.upper:
            return ("picture", merged, None)
        self.fs.umount()
        return ("picture", merged, picture(self.upper))

    def tree(self) -> Result:
        """Begin a new plain tree over what there is."""
        seen = self.close()
        self.lowers = (*self.lowers, self.upper)
        self.fs = self.upper = self.box.tree()
        return seen

    def layer(self) -> Result:
        """Begin a fresh upper over what there is."""
        seen = self.tree()
        self.fs = self.box.mount(self.lowers, self.upper)
        return seen

    def remount(self) -> Result:
        """Mount the same upper again."""
        seen = self.close()
        if self.fs is not self.upper:
            self.fs = self.box.mount(self.lowers, self.upper)
        return seen


def run(box: Box, ops: list[Call]) -> list[Result]:
    """The result of every call, and the last picture."""
    world = World(box)
    return [*map(world.do, ops), world.close()]


def picture(fs: Any) -> list[tuple[Any, ...]]:
    """Every path, sorted: its stat, its bytes or names or target, its extended attributes."""
    seen: list[tuple[Any, ...]] = []
    paths = ["/"]
    while paths:
        path = paths.pop()
        info = fs.lstat(path)
        kind = stat.S_IFMT(info.st_mode)
        content: Any = None
        if kind == stat.S_IFDIR:
            content = sorted(fs.listdir(path))
            paths += [path.rstrip("/") + "/" + name for name in reversed(content)]
        elif kind == stat.S_IFLNK:
            content = fs.readlink(path)
        elif kind == stat.S_IFREG:
            handle = fs.open(path, os.O_RDONLY, 0)
            content = fs.read(handle, 1 << 20)
            fs.close(handle)
        seen.append((path, flat(info), content, xattrs(fs, path)))
    return seen


def xattrs(fs: Any, path: str) -> list[tuple[str, bytes]]:
    """The extended attributes of a name, sorted."""
    return [(name, fs.getxattr(path, name, False)) for name in sorted(fs.listxattr(path, False))]
