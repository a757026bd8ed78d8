"""The vocabulary of operations: it drives engine, kernel replay, buttons, lessons and tests.

An operation is one move as a program would make it, named as the system call is. It is a value: it can be
compared, stored as JSON and played again. What it does is in `overlay.apply`; what came of it is in `events`.
"""

from __future__ import annotations

from layerlab.engine.files.node import value


@value
class Op:
    """One move; `path` is absolute in the merged tree."""

    path: str


@value
class Create(Op):
    """Make a new file with `data`: open(2) with O_CREAT, O_EXCL and O_WRONLY, then write(2)."""

    data: bytes = b""
    mode: int = 0o644


@value
class Write(Op):
    """Write `data` at `offset` of a file that exists: open(2) with O_WRONLY, then pwrite(2)."""

    data: bytes = b""
    offset: int = 0


@value
class Append(Op):
    """Write `data` at the end of a file that exists: open(2) with O_WRONLY and O_APPEND."""

    data: bytes = b""


@value
class Truncate(Op):
    """Cut or grow a file to `size` bytes: truncate(2)."""

    size: int = 0


@value
class Read(Op):
    """Read a whole file: open(2) with O_RDONLY; the result is its bytes."""


@value
class Lstat(Op):
    """Look at a name without following it: lstat(2)."""


@value
class Listdir(Op):
    """The sorted names in a directory: getdents64(2)."""


@value
class Readlink(Op):
    """Where a symbolic link points: readlink(2)."""


@value
class Mkdir(Op):
    """Make a directory: mkdir(2)."""

    mode: int = 0o755


@value
class Rmdir(Op):
    """Remove an empty directory: rmdir(2)."""


@value
class Unlink(Op):
    """Remove a name that is not a directory: unlink(2)."""


@value
class Rename(Op):
    """Move `path` to `new`; `flag` is "", "noreplace" or "exchange": renameat2(2)."""

    new: str = ""
    flag: str = ""


@value
class Link(Op):
    """Give the file at `path` a further name `new`, a symbolic link itself, not its target: linkat(2)."""

    new: str = ""


@value
class MakeSymlink(Op):
    """Make a symbolic link at `path` that points to `target`: symlink(2)."""

    target: str = ""


@value
class Mknod(Op):
    """Make a fifo, socket or device; `mode` with its type bits, `device` as (major, minor): mknod(2)."""

    mode: int = 0o010644
    device: tuple[int, int] = (0, 0)


@value
class Chmod(Op):
    """Change the permission bits: chmod(2)."""

    mode: int = 0o644


@value
class Chown(Op):
    """Change the owner of the name itself: lchown(2)."""

    uid: int = 0
    gid: int = 0


@value
class Utime(Op):
    """Set access and modification time, in nanoseconds, of the name itself: utimensat(2)."""

    mtime: int = 0


@value
class SetXattr(Op):
    """Set an extended attribute: setxattr(2)."""

    name: str = ""
    data: bytes = b""


@value
class RemoveXattr(Op):
    """Remove an extended attribute: removexattr(2)."""

    name: str = ""
