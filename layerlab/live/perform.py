"""An operation as system calls on real files, the way a program would make it.

The caller has made the mount its root directory, so that paths and absolute symbolic links mean what they
say. Files are opened with O_NONBLOCK: a fifo nobody writes to must not hold up the helper.
"""

from __future__ import annotations

import os

from layerlab.engine.files import ops
from layerlab.engine.files.data import STEP
from layerlab.live import syscalls


def perform(op: ops.Op) -> object:
    """Do it; the result is what a program gets to see. OSError as the kernel gives it."""
    match op:
        case ops.Read(path):
            return _read(path)
        case ops.Lstat(path):
            return os.lstat(path)
        case ops.Listdir(path):
            return tuple(sorted(os.listdir(path)))
        case ops.Readlink(path):
            return os.readlink(path)
        case ops.Create(path, data, mode):
            _write(path, os.O_CREAT | os.O_EXCL, data, None, mode)
        case ops.Write(path, data, offset):
            _write(path, 0, data, offset)
        case ops.Append(path, data):
            _write(path, os.O_APPEND, data, None)
        case ops.Truncate(path, size):
            os.truncate(path, size)
        case _:
            _name(op)
    return None


def _name(op: ops.Op) -> None:
    """The operations that make, move or remove a name."""
    path = op.path
    match op:
        case ops.Mkdir(mode=mode):
            os.mkdir(path, mode)
        case ops.Rmdir():
            os.rmdir(path)
        case ops.Unlink():
            os.unlink(path)
        case ops.Rename(new=new, flag=flag):
            syscalls.renameat2(path, new, flag)
        case ops.Link(new=new):
            os.link(path, new, follow_symlinks=False)
        case ops.MakeSymlink(target=target):
            os.symlink(target, path)
        case ops.Mknod(mode=mode, device=device):
            os.mknod(path, mode, os.makedev(*device))
        case _:
            _describe(op)


def _describe(op: ops.Op) -> None:
    """The operations that change what a node says about itself."""
    path = op.path
    match op:
        case ops.Chmod(mode=mode):
            os.chmod(path, mode)
        case ops.Chown(uid=uid, gid=gid):
            os.lchown(path, uid, gid)
        case ops.Utime(mtime=mtime):
            os.utime(path, ns=(mtime, mtime), follow_symlinks=False)
        case ops.SetXattr(name=name, data=data):
            os.setxattr(path, name, data)
        case ops.RemoveXattr(name=name):
            os.removexattr(path, name)
        case _:
            raise TypeError(f"no such operation: {op!r}")


def _write(path: str, flags: int, data: bytes, offset: int | None, mode: int = 0) -> None:
    """Open for writing, write all, close."""
    handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK | flags, mode)
    try:
        if offset is None:
            os.write(handle, data)
        else:
            os.pwrite(handle, data, offset)
    finally:
        os.close(handle)


def _read(path: str) -> bytes:
    """Open for reading, read to the end, close."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return b"".join(iter(lambda: os.read(handle, STEP), b""))
    finally:
        os.close(handle)
