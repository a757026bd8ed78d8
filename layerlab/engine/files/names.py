"""The calls that make, move and remove names: mkdir, unlink, rename and their kin.

The checks come in the order in which fs/namei.c makes them, for where two fail, the first gives the errno.
"""

from __future__ import annotations

import errno
from stat import (
    S_IFBLK,
    S_IFCHR,
    S_IFDIR,
    S_IFIFO,
    S_IFLNK,
    S_IFMT,
    S_IFREG,
    S_IFSOCK,
    S_ISGID,
    S_ISUID,
    S_IXGRP,
)
from typing import NoReturn

from layerlab.engine.files.inode import failure
from layerlab.engine.files.permission import READ, SEARCH, WRITE, allowed, check, check_sticky, new_mode, owns
from layerlab.engine.files.volume import EXCHANGE, NOREPLACE, WHITEOUT
from layerlab.engine.files.walk import PATH_MAX, F, Path, Spot, Walk, longer, text


class Names(Walk[F]):
    """Making, moving and removing names."""

    def mkdir(self, path: Path, mode: int = 0o777) -> None:
        """Make a directory: mkdir(2)."""
        spot = self.free(path, directory=True)
        self.make(spot, S_IFDIR | mode & 0o1777)

    def mknod(self, path: Path, mode: int = 0o600, device: int = 0) -> None:
        """Make a file, fifo, socket or device: mknod(2); `mode` with its type bits (none: a regular file)."""
        kind = S_IFMT(mode)
        if kind == S_IFDIR:
            raise failure(errno.EPERM, path)
        if kind not in (0, S_IFREG, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK):
            raise failure(errno.EINVAL, path)
        spot = self.free(path)
        is_device = kind in (S_IFCHR, S_IFBLK)
        if not self.cred.mighty and is_device and not (kind == S_IFCHR and device == 0):
            check(spot.directory, self.cred, WRITE | SEARCH, path)
            raise failure(errno.EPERM, path)
        self.make(spot, (kind or S_IFREG) | mode & 0o7777, device if is_device else 0)

    def symlink(self, target: Path, path: Path) -> None:
        """Make a symbolic link at `path`: symlink(2)."""
        words = text(target)
        if not words:
            raise failure(errno.ENOENT, path)
        if longer(words, PATH_MAX - 1):
            raise failure(errno.ENAMETOOLONG, path)
        self.make(self.free(path), S_IFLNK | 0o777, target=words)

    def link(self, a: Path, b: Path, follow: bool = True) -> None:
        """Give the file `a` the further name `b`: linkat(2)."""
        old, new = self.spot(a, follow), self.free(b, check_directory=False)
        inode = old.inode
        assert inode is not None
        if self.cred.uid and not self.may_link(inode):
            raise failure(errno.EPERM, a)
        check(new.directory, self.cred, WRITE | SEARCH, b)
        if inode.mode & 0o170000 == S_IFDIR:
            raise failure(errno.EPERM, a)
        self.volume.link(inode, (old.directory, old.name), new.directory, new.name)

    def may_link(self, inode: F) -> bool:
        """Whether a user may link another's file: they must be able to read and write it, and no more.

        This is `fs.protected_hardlinks=1`, as distributions set it.
        """
        mode = inode.mode
        if owns(inode, self.cred):
            return True
        lends = mode & S_ISUID or mode & (S_ISGID | S_IXGRP) == S_ISGID | S_IXGRP
        return S_IFMT(mode) == S_IFREG and not lends and allowed(inode, self.cred, READ | WRITE)

    def unlink(self, path: Path) -> None:
        """Remove a name that is not a directory's: unlink(2)."""
        spot = self.parent(path)
        if not spot.named:
            raise failure(errno.EISDIR, path)
        inode = self.there(spot, path)
        is_dir = inode.mode & 0o170000 == S_IFDIR
        if spot.slash:
            raise failure(errno.EISDIR if is_dir else errno.ENOTDIR, path)
        self.may_remove(spot.directory, inode, path)
        if is_dir:
            raise failure(errno.EISDIR, path)
        self.volume.remove(spot.directory, spot.name, inode)

    remove = unlink

    def rmdir(self, path: Path) -> None:
        """Remove an empty directory: rmdir(2)."""
        spot = self.parent(path)
        if not spot.named:
            raise failure({"": errno.EBUSY, ".": errno.EINVAL, "..": errno.ENOTEMPTY}[spot.name], path)
        inode = self.there(spot, path)
        self.may_remove(spot.directory, inode, path)
        if inode.mode & 0o170000 != S_IFDIR:
            raise failure(errno.ENOTDIR, path)
        try:
            self.volume.remove(spot.directory, spot.name, inode)
        except OSError as error:
            self.again(error, path)

    def rename(self, a: Path, b: Path, flags: int = 0) -> None:
        """Move `a` to `b`: renameat2(2); `flags` 1 never replaces, 2 exchanges the two."""
        if flags & ~(NOREPLACE | EXCHANGE | WHITEOUT) or (
            flags & EXCHANGE and flags & (NOREPLACE | WHITEOUT)
        ):
            raise failure(errno.EINVAL, a)
        old, new = self.parent(a), self.parent(b)
        if not old.named:
            raise failure(errno.EBUSY, a)
        if not new.named:
            raise failure(errno.EEXIST if flags & NOREPLACE else errno.EBUSY, b)
        moved, target = self.there(old, a), new.inode
        if flags & NOREPLACE and target is not None:
            raise failure(errno.EEXIST, b)
        if flags & EXCHANGE and target is None:
            raise failure(errno.ENOENT, b)
        self.check_shape(old, new, moved, flags, a)
        if moved is target:
            return
        self.check_rename(old, new, moved, flags, a)
        if flags & ~self.volume.rename_flags:
            raise failure(errno.EINVAL, a)
        try:
            self.volume.rename((old.directory, old.name, moved), (new.directory, new.name, target), flags)
        except OSError as error:
            self.again(error, a)

    replace = rename

    def check_shape(self, old: Spot[F], new: Spot[F], moved: F, flags: int, path: Path) -> None:
        """Slashes only behind directories, and no directory into itself."""
        exchange = bool(flags & EXCHANGE)
        if exchange and new.slash and new.inode is not None and new.inode.mode & 0o170000 != S_IFDIR:
            raise failure(errno.ENOTDIR, path)
        if moved.mode & 0o170000 != S_IFDIR and (old.slash or (new.slash and not exchange)):
            raise failure(errno.ENOTDIR, path)
        if self.holds(moved, new.directory):
            raise failure(errno.EINVAL, path)
        if new.inode is not None and self.holds(new.inode, old.directory):
            raise failure(errno.EINVAL if exchange else errno.ENOTEMPTY, path)

    def holds(self, above: F, below: F) -> bool:
        """Whether the directory `below` is `above`, or lies in it."""
        if above.mode & 0o170000 != S_IFDIR:
            return False
        while below is not above and below is not below.parent:
            below = below.parent
        return below is above

    def check_rename(self, old: Spot[F], new: Spot[F], moved: F, flags: int, path: Path) -> None:
        """Permissions on both directories and, to change their `..`, on directories that change place."""
        target, exchange = new.inode, flags & EXCHANGE
        is_dir = moved.mode & 0o170000 == S_IFDIR
        self.may_remove(old.directory, moved, path)
        if target is None:
            check(new.directory, self.cred, WRITE | SEARCH, path)
        else:
            self.may_remove(new.directory, target, path)
            target_is_dir = target.mode & 0o170000 == S_IFDIR
            if not exchange and is_dir != target_is_dir:
                raise failure(errno.ENOTDIR if is_dir else errno.EISDIR, path)
        if old.directory is not new.directory:
            for inode in (moved, target if exchange else None):
                if inode is not None and inode.mode & 0o170000 == S_IFDIR:
                    check(inode, self.cred, WRITE, path)

    def free(self, path: Path, directory: bool = False, check_directory: bool = True) -> Spot[F]:
        """Where a new name is to be made; EEXIST if something is there, EACCES if the directory refuses."""
        spot = self.parent(path)
        if spot.inode is not None:
            raise failure(errno.EEXIST, path)
        if spot.slash and not directory:
            raise failure(errno.ENOENT, path)
        if check_directory:
            check(spot.directory, self.cred, WRITE | SEARCH, path)
        return spot

    def make(self, spot: Spot[F], mode: int, rdev: int = 0, target: str = "") -> F:
        """Make a file of any kind at a free spot, in the caller's name."""
        mode, gid = new_mode(spot.directory, self.cred, mode)
        return self.volume.create(spot.directory, spot.name, mode, self.cred.uid, gid, rdev, target)

    def may_remove(self, directory: F, inode: F, path: Path) -> None:
        """EACCES or EPERM unless the caller may take this name out of this directory."""
        if self.cred.uid:
            check(directory, self.cred, WRITE | SEARCH, path)
            check_sticky(directory, inode, self.cred, path)

    def there(self, spot: Spot[F], path: Path) -> F:
        """What is at a spot; ENOENT if nothing."""
        if spot.inode is None:
            raise failure(errno.ENOENT, path)
        return spot.inode

    def again(self, error: OSError, path: Path) -> NoReturn:
        """An error from below, with the path as the caller wrote it."""
        raise failure(error.errno or 0, path) from None
