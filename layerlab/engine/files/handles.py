"""Open files: a handle holds the inode, not the name, and so outlives it.

In an overlay it holds the merged inode: a handle opened for reading before the copy-up reads what was
written after it (Linux opens the copy behind the reader's back: fs/overlayfs/file.c).
"""

from __future__ import annotations

import errno
from stat import S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK
from typing import Generic

from layerlab.engine.files import data, flags
from layerlab.engine.files.inode import failure, major, minor
from layerlab.engine.files.meta import SIZE_MAX, Meta
from layerlab.engine.files.names import Names
from layerlab.engine.files.permission import READ, SEARCH, WRITE, check, check_owner, check_planted, new_mode
from layerlab.engine.files.pipes import Pipe
from layerlab.engine.files.status import Stat, next_data, next_hole
from layerlab.engine.files.volume import Volume
from layerlab.engine.files.walk import F, Path, Spot


class Handle(Generic[F]):
    """An open file: what it is, where it was opened, what may be done with it, and where the next byte is."""

    __slots__ = ("flags", "inode", "position", "spot")

    def __init__(self, spot: Spot[F], opened: int) -> None:
        assert spot.inode is not None
        self.spot, self.inode, self.flags, self.position = spot, spot.inode, opened, 0

    @property
    def kind(self) -> int:
        """The type bits of the mode."""
        return self.inode.mode & 0o170000

    @property
    def may_read(self) -> bool:
        """Whether read(2) is allowed."""
        return self.flags & flags.ACCMODE in (flags.RDONLY, flags.RDWR) and not self.flags & flags.PATH

    @property
    def may_write(self) -> bool:
        """Whether write(2) is allowed."""
        return self.flags & flags.ACCMODE in (flags.WRONLY, flags.RDWR) and not self.flags & flags.PATH


