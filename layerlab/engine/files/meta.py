"""The calls that look at and change metadata: stat, chmod, chown, utime, truncate, extended attributes."""

from __future__ import annotations

import errno
import os
from stat import S_IFDIR, S_IFLNK, S_IFREG, S_ISVTX

from layerlab.engine.files import data, permission
from layerlab.engine.files.inode import Inode, failure
from layerlab.engine.files.permission import READ, WRITE, check, check_owner, owns
from layerlab.engine.files.status import Stat, status
from layerlab.engine.files.walk import F, Path, Spot, Walk

XATTR_CREATE, XATTR_REPLACE = 1, 2
XATTR_NAME_MAX, XATTR_SIZE_MAX = 255, 65536
SIZE_MAX = 2**63 - 1
CAPABILITY = "security.capability"

Times = tuple[float, float] | None


class Meta(Walk[F]):
    """Looking at and changing metadata."""

    def lstat(self, path: Path) -> Stat:
        """What is at `path`, a symbolic link itself: lstat(2)."""
        spot = self.spot(path, False)
        assert spot.inode is not None
        return self.status(spot.inode)

    def stat(self, path: Path, follow: bool = True) -> Stat:
        """What `path` leads to: stat(2)."""
        spot = self.spot(path, follow)
        assert spot.inode is not None
        return self.status(spot.inode)

    def status(self, inode: F) -> Stat:
        """The stat result of an inode."""
        volume = self.volume
        return status(inode.real, volume.number(inode), volume.device, volume.links(inode))

    def readlink(self, path: Path) -> str | bytes:
        """Where a symbolic link points: readlink(2)."""
        spot = self.spot(path, False)
        assert spot.inode is not None
        if spot.inode.mode & 0o170000 != S_IFLNK:
            raise failure(errno.EINVAL, path)
        target = spot.inode.real.target
        return os.fsencode(target) if isinstance(path, bytes) else target

    def listdir(self, path: Path = "/") -> list[str] | list[bytes]:
        """The names in a directory, sorted, without `.` and `..`: getdents64(2)."""
        spot = self.spot(path, True)
        assert spot.inode is not None
        if spot.inode.mode & 0o170000 != S_IFDIR:
            raise failure(errno.ENOTDIR, path)
        check(spot.inode, self.cred, READ, path)
        names = sorted(self.volume.names(spot.inode))
        return [os.fsencode(name) for name in names] if isinstance(path, bytes) else names

    def chmod(self, path: Path, mode: int, follow: bool = True) -> None:
        """Change the permission bits: fchmodat2(2)."""
        spot = self.spot(path, follow)
        inode = spot.inode
        assert inode is not None
        if inode.mode & 0o170000 == S_IFLNK:
            raise failure(errno.EOPNOTSUPP, path)
        check_owner(inode, self.cred, path)
        bits = permission.chmod_mode(inode, self.cred, mode)
        real = self.writable(spot)
        real.mode = real.mode & ~0o7777 | bits
        real.ctime = self.volume.now()

    def lchown(self, path: Path, uid: int, gid: int) -> None:
        """Change owner and group, -1 leaves one, of a symbolic link itself: lchown(2)."""
        self.chown(path, uid, gid, False)

    def chown(self, path: Path, uid: int, gid: int, follow: bool = True) -> None:
        """Change owner and group, -1 leaves one: fchownat(2)."""
        if self.cred.contained and (uid > 0 or gid > 0):
            raise failure(errno.EINVAL, path)
        spot = self.spot(path, follow)
        inode = spot.inode
        assert inode is not None
        mode = permission.after_chown(inode, self.cred)
        if mode != inode.mode or CAPABILITY in inode.real.xattrs:
            check_owner(inode, self.cred, path)
        if not permission.may_chown(inode, self.cred, uid, gid):
            raise failure(errno.EPERM, path)
        real = self.writable(spot)
        real.mode = mode
        if mode & 0o170000 != S_IFDIR:
            real.xattrs.pop(CAPABILITY, None)
        real.uid = real.uid if uid == -1 else uid
        real.gid = real.gid if gid == -1 else gid
        real.ctime = self.volume.now()

    def utime(
        self, path: Path, times: Times = None, follow: bool = True, *, ns: tuple[int, int] | None = None
    ) -> None:
        """Set access and modification time, by default to now: utimensat(2); in seconds, or `ns`."""
        if times is not None and ns is not None:
            raise ValueError("utime: give times in seconds or in nanoseconds, not both")
        spot = self.spot(path, follow)
        assert spot.inode is not None
        if not owns(spot.inode, self.cred):
            if times is not None or ns is not None:
                raise failure(errno.EPERM, path)
            check(spot.inode, self.cred, WRITE, path)
        real = self.writable(spot)
        now = self.volume.now()
        if times is not None:
            ns = (nanoseconds(times[0]), nanoseconds(times[1]))
        real.atime, real.mtime = ns or (now, now)
        real.ctime = now

    def truncate(self, path: Path, size: int) -> None:
        """Cut or grow a file to `size` bytes: truncate(2)."""
        if size < 0:
            raise failure(errno.EINVAL, path)
        spot = self.spot(path, True)
        inode = spot.inode
        assert inode is not None
        if inode.mode & 0o170000 != S_IFREG:
            raise failure(errno.EISDIR if inode.mode & 0o170000 == S_IFDIR else errno.EINVAL, path)
        check(inode, self.cred, WRITE, path)
        self.resize(spot, size, False)

    def resize(self, spot: Spot[F], size: int, stamp: bool) -> None:
        """Cut or grow a file; its times change unless there was nothing to cut, or at any rate if `stamp`."""
        if size > SIZE_MAX:
            raise failure(errno.EFBIG, spot.name)
        real = self.writable(spot)
        self.strip(real)
        stamp = stamp or real.data.size != size or real.data.stored() > 0
        if real.data.size != size:
            real.data = data.truncate(real.data, size)
        if stamp:
            real.mtime = real.ctime = self.volume.now()

    def strip(self, real: Inode) -> None:
        """Take from a file whose data changes what lends its identity or capabilities."""
        mode = permission.after_write(real, self.cred)
        if mode != real.mode:
            real.mode, real.ctime = mode, self.volume.now()
        if real.xattrs:
            real.xattrs.pop(CAPABILITY, None)

    def writable(self, spot: Spot[F]) -> Inode:
        """The inode to change for a change of what is at `spot`."""
        assert spot.inode is not None
        return self.volume.writable(spot.inode, spot.directory, spot.name)

    # extended attributes

    def describable(self, spot: Spot[F]) -> Inode:
        """The inode to change for a change of extended attributes."""
        assert spot.inode is not None
        return self.volume.describable(spot.inode, spot.directory, spot.name)

    def getxattr(self, path: Path, name: Path, follow: bool = True) -> bytes:
        """An extended attribute: getxattr(2)."""
        word = attribute(name)
        spot = self.spot(path, follow)
        assert spot.inode is not None
        self.check_xattr(spot.inode, word, READ, path)
        found = spot.inode.real.xattrs.get(self.volume.xattr_name(word))
        if found is None:
            raise failure(errno.ENODATA, path)
        return found

    def listxattr(self, path: Path = "/", follow: bool = True) -> list[str]:
        """The names of the extended attributes, sorted; trusted ones only for root: listxattr(2)."""
        spot = self.spot(path, follow)
        assert spot.inode is not None
        shown = (self.volume.xattr_shown(name) for name in spot.inode.real.xattrs)
        root = self.cred.mighty
        return sorted(name for name in shown if name and (root or not name.startswith("trusted.")))

    def setxattr(self, path: Path, name: Path, value: bytes, flags: int = 0, follow: bool = True) -> None:
        """Set an extended attribute; `flags` 1 only makes a new one, 2 only replaces: setxattr(2)."""
        if flags & ~(XATTR_CREATE | XATTR_REPLACE):
            raise failure(errno.EINVAL, path)
        word, raw = attribute(name), bytes(value)
        if len(raw) > XATTR_SIZE_MAX:
            raise failure(errno.E2BIG, path)
        spot = self.spot(path, follow)
        assert spot.inode is not None
        self.check_xattr(spot.inode, word, WRITE, path)
        real, stored = self.describable(spot), self.volume.xattr_name(word)
        if flags & XATTR_CREATE and stored in real.xattrs:
            raise failure(errno.EEXIST, path)
        if flags & XATTR_REPLACE and stored not in real.xattrs:
            raise failure(errno.ENODATA, path)
        real.xattrs[stored] = raw
        real.ctime = self.volume.now()

    def removexattr(self, path: Path, name: Path, follow: bool = True) -> None:
        """Remove an extended attribute: removexattr(2)."""
        word = attribute(name)
        spot = self.spot(path, follow)
        assert spot.inode is not None
        self.check_xattr(spot.inode, word, WRITE, path)
        stored = self.volume.xattr_name(word)
        if stored not in spot.inode.real.xattrs:
            raise failure(errno.ENODATA, path)
        real = self.describable(spot)
        del real.xattrs[stored]
        real.ctime = self.volume.now()

    def check_xattr(self, inode: F, name: str, want: int, path: Path) -> None:
        """The rules of each namespace (xattr(7))."""
        space, dot, rest = name.partition(".")
        mode, no = inode.mode, failure(errno.EPERM if want == WRITE else errno.ENODATA, path)
        if space == "trusted":
            if not self.cred.mighty:
                raise no
        elif space == "security":
            if not self.cred.mighty and want == WRITE:
                raise no
        elif space != "system":
            if space == "user" and dot:
                if mode & 0o170000 not in (S_IFREG, S_IFDIR):
                    raise no
                sticky = mode & 0o170000 == S_IFDIR and mode & S_ISVTX
                if sticky and want == WRITE and not owns(inode, self.cred):
                    raise no
            check(inode, self.cred, want, path)
        if space not in ("user", "trusted", "security") or not dot:
            raise failure(errno.EOPNOTSUPP, path)
        if not rest:
            raise failure(errno.EINVAL, path)


def attribute(name: Path) -> str:
    """An attribute's name as text; ERANGE if it is empty or too long."""
    word = os.fsdecode(name)
    if not 0 < len(os.fsencode(word)) <= XATTR_NAME_MAX:
        raise failure(errno.ERANGE)
    return word


def nanoseconds(seconds: float) -> int:
    """Seconds as whole nanoseconds, rounded down."""
    if isinstance(seconds, int):
        return seconds * 10**9
    whole = int(seconds // 1)
    return whole * 10**9 + int((seconds - whole) * 10**9)
