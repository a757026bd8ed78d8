"""The os-shaped face of a file system: point a program written against `os` at it.

Every error is an `OSError` with the errno that Linux gives. Paths are str, bytes or path-like; a relative one
starts at the root, for there is no working directory. `FileSystem` is a plain, writable tree; `mount` lays an
overlay over several.
"""

from __future__ import annotations

from collections.abc import Iterable

from layerlab.engine.files.handles import Handles
from layerlab.engine.files.inode import Clock, Inode
from layerlab.engine.files.merged import Merged
from layerlab.engine.files.mounted import Union
from layerlab.engine.files.node import Dir
from layerlab.engine.files.permission import Credential
from layerlab.engine.files.volume import Plain
from layerlab.engine.files.walk import F


class Face(Handles[F]):
    """All calls, on any volume."""

    def setcred(self, uid: int, gid: int, groups: Iterable[int] = ()) -> None:
        """In whose name calls are made from now on; at first, root's."""
        self.cred = Credential(uid, gid, frozenset({gid, *groups}), self.cred.contained)


class FileSystem(Face[Inode]):
    """A writable tree, empty at first or thawed from `tree`; `clock` gives the time in nanoseconds.

    `userns`: root is only an ordinary user who has a user namespace.

    >>> fs = FileSystem()
    >>> fs.mkdir("/etc")
    >>> fs.listdir("/")
    ['etc']
    """

    def __init__(self, tree: Dir | None = None, clock: Clock | None = None, *, userns: bool = False) -> None:
        self.disk = Plain(tree, clock)
        self.disk.contained = userns
        super().__init__(self.disk)
        self.cred = Credential(contained=userns)

    @property
    def tree(self) -> Dir:
        """All files as a value, at this moment."""
        return self.disk.tree

    def __repr__(self) -> str:
        return f"FileSystem({len(self.disk.root.children)} names at the root)"


class Mount(Face[Merged]):
    """An overlay, mounted; see `mount`."""

    def __init__(self, volume: Union) -> None:
        self.union = volume
        super().__init__(volume)
        self.cred = Credential(contained=volume.contained)

    def umount(self) -> None:
        """Close all handles and forget what was looked up; the upper holds what upperdir would."""
        self.handles.clear()
        self.union.forget_names()

    def __repr__(self) -> str:
        return f"Mount({len(self.union.disks) - 1} lowers)"


def mount(
    lowers: Iterable[FileSystem | Dir],
    upper: FileSystem,
    *,
    redirect_dir: bool = False,
    index: bool = False,
    userns: bool = False,
) -> Mount:
    """Lay `upper` over `lowers` (base first) and give the merged tree.

    `redirect_dir`: directories with lower parts can be renamed. `index`: hard links of the lowers stay
    together when they are copied up. `userns`: mounted by an ordinary user in a user namespace.

    Nothing but `upper` is changed, and nobody else may change any of the trees meanwhile.
    """
    disks = [Plain(low) if isinstance(low, Dir) else low.disk for low in lowers]
    union = Union(disks, upper.disk, redirect_dir, index)
    union.contained = userns
    return Mount(union)
