"""What the calls ask of a file system: the few things that a plain disk and an overlay do differently.

A volume knows inodes and names. Paths, permissions and handles are the same for every file system and lie
above it (`walk`, `permission`, `posix`); Linux draws this line between its virtual and its real file systems.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from stat import S_IFDIR
from typing import Protocol, TypeVar

from layerlab.engine.files import markers
from layerlab.engine.files.inode import Disk, Inode, failure
from layerlab.engine.files.node import Node
from layerlab.engine.files.permission import Owned

NOREPLACE, EXCHANGE, WHITEOUT = 1, 2, 4
"""The flags of renameat2(2)."""


class Found(Owned, Protocol):
    """An inode as the calls see it; an overlay's has its metadata and data in the `real` inode of a layer."""

    @property
    def real(self) -> Inode: ...
    @property
    def parent(self: F) -> F: ...


F = TypeVar("F", bound=Found)

Index = tuple[tuple[Inode, Node, bytes], ...]
"""An index at rest: a lower hard link, the upper file it was copied to, and the link count noted for both."""


class Volume(Protocol[F]):
    """A file system under the calls. Names are single and checked; whether one is taken is known."""

    device: int
    rename_flags: int

    @property
    def root(self) -> F: ...

    def now(self) -> int:
        """The time of a change."""

    def lookup(self, directory: F, name: str) -> F | None:
        """What has this name here."""

    def names(self, directory: F) -> Iterable[str]:
        """The names in a directory, in no order."""

    def writable(self, inode: F, directory: F, name: str, data: bool = True) -> Inode:
        """The inode to change for a change of this file; `data` False if its bytes will be cut off anyhow."""

    def describable(self, inode: F, directory: F, name: str) -> Inode:
        """The inode to change for a change of extended attributes."""

    def create(self, directory: F, name: str, mode: int, uid: int, gid: int, rdev: int, target: str) -> F:
        """Make a file of the kind in `mode` under a free name."""

    def nameless(self, directory: F, mode: int, uid: int, gid: int) -> F:
        """Make a regular file without a name (O_TMPFILE)."""

    def link(self, inode: F, old: tuple[F, str], directory: F, name: str) -> None:
        """Give a file that is not a directory a further name."""

    def remove(self, directory: F, name: str, inode: F) -> None:
        """Remove a name; ENOTEMPTY if it is that of a directory with names in it."""

    def rename(self, a: tuple[F, str, F], b: tuple[F, str, F | None], flags: int) -> None:
        """Move a name to another place, over what is there, or exchange the two."""

    def number(self, inode: F) -> int:
        """The inode number."""

    def links(self, inode: F) -> int:
        """The link count."""

    def xattr_name(self, name: str) -> str:
        """Under which name an attribute is stored."""

    def xattr_shown(self, name: str) -> str | None:
        """Under which name a stored attribute is listed; None if it is hidden."""


class Plain(Disk):
    """A disk as a volume: what an ordinary Linux file system does."""

    device = 1
    contained = False
    rename_flags = NOREPLACE | EXCHANGE | WHITEOUT

    lookup = Disk.child

    def names(self, directory: Inode) -> Iterable[str]:
        """The names in a directory, in no order."""
        return directory.children

    def writable(self, inode: Inode, directory: Inode, name: str, data: bool = True) -> Inode:
        """The inode itself."""
        return inode

    describable = writable

    def create(
        self, directory: Inode, name: str, mode: int, uid: int, gid: int, rdev: int = 0, target: str = ""
    ) -> Inode:
        """Make a file of the kind in `mode` under a free name."""
        inode = self.new(mode, uid, gid)
        inode.rdev, inode.target = rdev, target
        self.place(directory, name, inode, inode.mtime)
        return inode

    def nameless(self, directory: Inode, mode: int, uid: int, gid: int) -> Inode:
        """Make a regular file without a name."""
        inode = self.new(mode, uid, gid)
        inode.nlink = 0
        return inode

    def place(self, directory: Inode, name: str, inode: Inode, now: int) -> None:
        """Put an inode under a free name."""
        directory.children[name] = inode
        directory.mtime = directory.ctime = now
        inode.parent = directory
        if inode.mode & 0o170000 == S_IFDIR:
            directory.nlink += 1

    def link(self, inode: Inode, old: tuple[Inode, str], directory: Inode, name: str) -> None:
        """Give a file a further name."""
        self.settle()
        now = self.now()
        inode.nlink += 1
        inode.ctime = now
        self.place(directory, name, inode, now)

    def remove(self, directory: Inode, name: str, inode: Inode) -> None:
        """Remove a name."""
        if inode.mode & 0o170000 == S_IFDIR and inode.children:
            raise failure(errno.ENOTEMPTY, name)
        now = self.now()
        self.forget(inode, now)
        self.take(directory, name, inode, now)

    def take(self, directory: Inode, name: str, inode: Inode, now: int) -> None:
        """Take a name out of a directory."""
        del directory.children[name]
        directory.mtime = directory.ctime = now
        if inode.mode & 0o170000 == S_IFDIR:
            directory.nlink -= 1

    def forget(self, inode: Inode, now: int) -> None:
        """Count one name less."""
        inode.nlink = 0 if inode.mode & 0o170000 == S_IFDIR else inode.nlink - 1
        inode.ctime = now

    def rename(self, a: tuple[Inode, str, Inode], b: tuple[Inode, str, Inode | None], flags: int) -> None:
        """Move a name, over what is there; or exchange; or leave a whiteout behind."""
        (old_dir, old_name, moved), (new_dir, new_name, target) = a, b
        now = self.now()
        if target is not None:
            if not flags & EXCHANGE:
                if target.mode & 0o170000 == S_IFDIR and target.children:
                    raise failure(errno.ENOTEMPTY, new_name)
                self.forget(target, now)
            self.take(new_dir, new_name, target, now)
        self.take(old_dir, old_name, moved, now)
        self.place(new_dir, new_name, moved, now)
        moved.ctime = now
        if flags & EXCHANGE and target is not None:
            self.place(old_dir, old_name, target, now)
            target.ctime = now
        elif flags & WHITEOUT:
            self.place(old_dir, old_name, self.new(0o020000, 0, 0), now)

    def number(self, inode: Inode) -> int:
        """The inode number."""
        return inode.ino

    def links(self, inode: Inode) -> int:
        """The link count."""
        return inode.nlink

    def xattr_name(self, name: str) -> str:
        """The same name, but for an overlay's marks in an ordinary user's files."""
        return markers.stored(name, self.contained)

    def xattr_shown(self, name: str) -> str | None:
        """The same name, but for an overlay's marks in an ordinary user's files."""
        return markers.shown(name, self.contained)

    def restore_index(self, entries: Index) -> None:
        """Take up the index of an earlier mount: which lower hard link was copied up to which file."""
        if not entries:
            return
        self.settle({node.ino for _, node, _ in entries})
        for lower, node, noted in entries:
            self.highest = max(self.highest, node.ino)
            copy = self.shared.get(node.ino)
            if copy is None:
                self.last_ino += 1
                copy = self._thawed(node, self.last_ino)
                copy.parent, copy.nlink = self.root, 0
            copy.nlink += 1
            copy.origin = lower
            copy.xattrs[markers.NLINK] = noted
            self.index[lower] = copy

    def frozen_index(self) -> Index:
        """The index as a value; take the tree first."""
        return tuple(
            (low, self.freeze(up), up.xattrs.get(markers.NLINK, b"")) for low, up in self.index.items()
        )
