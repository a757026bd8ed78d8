"""An operation as the calls that it stands for, and as the event that its success is."""

from __future__ import annotations

import os

from layerlab.engine.files import ops
from layerlab.engine.files.events import Changed, Event, Written
from layerlab.engine.files.flags import APPEND, CREAT, EXCL, NONBLOCK, RDONLY, WRONLY
from layerlab.engine.files.inode import makedev
from layerlab.engine.files.posix import Face
from layerlab.engine.files.volume import EXCHANGE, NOREPLACE
from layerlab.engine.files.walk import F

RENAMES = {"": 0, "noreplace": NOREPLACE, "exchange": EXCHANGE}


def perform(fs: Face[F], op: ops.Op) -> object:
    """Make the calls of `op` on a file system; the result is what a program gets to see."""
    match op:
        case ops.Read(path):
            return get(fs, path)
        case ops.Lstat(path):
            return fs.lstat(path)
        case ops.Listdir(path):
            return tuple(os.fsdecode(name) for name in fs.listdir(path))
        case ops.Readlink(path):
            return fs.readlink(path)
    change(fs, op)
    return None


def change(fs: Face[F], op: ops.Op) -> None:
    """The operations that change data."""
    match op:
        case ops.Create(path, data, mode):
            put(fs, path, CREAT | EXCL, data, 0, mode)
        case ops.Write(path, data, offset):
            put(fs, path, 0, data, offset)
        case ops.Append(path, data):
            put(fs, path, APPEND, data, 0)
        case ops.Truncate(path, size):
            fs.truncate(path, size)
        case _:
            name(fs, op)


def name(fs: Face[F], op: ops.Op) -> None:
    """The operations that make, remove and move names."""
    match op:
        case ops.Mkdir(path, mode):
            fs.mkdir(path, mode)
        case ops.Rmdir(path):
            fs.rmdir(path)
        case ops.Unlink(path):
            fs.unlink(path)
        case ops.Rename(path, new, flag):
            fs.rename(path, new, RENAMES[flag])
        case ops.Link(path, new):
            fs.link(path, new, follow=False)
        case ops.MakeSymlink(path, target):
            fs.symlink(target, path)
        case ops.Mknod(path, mode, device):
            fs.mknod(path, mode, makedev(*device))
        case _:
            describe(fs, op)


def describe(fs: Face[F], op: ops.Op) -> None:
    """The operations that change metadata."""
    match op:
        case ops.Chmod(path, mode):
            fs.chmod(path, mode)
        case ops.Chown(path, uid, gid):
            fs.lchown(path, uid, gid)
        case ops.Utime(path, mtime):
            fs.utime(path, follow=False, ns=(mtime, mtime))
        case ops.SetXattr(path, attribute, data):
            fs.setxattr(path, attribute, data)
        case ops.RemoveXattr(path, attribute):
            fs.removexattr(path, attribute)
        case _:
            raise TypeError(f"not an operation: {op!r}")


def put(fs: Face[F], path: str, flags: int, data: bytes, offset: int, mode: int = 0) -> None:
    """Open for writing, write, close."""
    handle = fs.open(path, WRONLY | NONBLOCK | flags, mode)
    try:
        fs.pwrite(handle, data, offset)
    finally:
        fs.close(handle)


def get(fs: Face[F], path: str) -> bytes:
    """Open for reading, read all, close."""
    handle = fs.open(path, RDONLY | NONBLOCK)
    try:
        return fs.read(handle, fs.fstat(handle).st_size)
    finally:
        fs.close(handle)


def changed(fs: Face[F], op: ops.Op) -> tuple[Event, ...]:
    """What the success of `op` did to a node that is in the upper by then."""
    match op:
        case ops.Create(path, data) if data:
            return (Written(path, 0, len(data)),)
        case ops.Write(path, data, offset):
            return (Written(path, offset, len(data)),)
        case ops.Append(path, data):
            return (Written(path, fs.stat(path).st_size - len(data), len(data)),)
        case ops.SetXattr(path, attribute) | ops.RemoveXattr(path, attribute):
            return (Changed(path, attribute),)
    fields = {ops.Chmod: "mode", ops.Chown: "owner", ops.Utime: "times", ops.Truncate: "size"}
    return tuple(Changed(op.path, field) for kind, field in fields.items() if isinstance(op, kind))
