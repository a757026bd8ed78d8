"""Rename in an overlay: one rename in the upper, made so that the lower layers agree.

What leaves its place uncovers what lies below it, so a whiteout stays behind; a directory that comes into a
merged one must not merge with a namesake below, so it becomes opaque; and one that has lower parts takes
them along only by a redirect, else it cannot be moved at all (`EXDEV`; fs/overlayfs/dir.c, ovl_rename).
"""

from __future__ import annotations

import errno
import os

from layerlab.engine.files import markers
from layerlab.engine.files.change import Change
from layerlab.engine.files.events import Redirected, Renamed, WhiteoutMade
from layerlab.engine.files.inode import failure
from layerlab.engine.files.merged import Merged, hides
from layerlab.engine.files.volume import EXCHANGE, NOREPLACE, WHITEOUT

REDIRECT_MAX = 256
"""The longest absolute redirect in bytes (module parameter `redirect_max`)."""

Place = tuple[Merged, str, Merged]
Aim = tuple[Merged, str, Merged | None]


class Move(Change):
    """Renaming."""

    rename_flags = NOREPLACE | EXCHANGE

    def rename(self, a: Place, b: Aim, flags: int) -> None:
        """Move a name to another place, over what is there, or exchange the two."""
        (old_dir, old_name, old), (new_dir, new_name, new) = a, b
        exchange = bool(flags & EXCHANGE)
        self.check_move(old, new, exchange)
        leaves = not exchange and self.lower_has(old_dir, old_name, old)
        self.copy_up(old, old_dir, old_name)
        self.copy_up_parents(new_dir)
        if new is not None:
            if exchange:
                self.copy_up(new, new_dir, new_name)
            else:
                self.before_unlink(new, new_dir, new_name)
                self.clear(new)
            if new.upper is not None and new.upper is old.upper:
                # Two inodes here, one in the upper: Linux does not see through it, and gives up.
                raise failure(errno.ESTALE)
        self.mark(a, new_dir, old_dir is new_dir)
        if exchange and new is not None:
            self.mark((new_dir, new_name, new), old_dir, old_dir is new_dir)
        self.rename_upper(a, b, exchange, leaves)
        self.rename_merged(a, b, exchange)

    def check_move(self, old: Merged, new: Merged | None, exchange: bool) -> None:
        """EXDEV if lower parts of a directory would stay behind, ENOTEMPTY if the target shows names."""
        for moved in (old, new if exchange else None):
            if moved is not None and moved.is_dir and not moved.pure and not self.redirecting:
                raise failure(errno.EXDEV)
        if not exchange and new is not None and new.is_dir and not new.pure:
            self.check_empty(new)

    def clear(self, target: Merged) -> None:
        """Take the whiteouts out of a directory that is to be replaced and shows no name."""
        if target.is_dir and not target.pure and target.upper is not None:
            target.upper.children = {}

    def mark(self, place: Place, into: Merged, same_dir: bool) -> None:
        """Make a directory that is about to move keep its lower parts, and get no others."""
        directory, name, inode = place
        if not inode.is_dir:
            return
        assert inode.upper is not None
        if inode.lowers:
            self.redirect(place, same_dir)
        elif into.lowers and not markers.is_opaque(inode.upper):
            self.make_opaque(inode.upper, directory, name)

    def redirect(self, place: Place, same_dir: bool) -> None:
        """Note in the upper where the lower parts are: by name if it stays in its directory, else by path."""
        directory, name, inode = place
        assert inode.upper is not None
        noted = markers.redirect_of(inode.upper)
        if noted is not None and (same_dir or noted[0] == "/"):
            return
        target = name if same_dir else self.lower_path(inode)
        markers.set_redirect(inode.upper, target)
        self.tell(Redirected, directory, name, target)

    def lower_path(self, inode: Merged) -> str:
        """The path of a directory as the lower layers know it, by the redirects on the way."""
        path = ""
        while inode is not inode.parent:
            noted = markers.redirect_of(inode.upper) if inode.upper is not None else None
            path = (noted or inode.name) + path
            if len(os.fsencode(path)) + (path[0] != "/") > REDIRECT_MAX:
                raise failure(errno.EXDEV)
            if path[0] == "/":
                break
            path = "/" + path
            inode = inode.parent
        return path

    def rename_upper(self, a: Place, b: Aim, exchange: bool, leaves: bool) -> None:
        """The rename that the upper sees; where `leaves`, a whiteout must stay behind."""
        (old_dir, old_name, old), (new_dir, new_name, _) = a, b
        source, aim = old_dir.upper, new_dir.upper
        assert source is not None
        assert aim is not None
        assert old.upper is not None
        there = self.disk.child(aim, new_name)
        hidden = hides(there)
        swap = exchange or (hidden and (leaves or old.is_dir))
        flags = EXCHANGE if swap else WHITEOUT if leaves else 0
        self.disk.rename((source, old_name, old.upper), (aim, new_name, there), flags)
        if swap and not exchange and not leaves and there is not None:
            self.disk.remove(source, old_name, there)
        self.tell(Renamed, old_dir, old_name, self.path(new_dir, new_name))
        if leaves:
            self.tell(WhiteoutMade, old_dir, old_name)

    def rename_merged(self, a: Place, b: Aim, exchange: bool) -> None:
        """The same in the merged tree."""
        (old_dir, old_name, old), (new_dir, new_name, new) = a, b
        old_dir.names.pop(old_name, None)
        new_dir.names.pop(new_name, None)
        self.settle_at(new_dir, new_name, old)
        if new is None:
            return
        if exchange:
            self.settle_at(old_dir, old_name, new)
        else:
            self.after_unlink(new)

    def settle_at(self, directory: Merged, name: str, inode: Merged) -> None:
        """Let a merged inode have this name."""
        directory.names[name] = inode
        if inode.is_dir:
            inode.parent, inode.name = directory, name
