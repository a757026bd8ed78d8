"""The few system calls that Python's `os` lacks, each raising `OSError` with the kernel's errno.

`mount(2)`, `umount2(2)`, `unshare(2)` and `renameat2(2)` come from the C library; the newer calls that mount
step by step (`fsopen`, `fsconfig`) are called by number, which is the same on every architecture.
"""

from __future__ import annotations

import ctypes
import errno
import os
from functools import cache

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REC, MS_PRIVATE = 0x4000, 0x40000
MNT_DETACH = 2
CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
AT_FDCWD = -100
RENAME = {"": 0, "noreplace": 1, "exchange": 2}
SYS_FSOPEN, SYS_FSCONFIG = 430, 431
FSCONFIG_SET_FLAG, FSCONFIG_SET_STRING, FSCONFIG_CMD_CREATE = 0, 1, 6


@cache
def libc() -> ctypes.CDLL:
    """The C library this interpreter already runs on."""
    return ctypes.CDLL(None, use_errno=True)


def words(error: OSError) -> str:
    """The kernel's own words: `EPERM: Operation not permitted`."""
    number = error.errno or 0
    return f"{errno.errorcode.get(number, number)}: {os.strerror(number)}"


def _call(name: str, *args: object) -> int:
    """Call a function of the C library; -1 becomes an `OSError`."""
    ctypes.set_errno(0)
    answer = int(getattr(libc(), name)(*args))
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer


def mount(source: str, target: str, fstype: str | None, flags: int = 0, options: str = "") -> None:
    """Attach a file system: mount(2)."""
    kind = None if fstype is None else fstype.encode()
    _call(
        "mount",
        source.encode(),
        os.fsencode(target),
        kind,
        ctypes.c_ulong(flags),
        os.fsencode(options) or None,
    )


def umount(target: str, flags: int = 0) -> None:
    """Detach a file system: umount2(2)."""
    _call("umount2", os.fsencode(target), flags)


def unshare(flags: int) -> None:
    """Leave the namespaces that `flags` names for new ones: unshare(2)."""
    _call("unshare", flags)


def renameat2(old: str, new: str, flag: str) -> None:
    """Move `old` to `new`; `flag` is "", "noreplace" or "exchange": renameat2(2)."""
    _call("renameat2", AT_FDCWD, os.fsencode(old), AT_FDCWD, os.fsencode(new), RENAME[flag])


def why_not(fstype: str, options: list[str]) -> list[str]:
    """What the kernel writes when it refuses these mount options; empty where it has nothing to say.

    Uses fsopen(2) and fsconfig(2), whose file descriptor carries the messages that mount(2) only logs.
    """
    try:
        handle = _call("syscall", SYS_FSOPEN, fstype.encode(), 1)
    except OSError:
        return []
    try:
        for option in options:
            key, _, text = option.partition("=")
            kind = FSCONFIG_SET_STRING if text else FSCONFIG_SET_FLAG
            _call("syscall", SYS_FSCONFIG, handle, kind, key.encode(), os.fsencode(text) or None, 0)
        _call("syscall", SYS_FSCONFIG, handle, FSCONFIG_CMD_CREATE, None, None, 0)
    except OSError:
        pass
    messages = _messages(handle)
    os.close(handle)
    return messages


def _messages(handle: int) -> list[str]:
    """The lines waiting in a mount being made, without the letter that gives their weight."""
    found: list[str] = []
    while True:
        try:
            found.append(os.read(handle, 4096).decode(errors="replace").strip()[2:])
        except OSError:
            return found
