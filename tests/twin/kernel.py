"""Real directories and real overlay mounts behind the method names of `layerlab.engine.files.posix`.

Runs inside a helper process (see `server`) that has a mount namespace and a tmpfs of its own. Each tree is
entered by chroot(2), so that absolute paths, absolute symbolic links and `..` stay inside it.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

from twin.config import Config

LIBC = ctypes.CDLL(None, use_errno=True)
AT_FDCWD, AT_SYMLINK_NOFOLLOW, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH = -100, 0x100, 0x400, 0x1000
SYS_FCHMODAT2 = 452
MS_NODEV, MS_REC, MS_PRIVATE = 4, 0x4000, 1 << 18


def call(name: str, *args: Any) -> int:
    """Call a C function that sets errno; raises OSError if it gives -1."""
    result: int = getattr(LIBC, name)(*args)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    call(
        "mount",
        os.fsencode(source),
        os.fsencode(target),
        kind.encode(),
        ctypes.c_ulong(flags),
        os.fsencode(options) if options else None,
    )


class Box:
    """Where trees and mounts are made: one tmpfs, thrown away with everything in it by `clear`."""

    def __init__(
        self, config: Config, base: str, kind: str = "tmpfs", options: str = "size=256m,mode=755"
    ) -> None:
        self.config, self.base = config, base
        self.kind, self.options = kind, options
        self.root = os.open("/", os.O_PATH | os.O_DIRECTORY)
        self.inside: KernelFS | None = None
        self.cred = (0, 0)
        self.made: list[KernelFS] = []
        self.mounted = False

    def out(self) -> None:
        """Become root outside every tree."""
        self.become(0, 0)
        if self.inside is not None:
            os.fchdir(self.root)
            os.chroot(".")
            self.inside = None

    def become(self, uid: int, gid: int) -> None:
        """Take the file system credentials of a user, as a process of hers would have."""
        if self.cred == (uid, gid):
            return
        if self.cred != (0, 0):
            os.seteuid(0)
            os.setegid(0)
        if (uid, gid) != (0, 0):
            os.setegid(gid)
            os.seteuid(uid)
        self.cred = (uid, gid)

    def enter(self, fs: KernelFS) -> None:
        """Make `fs` the root directory, with the credentials last given to it."""
        if self.inside is not fs:
            self.out()
            os.fchdir(fs.fd)
            os.chroot(".")
            self.inside = fs
        if self.cred != fs.cred:
            self.become(*fs.cred)

    def directory(self, name: str) -> str:
        """A new directory in the box."""
        self.out()
        if not self.mounted:
            mount("tmpfs", self.base, self.kind, 0, self.options)
            self.mounted = True
        path = f"{self.base}/{name}"
        os.mkdir(path, 0o755)
        return path

    def tree(self) -> KernelFS:
        """A new empty plain directory."""
        fs = KernelFS(self, self.directory(f"t{len(self.made)}"))
        self.made.append(fs)
        return fs

    def mount(self, lowers: tuple[KernelFS, ...], upper: KernelFS) -> KernelFS:
        """An overlay of `lowers` (base first) and `upper`."""
        number = len(self.made)
        merged = self.directory(f"m{number}")
        if not upper.work:
            upper.work = self.directory(f"w{number}")
        stacked = ":".join(low.path for low in reversed(lowers))
        options = f"lowerdir={stacked},upperdir={upper.path},workdir={upper.work},{self.config.options}"
        mount("overlay", merged, "overlay", 0, options)
        fs = KernelFS(self, merged, mounted=True)
        self.made.append(fs)
        return fs

    def clear(self) -> None:
        """Unmount everything that is left and forget the files."""
        self.out()
        for fs in self.made:
            fs.umount()
            if fs.fd >= 0:
                os.close(fs.fd)
        self.made = []
        if self.mounted:
            call("umount2", os.fsencode(self.base), 0)
            self.mounted = False


class KernelFS:
    """A real tree with the methods of `posix.FileSystem`; every error is the kernel's."""

    def __init__(self, box: Box, path: str, mounted: bool = False) -> None:
        self.box, self.path, self.mounted = box, path, mounted
        self.fd = os.open(path, os.O_PATH | os.O_DIRECTORY)
        self.cred = (0, 0)
        self.work = ""
        self.handles: set[int] = set()

    def setcred(self, uid: int, gid: int) -> None:
        """Whose permissions count from now on."""
        self.cred = (uid, gid)

    def open(self, path: str, flags: int, mode: int = 0o666) -> int:
        """open(2); the handle is the file descriptor."""
        self.box.enter(self)
        handle = os.open(path, flags, mode)
        self.handles.add(handle)
        return handle

    def close(self, handle: int) -> None:
        """close(2)."""
        self.handles.discard(handle)
        os.close(handle)

    def read(self, handle: int, size: int) -> bytes:
        """read(2)."""
        self.box.enter(self)
        return os.read(handle, size)

    def write(self, handle: int, data: bytes) -> int:
        """write(2)."""
        self.box.enter(self)
        return os.write(handle, data)

    def lseek(self, handle: int, offset: int, whence: int) -> int:
        """lseek(2)."""
        self.box.enter(self)
        return os.lseek(handle, offset, whence)

    def fstat(self, handle: int) -> os.stat_result:
        """fstat(2)."""
        self.box.enter(self)
        return os.fstat(handle)

    def ftruncate(self, handle: int, size: int) -> None:
        """ftruncate(2)."""
        self.box.enter(self)
        os.ftruncate(handle, size)

    def lstat(self, path: str) -> os.stat_result:
        """lstat(2)."""
        self.box.enter(self)
        return os.lstat(path)

    def stat(self, path: str) -> os.stat_result:
        """stat(2)."""
        self.box.enter(self)
        return os.stat(path)

    def mkdir(self, path: str, mode: int = 0o777) -> None:
        """mkdir(2)."""
        self.box.enter(self)
        os.mkdir(path, mode)

    def rmdir(self, path: str) -> None:
        """rmdir(2)."""
        self.box.enter(self)
        os.rmdir(path)

    def unlink(self, path: str) -> None:
        """unlink(2)."""
        self.box.enter(self)
        os.unlink(path)

    def rename(self, a: str, b: str, flags: int = 0) -> None:
        """renameat2(2)."""
        self.box.enter(self)
        call("renameat2", AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), flags)

    def link(self, a: str, b: str, follow: bool = False) -> None:
        """linkat(2)."""
        self.box.enter(self)
        flags = AT_SYMLINK_FOLLOW if follow else 0
        call("linkat", AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), flags)

    def symlink(self, target: str, path: str) -> None:
        """symlink(2)."""
        self.box.enter(self)
        os.symlink(target, path)

    def readlink(self, path: str) -> str:
        """readlink(2)."""
        self.box.enter(self)
        return os.readlink(path)

    def chmod(self, path: str, mode: int, follow: bool = True) -> None:
        """chmod(2), or fchmodat2(2) with AT_SYMLINK_NOFOLLOW."""
        self.box.enter(self)
        if follow:
            os.chmod(path, mode)
        else:
            call("syscall", SYS_FCHMODAT2, AT_FDCWD, os.fsencode(path), mode, AT_SYMLINK_NOFOLLOW)

    def lchown(self, path: str, uid: int, gid: int) -> None:
        """lchown(2)."""
        self.box.enter(self)
        os.lchown(path, uid, gid)

    def truncate(self, path: str, size: int) -> None:
        """truncate(2)."""
        self.box.enter(self)
        os.truncate(path, size)

    def utime(self, path: str, times: tuple[float, float] | None = None, follow: bool = True) -> None:
        """utimensat(2); `times` is (atime, mtime) in seconds, None means now."""
        self.box.enter(self)
        os.utime(path, times, follow_symlinks=follow)

    def listdir(self, path: str) -> list[str]:
        """The names in a directory."""
        self.box.enter(self)
        return os.listdir(path)

    def mknod(self, path: str, mode: int, device: int = 0) -> None:
        """mknod(2)."""
        self.box.enter(self)
        os.mknod(path, mode, device)

    def getxattr(self, path: str, name: str, follow: bool = True) -> bytes:
        """getxattr(2)."""
        self.box.enter(self)
        return os.getxattr(path, name, follow_symlinks=follow)

    def setxattr(self, path: str, name: str, value: bytes, flags: int = 0, follow: bool = True) -> None:
        """setxattr(2)."""
        self.box.enter(self)
        os.setxattr(path, name, value, flags, follow_symlinks=follow)

    def listxattr(self, path: str, follow: bool = True) -> list[str]:
        """listxattr(2)."""
        self.box.enter(self)
        return os.listxattr(path, follow_symlinks=follow)

    def removexattr(self, path: str, name: str, follow: bool = True) -> None:
        """removexattr(2)."""
        self.box.enter(self)
        os.removexattr(path, name, follow_symlinks=follow)

    def umount(self) -> None:
        """umount(2); handles that are still open are closed first."""
        self.box.out()
        for handle in self.handles:
            os.close(handle)
        self.handles = set()
        if self.mounted:
            os.close(self.fd)
            self.fd = -1
            call("umount2", os.fsencode(self.path), 0)
            self.mounted = False
