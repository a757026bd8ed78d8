"""What a name in a tree can stand for: the seven kinds of file that Linux knows, and the whiteout.

Nodes are values: nothing changes one, a change makes a new one beside it. Nested directories of nodes are
trees (see `tree`), so that an old state stays valid for as long as somebody holds it.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, field, replace
from typing import ClassVar, TypeVar, dataclass_transform

from layerlab.engine.files.data import EMPTY, Data

__all__ = [
    "Device",
    "Dir",
    "Fifo",
    "File",
    "Node",
    "Socket",
    "Symlink",
    "Whiteout",
    "Xattrs",
    "replace",
    "value",
]

Xattrs = tuple[tuple[str, bytes], ...]
"""Extended attributes, sorted by name: `(("user.note", b"hello"),)`."""

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def value(cls: type[T]) -> type[T]:
    """A slotted dataclass that the type checker holds frozen; really frozen, it is thrice as slow to make."""
    return dataclass(slots=True)(cls)


@value
class Node:
    """What every kind has. Two nodes are equal if a layer would store them alike.

    `mode` is the twelve permission bits, the kind is the class. Times are nanoseconds since 1970. `ino` is 0
    until a file system gives a number; names with one `ino` other than 0 are hard links of each other.
    """

    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    xattrs: Xattrs = ()
    ino: int = field(default=0, compare=False)
    atime: int = field(default=0, compare=False)
    ctime: int = field(default=0, compare=False)

    kind: ClassVar[int] = 0
    """The file type bits of `st_mode` (inode(7))."""


@value
class File(Node):
    """A regular file; `data` is its bytes, which may lie outside memory."""

    data: Data = field(default_factory=lambda: EMPTY)
    kind: ClassVar[int] = stat.S_IFREG


@value
class Dir(Node):
    """A directory; `opaque` hides all lower ones of its name, `redirect` names another one to merge.

    Only a layer or an upper has opaque directories and redirects; a merged tree has neither.
    """

    mode: int = 0o755
    children: dict[str, Node] = field(default_factory=dict)
    opaque: bool = False
    redirect: str | None = None
    kind: ClassVar[int] = stat.S_IFDIR


@value
class Passage(Dir):
    """A directory that a layer only passes through: stacked on a directory, it keeps that one's metadata.

    Archives may hold `etc/motd` without saying anything of `etc` itself. Alone it is an ordinary directory.
    """


@value
class Symlink(Node):
    """A symbolic link; `target` is kept as written and need not exist."""

    mode: int = 0o777
    target: str = ""
    kind: ClassVar[int] = stat.S_IFLNK


@value
class Device(Node):
    """A character device, or a block device if `block`."""

    major: int = 0
    minor: int = 0
    block: bool = False

    @property
    def kind(self) -> int:  # type: ignore[override]
        """`S_IFBLK` or `S_IFCHR`."""
        return stat.S_IFBLK if self.block else stat.S_IFCHR


@value
class Fifo(Node):
    """A named pipe."""

    kind: ClassVar[int] = stat.S_IFIFO


@value
class Socket(Node):
    """A socket's name in the file system."""

    kind: ClassVar[int] = stat.S_IFSOCK


@value
class Whiteout(Node):
    """Nothing is here, and whatever lies below under this name is hidden (Linux: character device 0:0)."""

    mode: int = 0
    kind: ClassVar[int] = stat.S_IFCHR
