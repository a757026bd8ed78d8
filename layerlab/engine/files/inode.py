"""Files in use: inodes, and the disk that holds them.

A tree (`node`, `tree`) is a file system at rest: a value. To be used it is thawed: a `Disk` holds its inodes,
which have an identity, so that two names can be one file, and a handle keeps a file that has lost its name.
Thawing is lazy, a directory at a time, and freezing gives back every node that was not touched; so an
operation on a large tree costs no more than the directories on its way. Here, and nowhere else, the nodes
that only a layer has become what Linux stores for them (see `markers`), and back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container
from stat import S_IFBLK, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG

from layerlab.engine.files import markers
from layerlab.engine.files.data import EMPTY, Data
from layerlab.engine.files.node import Device, Dir, Fifo, File, Node, Socket, Symlink, Whiteout

Clock = Callable[[], int]
"""Gives the time in nanoseconds since 1970."""


class Inode:
    """One file of any kind: its metadata, and by kind its `data`, `target` or `children`.

    `mode` holds the type bits too. The children of a directory are inodes, or nodes that nobody has looked at
    yet. `origin` is the lower inode that this one was copied up from, if an overlay could remember it.
    """

    __slots__ = (
        "atime", "children", "ctime", "data", "gid", "ino", "mode", "mtime", "nlink", "node", "origin",
        "parent", "rdev", "target", "uid", "xattrs",
    )  # fmt: skip

    children: dict[str, Inode | Node]
    parent: Inode
    node: Node | None
    origin: Inode | None
    target: str
    data: Data

    def __init__(self, ino: int, mode: int, uid: int, gid: int, now: int) -> None:
        self.ino, self.mode, self.uid, self.gid = ino, mode, uid, gid
        self.atime = self.mtime = self.ctime = now
        self.nlink = 1
        self.rdev = 0
        self.target = ""
        self.xattrs: dict[str, bytes] = {}
        self.data = EMPTY
        self.origin = self.node = None
        if mode & 0o170000 == S_IFDIR:
            self.nlink = 2
            self.children = {}

    @property
    def kind(self) -> int:
        """The type bits of the mode."""
        return self.mode & 0o170000

    @property
    def real(self) -> Inode:
        """The inode that holds metadata and data: itself (in an overlay it is one of a layer)."""
        return self


def ticks(step: int = 1_000_000, time: int = 0) -> Clock:
    """A clock that goes on from `time` by `step` nanoseconds whenever it is read."""

    def now() -> int:
        nonlocal time
        time += step
        return time

    return now


def is_dir(found: Inode | Node) -> bool:
    """Whether a child is a directory, looked at or not."""
    return isinstance(found, Dir) if isinstance(found, Node) else found.mode & 0o170000 == S_IFDIR


class Disk:
    """The inodes of one tree; it knows files and names, but neither paths nor permissions."""

    def __init__(self, tree: Dir | None = None, clock: Clock | None = None) -> None:
        self.now = clock or ticks()
        self.last_ino = 1
        self.settled = tree is None
        self.highest = 0
        self.shared: dict[int, Inode] = {}
        self.index: dict[Inode, Inode] = {}
        self.root = Inode(2, S_IFDIR | 0o755, 0, 0, 0) if tree is None else self._thawed(tree, 2)
        self.root.parent = self.root
        self.last_ino = 2

    def new(self, mode: int, uid: int, gid: int) -> Inode:
        """An inode without a name yet."""
        self.last_ino += 1
        return Inode(self.last_ino, mode, uid, gid, self.now())

    def child(self, directory: Inode, name: str) -> Inode | None:
        """The inode of `name`, thawed if nobody has looked at it yet."""
        found = directory.children.get(name)
        if found is None or found.__class__ is Inode:
            return found
        return self._thaw(directory, name)

    @property
    def tree(self) -> Dir:
        """The tree as a value, at this moment; whatever was not changed is the very node it came from."""
        frozen = self.freeze(self.root)
        assert isinstance(frozen, Dir)
        return frozen

    def freeze(self, inode: Inode) -> Node:
        """The inode, and all below it, as a value."""
        old, ino = inode.node, 0
        if inode.nlink > 1 and inode.mode & 0o170000 != S_IFDIR and not markers.is_whiteout(inode):
            # A number only where names share it: what a node is does not depend on when it was made.
            # A new one must not meet any in the tree, so all of them have to be known.
            if old is None or not old.ino:
                self.settle()
            ino = old.ino if old is not None and old.ino else self.highest + 1
            self.highest = max(self.highest, ino)
        children: dict[str, Node] = {}
        if inode.mode & 0o170000 == S_IFDIR:
            for name, child in inode.children.items():
                children[name] = self.freeze(child) if isinstance(child, Inode) else child
        new = described(inode, ino, children)
        if old is not None and alike(old, new):
            return old
        inode.node = new
        return new

    def _thaw(self, directory: Inode, name: str) -> Inode:
        node = directory.children[name]
        assert isinstance(node, Node)
        if node.ino and not self.settled and not isinstance(node, Dir | Whiteout):
            self.settle()
            node = directory.children[name]
            if isinstance(node, Inode):
                return node
        self.last_ino += 1
        inode = self._thawed(node, self.last_ino)
        inode.parent = directory
        directory.children[name] = inode
        return inode

    def _thawed(self, node: Node, ino: int) -> Inode:
        inode = Inode(ino, node.mode | node.kind, node.uid, node.gid, node.mtime)
        inode.atime, inode.ctime, inode.node = node.atime, node.ctime, node
        inode.xattrs = dict(node.xattrs)
        match node:
            case File():
                inode.data = node.data
            case Dir():
                inode.children = dict(node.children)
                inode.nlink = 2 + sum(isinstance(child, Dir) for child in node.children.values())
                inode.xattrs |= markers.to_xattrs(node)
            case Symlink():
                inode.target = node.target
            case Device():
                inode.rdev = makedev(node.major, node.minor)
        return inode

    def settle(self, also: Container[int] = ()) -> None:
        """Thaw all hard links of the tree at once, so that each name leads to its one inode.

        Needed before the first of them is used; a tree has few, so looking for them later is cheaper than
        keeping account of every file. Single names are thawed too if their number is in `also`.
        """
        if self.settled:
            return
        self.settled = True
        for ino, paths in self._numbered().items():
            self.highest = max(self.highest, ino)
            if len(paths) > 1 or ino in also:
                self._join(ino, paths)

    def _numbered(self) -> dict[int, list[tuple[str, ...]]]:
        """The names of every node with a number that nobody has looked at yet."""
        names: dict[int, list[tuple[str, ...]]] = {}
        todo: list[tuple[tuple[str, ...], Inode | Node]] = [((), self.root)]
        while todo:
            path, directory = todo.pop()
            assert isinstance(directory, Inode | Dir)
            for name, child in directory.children.items():
                if is_dir(child):
                    todo.append(((*path, name), child))
                elif isinstance(child, Node) and child.ino and not isinstance(child, Whiteout):
                    names.setdefault(child.ino, []).append((*path, name))
        return names

    def _join(self, ino: int, paths: list[tuple[str, ...]]) -> None:
        """Put one inode under all these names."""
        shared: Inode | None = None
        for *above, name in paths:
            directory = self.root
            for step in above:
                below = self.child(directory, step)
                assert below is not None
                directory = below
            if shared is None:
                shared = self.shared[ino] = self._thaw(directory, name)
                shared.nlink = len(paths)
            directory.children[name] = shared


def described(inode: Inode, ino: int, children: dict[str, Node]) -> Node:
    """The node that says what the inode says, with this number and, for a directory, these children."""
    kind, mode = S_IFMT(inode.mode), inode.mode & 0o7777
    xattrs = tuple(sorted(inode.xattrs.items())) if inode.xattrs else ()
    xattrs, opaque, redirect = markers.from_xattrs(xattrs)
    meta = (mode, inode.uid, inode.gid, inode.mtime, xattrs, ino, inode.atime, inode.ctime)
    if kind == S_IFDIR:
        return Dir(*meta, children, opaque, redirect)
    if kind == S_IFREG:
        return File(*meta, inode.data)
    if kind == S_IFLNK:
        return Symlink(*meta, inode.target)
    if markers.is_whiteout(inode):
        return Whiteout(*meta)
    for plain_kind in (Fifo, Socket):
        if kind == plain_kind.kind:
            return plain_kind(*meta)
    return Device(*meta, major(inode.rdev), minor(inode.rdev), kind == S_IFBLK)


def alike(old: Node, new: Node) -> bool:
    """Whether nothing was changed: the very same data and children, and equal metadata."""
    if isinstance(old, Dir) and isinstance(new, Dir):
        if len(old.children) != len(new.children):
            return False
        if any(old.children.get(name) is not child for name, child in new.children.items()):
            return False
        if (old.opaque, old.redirect) != (new.opaque, new.redirect):
            return False
    elif isinstance(old, File) and isinstance(new, File):
        if old.data is not new.data:
            return False
    elif old != new:
        return False
    # A number that no second name shares says nothing.
    return _meta(old) == _meta(new) and (not new.ino or new.ino == old.ino)


def _meta(node: Node) -> tuple[object, ...]:
    return (node.mode, node.uid, node.gid, node.mtime, node.xattrs, node.atime, node.ctime)


def makedev(major: int, minor: int) -> int:
    """The device number of major and minor, as `st_rdev` holds it (Linux, makedev(3))."""
    return (major & ~0xFFF) << 32 | (major & 0xFFF) << 8 | (minor & ~0xFF) << 12 | minor & 0xFF


def major(device: int) -> int:
    """The major number in a device number."""
    return device >> 32 & 0xFFFFF000 | device >> 8 & 0xFFF


def minor(device: int) -> int:
    """The minor number in a device number."""
    return device >> 12 & 0xFFFFFF00 | device & 0xFF


def failure(code: int, path: object = None) -> OSError:
    """The error that Linux gives as `code`."""
    return OSError(code, os.strerror(code), path)
