"""Copy-up: before a lower file can change, it is copied into the upper, and before it every directory above.

The copy has the data, mode, owner, times and attributes of the lower file; the directory that it comes into
keeps its modification time, for nothing has changed in it (fs/overlayfs/copy_up.c).
"""

from __future__ import annotations

from stat import S_IFDIR, S_IFREG

from layerlab.engine.files import markers
from layerlab.engine.files.events import CopiedUp, Event
from layerlab.engine.files.inode import Inode
from layerlab.engine.files.merged import Layers, Merged

KINDS = {1: "fifo", 2: "device", 4: "directory", 6: "device", 8: "file", 10: "symlink", 12: "socket"}
"""What a kind of file is called, by the type bits of the mode, shifted by 12."""


class CopyUp(Layers):
    """Making merged inodes writable."""

    events: list[Event] | None = None
    """What has happened, if somebody wants to know."""

    def writable(self, inode: Merged, directory: Merged, name: str, data: bool = True) -> Inode:
        """The upper inode, copied up if need be; without its bytes if they will be cut off anyhow."""
        if inode.is_dir:
            self.copy_up_dir(inode)
        elif inode.upper is None or (self.indexing and not self.has_name(inode, directory, name)):
            self.copy_up(inode, directory, name, data)
        assert inode.upper is not None
        return inode.upper

    def describable(self, inode: Merged, directory: Merged, name: str) -> Inode:
        """The upper inode; unlike for other changes, it is enough that the upper has the file by any name."""
        return inode.upper or self.writable(inode, directory, name)

    def has_name(self, inode: Merged, directory: Merged, name: str) -> bool:
        """Whether the upper has this very name of the file; with an index, it may only have another one."""
        if inode.upper is None or directory.upper is None:
            return False
        return not name or directory.upper.children.get(name) is inode.upper

    def copy_up_dir(self, inode: Merged) -> None:
        """Copy a directory up, and first those above it."""
        way = []
        while inode.upper is None:
            way.append(inode)
            inode = inode.parent
        for step in reversed(way):
            self.copy(step, step.parent, step.name, True, parent=step is not way[0])

    def copy_up(self, inode: Merged, directory: Merged, name: str, data: bool = True) -> None:
        """Copy a file up under this name, unless the upper already has it."""
        if inode.is_dir:
            self.copy_up_dir(inode)
            return
        if self.has_name(inode, directory, name):
            return
        self.copy_up_parents(directory)
        if inode.upper is None:
            self.copy(inode, directory, name, data)
        if not self.has_name(inode, directory, name):
            self.link_up(inode, directory, name)

    def copy_up_parents(self, directory: Merged) -> None:
        """Copy up the directories on the way to a file that is about to come."""
        way = []
        while directory.upper is None:
            way.append(directory)
            directory = directory.parent
        for step in reversed(way):
            self.copy(step, step.parent, step.name, True, parent=True)

    def copy(self, inode: Merged, directory: Merged, name: str, data: bool, parent: bool = False) -> None:
        """Copy one lower file of any kind into a directory that the upper has."""
        layer, lower = inode.lowers[0]
        is_dir = lower.mode & 0o170000 == S_IFDIR
        indexed = self.indexing and not is_dir and lower.nlink > 1
        copy = self.replica(lower, data)
        if is_dir or indexed or lower.nlink == 1:
            copy.origin = lower
        inode.upper = copy
        if indexed:
            # The index holds the first link to the copy; the name comes as a second one (link_up).
            copy.parent = self.disk.root
            self.disk.index[lower] = copy
            inode.indexed = True
            self.note_links(inode)
        else:
            self.place_unseen(directory, name, copy)
            if not inode.constant:
                self.known[copy] = inode
        size = copy.data.size if copy.mode & 0o170000 == S_IFREG else 0
        self.tell(CopiedUp, directory, name, layer, size, KINDS[copy.mode >> 12], parent)

    def replica(self, lower: Inode, data: bool) -> Inode:
        """A new upper inode that is like a lower one, without the overlay's own marks."""
        copy = self.disk.new(lower.mode, lower.uid, lower.gid)
        copy.atime, copy.mtime, copy.rdev, copy.target = lower.atime, lower.mtime, lower.rdev, lower.target
        copy.xattrs = {n: v for n, v in lower.xattrs.items() if self.xattr_shown(n) is not None}
        if data:
            copy.data = lower.data
        return copy

    def link_up(self, inode: Merged, directory: Merged, name: str) -> None:
        """Give the copy of a hard link, which the index found, this name too."""
        upper = inode.upper
        assert upper is not None
        upper.nlink += 1
        upper.ctime = self.disk.now()
        self.place_unseen(directory, name, upper)
        self.note_links(inode)

    def place_unseen(self, directory: Merged, name: str, inode: Inode) -> None:
        """Put a copy into the upper; the directory keeps its modification time."""
        real = directory.upper
        assert real is not None
        before = real.mtime
        self.disk.place(real, name, inode, self.disk.now())
        real.mtime = before

    def note_links(self, inode: Merged) -> None:
        """Write the link count of upper and lower together where the next mount will find it."""
        upper = inode.upper
        assert upper is not None
        upper.xattrs[markers.NLINK] = f"U{inode.nlink - upper.nlink:+d}".encode()

    def xattr_shown(self, name: str) -> str | None:
        """The overlay's own marks are hidden; one that is meant for an overlay above is stored escaped."""
        if not name.startswith(markers.OWN):
            return name
        rest = name.removeprefix(markers.OWN)
        if not rest.startswith("overlay."):
            return None
        return markers.shown(markers.OWN + rest.removeprefix("overlay."), self.contained)

    def xattr_name(self, name: str) -> str:
        """Under which name an attribute is stored: a mark for an overlay above is escaped."""
        name = markers.stored(name, self.contained)
        if not name.startswith(markers.OWN):
            return name
        return markers.OWN + "overlay." + name.removeprefix(markers.OWN)

    def tell(self, event: type[Event], directory: Merged, name: str, *more: object) -> None:
        """Note what has happened to a name, if somebody wants to know."""
        if self.events is not None:
            self.events.append(event(self.path(directory, name), *more))

    def path(self, directory: Merged, name: str) -> str:
        """The absolute path of a name in the merged tree."""
        words = [name]
        while directory is not directory.parent:
            words.append(directory.name)
            directory = directory.parent
        return "/" + "/".join(reversed(words))
