"""A private corner of the machine: a mount namespace of its own, as root or, unprivileged, inside a user
namespace.

What a process mounts after `enter` is seen by nobody else and is gone when the last process in the namespace
ends. Only a process with a single thread may enter; `helper` starts one for that. See namespaces(7),
user_namespaces(7).
"""

from __future__ import annotations

import os

from layerlab.live import syscalls
from layerlab.live.syscalls import CLONE_NEWNS, CLONE_NEWUSER, MS_NODEV, MS_NOSUID, MS_PRIVATE, MS_REC, words


class Refused(Exception):
    """The kernel said no; the text says to what, and in its words."""


def enter(user: bool) -> None:
    """Move this process into new namespaces: mounts alone, or with `user` as root of a user namespace as
    well.
    """
    uid, gid = os.geteuid(), os.getegid()
    try:
        syscalls.unshare(CLONE_NEWNS | (CLONE_NEWUSER if user else 0))
    except OSError as error:
        what = "a user namespace" if user else "a mount namespace"
        raise Refused(f"{what}: {words(error)}") from None
    if user:
        _map(uid, gid)
    try:
        syscalls.mount("none", "/", None, MS_REC | MS_PRIVATE)
    except OSError as error:
        raise Refused(f"private mounts: {words(error)}") from None


def _map(uid: int, gid: int) -> None:
    """Be root in here and the same user as before outside: one id of each kind, no further groups."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        try:
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        except OSError as error:
            raise Refused(f"the user namespace's {name}: {words(error)}") from None


def furnish() -> str:
    """Put an empty file system in memory over a directory, which it names; devices in it stay closed.

    It hides the host's directory of that name for this process alone, so it takes one that holds no programs.
    """
    room = next(place for place in ("/sys", "/mnt", "/tmp", "/") if os.path.isdir(place))
    try:
        syscalls.mount("layerlab", room, "tmpfs", MS_NODEV | MS_NOSUID, "mode=755")
    except OSError as error:
        raise Refused(f"a tmpfs: {words(error)}") from None
    return room


def keeps_marks(room: str) -> bool:
    """Whether files there can have the `user.*` attributes of unprivileged overlays (tmpfs: since Linux 6.6)."""
    try:
        os.setxattr(room, "user.layerlab", b"")
        os.removexattr(room, "user.layerlab")
    except OSError:
        return False
    return True
