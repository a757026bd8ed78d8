"""Disk to layer and back: what a whiteout, an opaque directory and a redirect look like in a real `upperdir`.

On disk a whiteout is the character device 0:0 (or an empty file with the attribute `overlay.whiteout`),
`overlay.opaque` is "y" on an opaque directory and `overlay.redirect` names the lower directory that a renamed
one goes on merging with. Root's mounts write `trusted.overlay.*`, mounts with `userxattr` write
`user.overlay.*` (kernel: `Documentation/filesystems/overlayfs.rst`). No other module knows any of this.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator

from layerlab.engine.files.data import EMPTY, STEP, Bytes, Data, Pieces
from layerlab.engine.files.node import (
    Device,
    Dir,
    Fifo,
    File,
    Node,
    Socket,
    Symlink,
    Whiteout,
    replace,
)

MARKERS = ("trusted.overlay.", "user.overlay.")
UNSEEN = ("security.selinux",)
"""Attributes that the host's own policy puts on every file."""

Entry = tuple[str, Node]
"""A path and its node; directories come without their children."""


def read(directory: str) -> Dir:
    """The tree in a real directory: an `upperdir`, a `lowerdir`, or any other; else `OSError`."""
    return gather(walk(directory))


def gather(entries: Iterable[Entry]) -> Dir:
    """The tree of these entries, each directory before what is in it."""
    places: dict[str, Dir] = {}
    for path, node in entries:
        if isinstance(node, Dir):
            node = places[path] = replace(node, children={})
        if path != "/":
            parent, _, name = path.rpartition("/")
            places[parent or "/"].children[name] = node
    return places["/"]


def walk(directory: str) -> Iterator[Entry]:
    """Every path below a real directory and its node, the root first, names sorted, children left out."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    yield from _walk(handle, "/")


def _walk(handle: int, path: str) -> Iterator[Entry]:
    """All below an open directory, which is closed at the end."""
    try:
        yield path, _node(os.fstat(handle), handle)
        stem = path if path == "/" else path + "/"
        for name in sorted(os.listdir(handle)):
            facts = os.stat(name, dir_fd=handle, follow_symlinks=False)
            if stat.S_ISDIR(facts.st_mode):
                below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
                yield from _walk(below, stem + name)
            else:
                yield stem + name, _leaf(handle, name, facts)
    finally:
        os.close(handle)


def _leaf(directory: int, name: str, facts: os.stat_result) -> Node:
    """The node of a name that is not a directory; only regular files are opened."""
    if not stat.S_ISREG(facts.st_mode):
        target = os.readlink(name, dir_fd=directory) if stat.S_ISLNK(facts.st_mode) else ""
        return _node(facts, f"/proc/self/fd/{directory}/{name}", target)
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    try:
        return _node(facts, handle)
    finally:
        os.close(handle)


def _node(facts: os.stat_result, where: int | str, target: str = "") -> Node:
    """The value for what stat(2) said; `where` is an open file, or a path for what cannot be opened."""
    xattrs = _xattrs(where)
    node = _bare(facts, where, target, xattrs)
    return replace(
        node,
        mode=stat.S_IMODE(facts.st_mode),
        uid=facts.st_uid,
        gid=facts.st_gid,
        ino=facts.st_ino,
        mtime=facts.st_mtime_ns,
        atime=facts.st_atime_ns,
        ctime=facts.st_ctime_ns,
        xattrs=tuple(sorted((k, v) for k, v in xattrs.items() if not k.startswith(MARKERS))),
    )


def _bare(facts: os.stat_result, where: int | str, target: str, xattrs: dict[str, bytes]) -> Node:
    """A node of the right kind, still without what all kinds have."""
    match stat.S_IFMT(facts.st_mode):
        case stat.S_IFREG:
            if facts.st_size == 0 and any(f"{marker}whiteout" in xattrs for marker in MARKERS):
                return Whiteout()
            return File(data=_data(int(where), facts.st_size))
        case stat.S_IFDIR:
            opaque, redirect = _markers(xattrs)
            return Dir(opaque=opaque, redirect=redirect)
        case stat.S_IFLNK:
            return Symlink(target=target)
        case stat.S_IFIFO:
            return Fifo()
        case stat.S_IFSOCK:
            return Socket()
        case stat.S_IFCHR if facts.st_rdev == 0:
            return Whiteout()
        case kind:
            number = facts.st_rdev
            return Device(major=os.major(number), minor=os.minor(number), block=kind == stat.S_IFBLK)


def _xattrs(where: int | str) -> dict[str, bytes]:
    """All attributes of an open file, or of a name itself; none where the file system has none."""
    follow = isinstance(where, int)
    try:
        names = os.listxattr(where, follow_symlinks=follow)
        return {
            name: os.getxattr(where, name, follow_symlinks=follow) for name in names if name not in UNSEEN
        }
    except OSError:
        return {}


def _markers(xattrs: dict[str, bytes]) -> tuple[bool, str | None]:
    """Whether a directory is opaque, and where it is redirected to."""
    opaque = any(xattrs.get(f"{marker}opaque") == b"y" for marker in MARKERS)
    redirects = [os.fsdecode(xattrs[f"{m}redirect"]) for m in MARKERS if f"{m}redirect" in xattrs]
    return opaque, redirects[0] if redirects else None


def _data(handle: int, size: int) -> Data:
    """The bytes of an open file; its holes stay holes."""
    pieces: list[tuple[int, Data]] = []
    end = 0
    while end < size:
        try:
            start = os.lseek(handle, end, os.SEEK_DATA)
        except OSError:
            break  # ENXIO: nothing but a hole is left
        end = min(size, os.lseek(handle, start, os.SEEK_HOLE))
        pieces.append((start, Bytes(b"".join(_blocks(handle, start, end)))))
    if not pieces and not size:
        return EMPTY
    if len(pieces) == 1 and pieces[0][1].size == size:
        return pieces[0][1]
    return Pieces(size, tuple(pieces))


def _blocks(handle: int, start: int, end: int) -> Iterator[bytes]:
    """The bytes of an open file between two offsets."""
    while start < end:
        block = os.pread(handle, min(STEP, end - start), start)
        if not block:
            return
        yield block
        start += len(block)
