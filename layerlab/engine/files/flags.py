"""The flags of open(2), by the values this platform's `os` has, or Linux's where it has none."""

from __future__ import annotations

import errno
import os

from layerlab.engine.files.inode import failure
from layerlab.engine.files.permission import READ, WRITE

ACCMODE = 3
RDONLY, WRONLY, RDWR = os.O_RDONLY, os.O_WRONLY, os.O_RDWR
CREAT, EXCL, TRUNC, APPEND = os.O_CREAT, os.O_EXCL, os.O_TRUNC, os.O_APPEND
NONBLOCK: int = getattr(os, "O_NONBLOCK", 0o4000)
DIRECTORY: int = getattr(os, "O_DIRECTORY", 0o200000)
NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0o400000)
NOATIME: int = getattr(os, "O_NOATIME", 0o1000000)
PATH: int = getattr(os, "O_PATH", 0o10000000)
TMPFILE: int = getattr(os, "O_TMPFILE", 0o20200000)

SEEK_DATA, SEEK_HOLE = 3, 4


def checked(flags: int, path: object) -> int:
    """The flags that count; EINVAL for a combination that open(2) refuses."""
    if flags & PATH:
        return flags & (PATH | DIRECTORY | NOFOLLOW)
    nameless = TMPFILE & ~DIRECTORY
    if flags & nameless and (flags & (DIRECTORY | CREAT) != DIRECTORY or not access(flags) & WRITE):
        raise failure(errno.EINVAL, path)
    if flags & (DIRECTORY | CREAT) == DIRECTORY | CREAT:
        raise failure(errno.EINVAL, path)
    return flags


def access(flags: int) -> int:
    """What may be done with the handle, as permission bits; mode 3 asks for both and gives neither."""
    return (READ, WRITE, READ | WRITE, READ | WRITE)[flags & ACCMODE]
