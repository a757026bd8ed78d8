"""Making and removing names in an overlay: everything happens in the upper, and whiteouts hide what is below.

A name that a lower layer has cannot be removed from it; a whiteout takes its place. A directory that is made
where a whiteout was is opaque, or what is below would come back (fs/overlayfs/dir.c).
"""

from __future__ import annotations

import errno
from stat import S_IFCHR, S_IFDIR

from layerlab.engine.files import markers
from layerlab.engine.files.copyup import KINDS, CopyUp
from layerlab.engine.files.events import Linked, Made, MadeOpaque, Removed, WhiteoutMade
from layerlab.engine.files.inode import Inode, failure
from layerlab.engine.files.merged import Merged, hides


class Change(CopyUp):
    """Making and removing names."""

    redirecting: bool
    whiteout: Inode | None = None

    def create(
        self, directory: Merged, name: str, mode: int, uid: int, gid: int, rdev: int = 0, target: str = ""
    ) -> Merged:
        """Make a file in the upper; not a whiteout, though, for that is none of the caller's business."""
        if mode & 0o170000 == S_IFCHR and rdev == 0:
            raise failure(errno.EPERM, name)
        over = self.make_room(directory, name)
        real = directory.upper
        assert real is not None
        upper = self.disk.create(real, name, mode, uid, gid, rdev, target)
        self.tell(Made, directory, name, KINDS[mode >> 12])
        if mode & 0o170000 == S_IFDIR and (over or (directory.lowers and self.closing)):
            self.make_opaque(upper, directory, name)
        made = Merged(upper, (), name)
        made.parent = directory
        directory.names[name] = made
        self.known[upper] = made
        return made

    @property
    def closing(self) -> bool:
        """Whether new directories are made opaque even where nothing lies below, to save look-ups.

        Linux does so only if the lower layers are promised never to change, which these options imply.
        """
        return self.indexing or self.redirecting

    def nameless(self, directory: Merged, mode: int, uid: int, gid: int) -> Merged:
        """Make a file without a name in the upper."""
        self.copy_up_parents(directory)
        assert directory.upper is not None
        made = Merged(self.disk.nameless(directory.upper, mode, uid, gid), ())
        made.parent = directory
        return made

    def link(self, inode: Merged, old: tuple[Merged, str], directory: Merged, name: str) -> None:
        """Give a file a further name in the upper; it is copied up first."""
        self.copy_up(inode, *old)
        self.make_room(directory, name)
        assert inode.upper is not None
        assert directory.upper is not None
        if inode.indexed:
            self.note_links(inode)
            inode.nlink += 1
        self.disk.link(inode.upper, (inode.upper, ""), directory.upper, name)
        # The name is looked up anew when it is used: only so does Linux learn what it was copied up from.
        self.tell(Linked, *old, self.path(directory, name))

    def make_room(self, directory: Merged, name: str) -> bool:
        """Ready the upper for a new name; True if a whiteout had to go."""
        self.copy_up_parents(directory)
        real = directory.upper
        assert real is not None
        whiteout = self.disk.child(real, name)
        if whiteout is None:
            return False
        self.disk.remove(real, name, whiteout)
        return True

    def make_opaque(self, upper: Inode, directory: Merged, name: str) -> None:
        """Let an upper directory hide what is below it."""
        markers.set_opaque(upper)
        self.tell(MadeOpaque, directory, name)

    def lower_has(self, directory: Merged, name: str, inode: Merged) -> bool:
        """Whether the name would show again if the upper lost it."""
        if inode.upper is None:
            return True
        for _, lower in directory.lowers:
            child = lower.children.get(name)
            if child is not None:
                return not hides(child)
        return False

    def check_empty(self, inode: Merged) -> None:
        """ENOTEMPTY if a directory shows any name; whiteouts in it don't count."""
        if next(iter(self.merged_names(inode)), None) is not None:
            raise failure(errno.ENOTEMPTY)

    def remove(self, directory: Merged, name: str, inode: Merged) -> None:
        """Remove a name from the upper, and leave a whiteout if a lower layer has it."""
        below, is_dir = self.lower_has(directory, name, inode), inode.is_dir
        if is_dir and (below or not inode.pure):
            self.check_empty(inode)
        elif is_dir and inode.real.children:
            raise failure(errno.ENOTEMPTY)
        self.copy_up_parents(directory)
        self.before_unlink(inode, directory, name)
        now, real = self.disk.now(), directory.upper
        assert real is not None
        upper = self.disk.child(real, name)
        if upper is not None:
            self.disk.forget(upper, now)
            self.disk.take(real, name, upper, now)
            self.tell(Removed, directory, name)
        if below:
            self.disk.place(real, name, self.new_whiteout(), now)
            self.tell(WhiteoutMade, directory, name)
        directory.names.pop(name, None)
        self.after_unlink(inode)

    def new_whiteout(self) -> Inode:
        """A further name for the mount's one whiteout, which Linux links again and again to save inodes."""
        if self.whiteout is None:
            self.whiteout = self.disk.new(S_IFCHR, 0, 0)
        else:
            self.whiteout.nlink += 1
        return self.whiteout

    def before_unlink(self, inode: Merged, directory: Merged, name: str) -> None:
        """With an index, a lower hard link is copied up even to be removed: only so are its links counted."""
        if inode.is_dir:
            return
        if self.indexing and inode.lowers and inode.lowers[0][1].nlink > 1:
            self.copy_up(inode, directory, name)
        if inode.indexed:
            self.note_links(inode)

    def after_unlink(self, inode: Merged) -> None:
        """Count a name less; the last one takes the index entry with it."""
        if inode.indexed and inode.nlink:
            inode.nlink -= 1
            if not inode.nlink and inode.upper is not None:
                self.disk.index.pop(inode.lowers[0][1], None)
                self.disk.forget(inode.upper, self.disk.now())
