"""What stat(2) tells of a file, and where a file has data and where it has holes."""

from __future__ import annotations

from stat import S_IFDIR, S_IFLNK, S_IFREG

from layerlab.engine.files.data import Bytes, Data, pieces_of
from layerlab.engine.files.inode import Inode
from layerlab.engine.files.node import value

BLOCK = 4096
"""Data is allocated in blocks of this many bytes."""


@value
class Stat:
    """The fields of `os.stat_result`; `st_blocks` are of 512 bytes, `…_ns` count from 1970."""

    st_mode: int
    st_ino: int
    st_dev: int
    st_nlink: int
    st_uid: int
    st_gid: int
    st_rdev: int
    st_size: int
    st_blocks: int
    st_atime_ns: int
    st_mtime_ns: int
    st_ctime_ns: int

    @property
    def st_atime(self) -> float:
        """When it was last read, in seconds; only utime(2) changes it here."""
        return self.st_atime_ns / 1e9

    @property
    def st_mtime(self) -> float:
        """When its data was last changed, in seconds."""
        return self.st_mtime_ns / 1e9

    @property
    def st_ctime(self) -> float:
        """When its metadata was last changed, in seconds."""
        return self.st_ctime_ns / 1e9

    @property
    def st_blksize(self) -> int:
        """The size of a block."""
        return BLOCK


def status(inode: Inode, number: int, device: int, links: int) -> Stat:
    """The stat result of an inode."""
    size = blocks = 0
    kind = inode.mode & 0o170000
    if kind == S_IFREG:
        size = inode.data.size
        blocks = 8 * allocated(inode.data) if size else 0
    elif kind == S_IFDIR:
        size, blocks = BLOCK, 8
    elif kind == S_IFLNK:
        size = len(inode.target.encode(errors="surrogateescape"))
    return Stat(
        inode.mode, number, device, links, inode.uid, inode.gid, inode.rdev, size, blocks,
        inode.atime, inode.mtime, inode.ctime,
    )  # fmt: skip


def allocated(data: Data) -> int:
    """How many blocks hold data."""
    if data.__class__ is Bytes:
        return -(-data.size // BLOCK)
    return sum(end - start for start, end in extents(data)) // BLOCK


def extents(data: Data) -> list[tuple[int, int]]:
    """Where there is data, in whole blocks, in order; the rest are holes."""
    found: list[tuple[int, int]] = []
    for at, piece in pieces_of(data):
        start, end = at // BLOCK * BLOCK, -(-(at + piece.size) // BLOCK) * BLOCK
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def next_data(data: Data, offset: int) -> int | None:
    """The first offset from here on that has data (SEEK_DATA); None if only a hole is left."""
    for start, end in extents(data):
        if offset < end:
            found = max(start, offset)
            return found if found < data.size else None
    return None


def next_hole(data: Data, offset: int) -> int:
    """The first offset from here on without data (SEEK_HOLE); the end of the file counts as a hole."""
    for start, end in extents(data):
        if start <= offset < end:
            offset = end
    return min(offset, data.size)
