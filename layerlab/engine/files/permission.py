"""Who may do what: credentials and the checks Linux makes before it changes anything (fs/namei.c, fs/attr.c).

A user is told `EACCES` where the mode bits do not allow something, and `EPERM` where only an owner or root
ever may. Root passes every check here.
"""

from __future__ import annotations

import errno
from stat import S_IFDIR, S_IFIFO, S_IFREG, S_ISGID, S_ISUID, S_ISVTX, S_IXGRP
from typing import Protocol

from layerlab.engine.files.inode import failure
from layerlab.engine.files.node import value

READ, WRITE, SEARCH = 4, 2, 1
"""What may be asked of a file, as the mode bits say it; to search a directory is to look up a name in it."""


@value
class Credential:
    """In whose name a call is made; `groups` holds `gid` too.

    `contained`: root only inside a user namespace, as an ordinary user can be: no power over devices, trusted
    attributes and other users' identities.
    """

    uid: int = 0
    gid: int = 0
    groups: frozenset[int] = frozenset({0})
    contained: bool = False

    @property
    def mighty(self) -> bool:
        """Whether this is root of the whole machine."""
        return self.uid == 0 and not self.contained


ROOT = Credential()


class Owned(Protocol):
    """What of an inode counts here."""

    @property
    def mode(self) -> int: ...
    @property
    def uid(self) -> int: ...
    @property
    def gid(self) -> int: ...


def allowed(inode: Owned, cred: Credential, want: int) -> bool:
    """Whether the mode bits let `cred` do this: for the owner, only the owner's bits count."""
    if cred.uid == 0:
        return True
    mode = inode.mode
    if inode.uid == cred.uid:
        mode >>= 6
    elif inode.gid in cred.groups:
        mode >>= 3
    return mode & want == want


def check(inode: Owned, cred: Credential, want: int, path: object) -> None:
    """EACCES unless the mode bits allow it."""
    if cred.uid and not allowed(inode, cred, want):
        raise failure(errno.EACCES, path)


def owns(inode: Owned, cred: Credential) -> bool:
    """Whether the file is the caller's own, or the caller is root."""
    return cred.uid == 0 or inode.uid == cred.uid


def check_owner(inode: Owned, cred: Credential, path: object) -> None:
    """EPERM unless the file is the caller's own."""
    if not owns(inode, cred):
        raise failure(errno.EPERM, path)


def check_sticky(directory: Owned, inode: Owned, cred: Credential, path: object) -> None:
    """EPERM if the sticky bit keeps this caller from removing this name from this directory."""
    if directory.mode & S_ISVTX and not owns(directory, cred) and not owns(inode, cred):
        raise failure(errno.EPERM, path)


def check_planted(directory: Owned, inode: Owned, cred: Credential, path: object) -> None:
    """EACCES if O_CREAT meets what somebody else may have planted in a directory like /tmp; even for root.

    Files and fifos pass: Linux stops them only with `fs.protected_regular` and `fs.protected_fifos`.
    """
    if directory.mode & (S_ISVTX | 0o002) != S_ISVTX | 0o002 or inode.mode & 0o170000 in (S_IFREG, S_IFIFO):
        return
    if inode.uid not in (directory.uid, cred.uid):
        raise failure(errno.EACCES, path)


def may_chown(inode: Owned, cred: Credential, uid: int, gid: int) -> bool:
    """Whether owner and group may become these (-1 leaves one): owners choose among their groups."""
    if cred.uid == 0:
        return True
    mine = inode.uid == cred.uid
    if uid != -1 and not (mine and uid == inode.uid):
        return False
    return gid == -1 or (mine and (gid == inode.gid or gid in cred.groups))


def keeps_setgid(gid: int, cred: Credential) -> bool:
    """Whether a caller may have the set-group-id bit on a file of this group."""
    return cred.uid == 0 or gid in cred.groups


def chmod_mode(inode: Owned, cred: Credential, mode: int) -> int:
    """The permission bits that chmod(2) really sets."""
    return mode & 0o7777 if keeps_setgid(inode.gid, cred) else mode & 0o7777 & ~S_ISGID


def after_chown(inode: Owned, cred: Credential) -> int:
    """The mode after chown(2): even root's loses the bits that lend a file's identity (not a directory's)."""
    mode = inode.mode
    return mode if mode & 0o170000 == S_IFDIR else _without_identity(mode, inode.gid, cred)


def after_write(inode: Owned, cred: Credential) -> int:
    """The mode after data was written or cut off by `cred`."""
    mode = inode.mode
    if cred.mighty or not mode & (S_ISUID | S_ISGID) or mode & 0o170000 != S_IFREG:
        return mode
    return _without_identity(mode, inode.gid, cred)


def _without_identity(mode: int, gid: int, cred: Credential) -> int:
    """Without set-user-id, and without set-group-id where it lends the group."""
    if mode & S_ISGID and (mode & S_IXGRP or not keeps_setgid(gid, cred)):
        mode &= ~S_ISGID
    return mode & ~S_ISUID


def new_mode(directory: Owned, cred: Credential, mode: int) -> tuple[int, int]:
    """Mode and group of a file made in `directory`: a set-group-id directory hands its group down."""
    if not directory.mode & S_ISGID:
        return mode, cred.gid
    if mode & 0o170000 == S_IFDIR:
        mode |= S_ISGID
    elif mode & (S_ISGID | S_IXGRP) == S_ISGID | S_IXGRP and not keeps_setgid(directory.gid, cred):
        mode &= ~S_ISGID
    return mode, directory.gid