class Handles(Names[F], Meta[F]):
    """Opening, reading and writing files. Handles are small numbers, as file descriptors are."""

    def __init__(self, volume: Volume[F]) -> None:
        super().__init__(volume)
        self.handles: dict[int, Handle[F]] = {}
        self.pipes: dict[F, Pipe] = {}

    def open(self, path: Path, flags_: int, mode: int = 0o777) -> int:
        """Open a file, or make it first with O_CREAT: open(2). Gives the lowest free handle, from 3 on."""
        wanted = flags.checked(flags_, path)
        if wanted & flags.TMPFILE == flags.TMPFILE:
            spot = self.open_nameless(path, mode)
        elif wanted & flags.CREAT:
            spot = self.open_or_make(path, wanted, mode)
        else:
            spot = self.spot(path, not wanted & flags.NOFOLLOW)
            self.open_found(spot, wanted, path)
        number = 3 + len(self.handles)
        if number in self.handles or (number > 3 and number - 1 not in self.handles):
            number = next(n for n in range(3, number + 1) if n not in self.handles)
        self.handles[number] = held = Handle(spot, wanted)
        if held.kind == S_IFIFO and not wanted & flags.PATH:
            self.pipes.setdefault(held.inode, Pipe()).join(held.may_read, held.may_write)
        return number

    def open_or_make(self, path: Path, wanted: int, mode: int) -> Spot[F]:
        """O_CREAT: what is there, or a new file; a dangling link leads to where its target is made."""
        spot = self.spot(path, not wanted & (flags.NOFOLLOW | flags.EXCL), create=True)
        if spot.named and spot.slash:
            raise failure(errno.EISDIR, path)
        if spot.inode is None:
            check(spot.directory, self.cred, WRITE | SEARCH, path)
            return spot._replace(inode=self.make(spot, S_IFREG | mode & 0o7777))
        if wanted & flags.EXCL:
            raise failure(errno.EEXIST, path)
        if spot.inode.mode & 0o170000 == S_IFDIR:
            raise failure(errno.EISDIR, path)
        check_planted(spot.directory, spot.inode, self.cred, path)
        self.open_found(spot, wanted, path)
        return spot

    def open_nameless(self, path: Path, mode: int) -> Spot[F]:
        """O_TMPFILE: a file without a name, as if made in the directory `path`."""
        spot = self.spot(path, True)
        directory = spot.inode
        assert directory is not None
        if directory.mode & 0o170000 != S_IFDIR:
            raise failure(errno.ENOTDIR, path)
        check(directory, self.cred, WRITE | SEARCH, path)
        mode, gid = new_mode(directory, self.cred, S_IFREG | mode & 0o7777)
        return Spot(directory, "", self.volume.nameless(directory, mode, self.cred.uid, gid), False)

    def open_found(self, spot: Spot[F], wanted: int, path: Path) -> None:
        """Check that what is there may be opened like this, and make it ready."""
        inode = spot.inode
        assert inode is not None
        kind = inode.mode & 0o170000
        if wanted & flags.DIRECTORY and kind != S_IFDIR:
            raise failure(errno.ENOTDIR, path)
        if wanted & flags.PATH:
            return
        want = flags.access(wanted) | (WRITE if wanted & flags.TRUNC else 0)
        if kind == S_IFLNK:
            raise failure(errno.ELOOP, path)
        if kind == S_IFDIR and want & WRITE:
            raise failure(errno.EISDIR, path)
        check(inode, self.cred, want, path)
        if wanted & flags.NOATIME:
            check_owner(inode, self.cred, path)
        if kind == S_IFREG:
            if want & WRITE and (
                wanted & flags.TRUNC or wanted & flags.ACCMODE in (flags.WRONLY, flags.RDWR)
            ):
                self.volume.writable(inode, spot.directory, spot.name, not wanted & flags.TRUNC)
            if wanted & flags.TRUNC:
                self.resize(spot, 0, True)
        elif kind == S_IFSOCK:
            raise failure(errno.ENXIO, path)
        elif kind == S_IFIFO:
            self.open_fifo(inode, wanted, path)
        elif kind in (S_IFCHR, S_IFBLK) and device(inode.real) is None:
            raise failure(errno.ENXIO, path)

    def open_fifo(self, inode: F, wanted: int, path: Path) -> None:
        """A writer that will not wait needs a reader."""
        if wanted & flags.ACCMODE == flags.WRONLY and wanted & flags.NONBLOCK:
            pipe = self.pipes.get(inode)
            if pipe is None or not pipe.readers:
                raise failure(errno.ENXIO, path)

    def close(self, handle: int) -> None:
        """Give a handle back: close(2)."""
        held = self.held(handle)
        del self.handles[handle]
        pipe = self.pipes.get(held.inode)
        if pipe is not None and not held.flags & flags.PATH:
            pipe.join(held.may_read, held.may_write, -1)
            if pipe.idle:
                del self.pipes[held.inode]

    def held(self, handle: int, use: int = 0) -> Handle[F]:
        """What a handle stands for; EBADF if nothing, or if it was not opened for this `use`."""
        found = self.handles.get(handle)
        if found is None or (use & READ and not found.may_read) or (use & WRITE and not found.may_write):
            raise failure(errno.EBADF)
        return found

    def seekable(self, handle: int, use: int, offset: int) -> Handle[F]:
        """A handle to use at an offset; ESPIPE for a fifo, where bytes have no place."""
        if offset < 0:
            raise failure(errno.EINVAL)
        held = self.held(handle)
        if held.kind == S_IFIFO and not held.flags & flags.PATH:
            raise failure(errno.ESPIPE)
        return self.held(handle, use)

    def read(self, handle: int, size: int) -> bytes:
        """At most `size` bytes from where the handle stands: read(2)."""
        held = self.held(handle, READ)
        if held.kind == S_IFIFO:
            return self.pipes[held.inode].read(size)
        found = self.read_at(held, size, held.position)
        held.position += len(found)
        return found

    def pread(self, handle: int, size: int, offset: int) -> bytes:
        """At most `size` bytes from `offset`: pread(2)."""
        held = self.seekable(handle, READ, offset)
        return self.read_at(held, size, offset)

    def read_at(self, held: Handle[F], size: int, offset: int) -> bytes:
        """The bytes of whatever file it is now, in the lower or already copied up."""
        if size < 0:
            raise failure(errno.EINVAL)
        real = held.inode.real
        kind = real.mode & 0o170000
        if kind == S_IFDIR:
            raise failure(errno.EISDIR)
        if kind == S_IFREG:
            return real.data.read(offset, size)
        return bytes(size) if device(real) in ("zero", "full") else b""

    def write(self, handle: int, raw: bytes) -> int:
        """Write where the handle stands, or at the end with O_APPEND: write(2). Gives the number of bytes."""
        held = self.held(handle, WRITE)
        real = held.inode.real
        if held.kind == S_IFIFO:
            return self.write_pipe(held, bytes(raw))
        offset = real.data.size if held.flags & flags.APPEND else held.position
        count = self.write_at(held, bytes(raw), offset)
        if count:
            held.position = offset + count
        return count

    def pwrite(self, handle: int, raw: bytes, offset: int) -> int:
        """Write at `offset`: pwrite(2); like Linux, at the end if the handle has O_APPEND."""
        held = self.seekable(handle, WRITE, offset)
        if held.flags & flags.APPEND:
            offset = held.inode.real.data.size
        return self.write_at(held, bytes(raw), offset)

    def write_pipe(self, held: Handle[F], raw: bytes) -> int:
        """Put bytes into a fifo."""
        count = self.pipes[held.inode].write(raw)
        if count and held.inode is held.inode.real:
            # An overlay passes no such change of time on to its layers (ovl_update_time).
            held.inode.real.mtime = held.inode.real.ctime = self.volume.now()
        return count

    def write_at(self, held: Handle[F], raw: bytes, offset: int) -> int:
        """Change the bytes of a file that opening has made writable."""
        real = held.inode.real
        if real.mode & 0o170000 != S_IFREG:
            if device(real) == "full":
                raise failure(errno.ENOSPC)
            return len(raw)
        if not raw:
            return 0
        if offset >= SIZE_MAX:
            raise failure(errno.EFBIG)
        raw = raw[: SIZE_MAX - offset]
        self.strip(real)
        real.data = data.write(real.data, offset, raw)
        real.mtime = real.ctime = self.volume.now()
        return len(raw)

    def lseek(self, handle: int, offset: int, whence: int = 0) -> int:
        """Move where the handle stands: lseek(2); also to the next data or hole (SEEK_DATA, SEEK_HOLE)."""
        held = self.held(handle)
        if held.flags & flags.PATH:
            raise failure(errno.EBADF)
        real = held.inode.real
        if real.mode & 0o170000 == S_IFIFO:
            raise failure(errno.ESPIPE)
        if real.mode & 0o170000 == S_IFDIR and whence not in (0, 1):
            raise failure(errno.EINVAL)
        size = real.data.size
        if whence in (flags.SEEK_DATA, flags.SEEK_HOLE):
            if not 0 <= offset < size:
                raise failure(errno.ENXIO)
            search = next_data if whence == flags.SEEK_DATA else next_hole
            found = search(real.data, offset)
            if found is None:
                raise failure(errno.ENXIO)
        elif whence in (0, 1, 2):
            found = offset + (0, held.position, size)[whence]
        else:
            raise failure(errno.EINVAL)
        if not 0 <= found <= SIZE_MAX:
            raise failure(errno.EINVAL)
        held.position = found
        return found

    def fstat(self, handle: int) -> Stat:
        """What the handle's file is by now: fstat(2)."""
        return self.status(self.held(handle).inode)

    def ftruncate(self, handle: int, size: int) -> None:
        """Cut or grow the handle's file to `size` bytes: ftruncate(2)."""
        held = self.held(handle)
        if held.flags & flags.PATH:
            raise failure(errno.EBADF)
        if size < 0 or not held.may_write or held.inode.mode & 0o170000 != S_IFREG:
            raise failure(errno.EINVAL)
        if size > SIZE_MAX:
            raise failure(errno.EFBIG)
        real = held.inode.real
        self.strip(real)
        real.data = data.truncate(real.data, size)
        real.mtime = real.ctime = self.volume.now()


def device(inode: object) -> str | None:
    """Which of the memory devices this is; any other has no driver here."""
    mode, rdev = inode.mode, inode.rdev  # type: ignore[attr-defined]
    if mode & 0o170000 != S_IFCHR or major(rdev) != 1:
        return None
    return {3: "null", 5: "zero", 7: "full"}.get(minor(rdev))
