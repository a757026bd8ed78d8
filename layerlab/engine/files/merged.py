"""The merged inode: what an overlay shows for a name, and which inodes of the layers stand behind it.

Look-up goes from the top to the base (fs/overlayfs/namei.c): a whiteout, an opaque directory and anything
that is no directory end the search; directories that were found on the way are merged. What was found is
kept, as Linux keeps its dentries; so a name costs the same however many layers there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from stat import S_IFDIR

from layerlab.engine.files import markers
from layerlab.engine.files.inode import Inode
from layerlab.engine.files.node import Node, Whiteout
from layerlab.engine.files.volume import Plain

Lowers = tuple[tuple[int, Inode], ...]
"""Inodes of lower layers with the number of their layer, top first."""


class Merged:
    """A file of the overlay: `upper` if it has been copied up or made there, and what lies below it.

    A directory merges with all its `lowers`; of any other file, the one lower is what it was copied up from.
    `constant`: the lower gives the inode number. `indexed`: its names are kept together by the index, and
    `nlink` counts them in upper and lower.
    """

    __slots__ = (
        "constant",
        "first",
        "indexed",
        "lowers",
        "mode_",
        "name",
        "names",
        "nlink",
        "parent",
        "upper",
    )

    parent: Merged

    def __init__(self, upper: Inode | None, lowers: Lowers, name: str = "") -> None:
        self.upper, self.lowers, self.name = upper, lowers, name
        self.names: dict[str, Merged] = {}
        self.first: dict[str, int] | None = None
        self.constant = self.indexed = False
        self.nlink = 1

    @property
    def real(self) -> Inode:
        """The inode that has metadata and data now: the upper one if there is one."""
        return self.upper or self.lowers[0][1]

    @property
    def mode(self) -> int:
        """Type and permission bits."""
        return (self.upper or self.lowers[0][1]).mode

    @property
    def uid(self) -> int:
        """The owner."""
        return self.real.uid

    @property
    def gid(self) -> int:
        """The group."""
        return self.real.gid

    @property
    def is_dir(self) -> bool:
        """Whether this is a directory."""
        return self.mode & 0o170000 == S_IFDIR

    @property
    def pure(self) -> bool:
        """Whether nothing lies below: it was made in the upper."""
        return not self.lowers

    @property
    def merges(self) -> bool:
        """Whether this is a directory with more than one part."""
        return len(self.lowers) + (self.upper is not None) > 1 and self.is_dir


class Search:
    """One look-up on its way down: the name, which a redirect can change, and what was met.

    `stop`: ask no lower layer. `redirect`: the one that was met last.
    """

    __slots__ = ("is_dir", "name", "redirect", "stop")

    def __init__(self, name: str) -> None:
        self.name, self.redirect = name, ""
        self.stop = self.is_dir = False

    def in_layer(self, disk: Plain, directory: Inode) -> Inode | None:
        """What one layer has under the name, which is absolute after an absolute redirect."""
        if self.name[0] != "/":
            return self.step(disk, directory, self.name, "", "")
        found: Inode | None = directory
        before, rest = "/", self.name[1:]
        while rest and found is not None and found.mode & 0o170000 == S_IFDIR:
            name, slash, rest = rest.partition("/")
            found = self.step(disk, found, name, before, slash + rest)
            before = self.name[: len(self.name) - len(rest)]
        return found

    def step(self, disk: Plain, directory: Inode, name: str, before: str, after: str) -> Inode | None:
        """Look one name up; `before` and `after` are what surrounds it in an absolute redirect."""
        found = disk.child(directory, name)
        if found is None:
            return None
        if markers.is_whiteout(found):
            self.stop = True
            return None
        if found.mode & 0o170000 != S_IFDIR:
            self.stop = True
            return None if self.is_dir or after else found
        if not after:
            self.is_dir = True
        if found.xattrs:
            self.obey(found, before, after)
        return found

    def obey(self, found: Inode, before: str, after: str) -> None:
        """Follow the markers of a directory: opaque, or another name to go on with below."""
        if markers.is_opaque(found):
            self.stop = True
            return
        redirect = markers.redirect_of(found)
        if redirect is None:
            return
        if redirect.startswith("/"):
            self.stop, before = False, ""
        self.redirect = self.name = before + redirect + after


class Layers:
    """The layers of a mount and look-up through them; what was looked up is remembered until it changes.

    `hiding`: no directory ever shows a whiteout (see `names`). `contained`: mounted by an ordinary user in a
    user namespace, where Linux does not find again what a file was copied up from.
    """

    hiding = contained = False

    def __init__(self, lowers: Sequence[Plain], upper: Plain, index: bool) -> None:
        self.disks, self.disk, self.indexing = (*lowers, upper), upper, index
        below = tuple((layer, lowers[layer].root) for layer in reversed(range(len(lowers))))
        self.root = Merged(upper.root, below)
        self.root.parent, self.root.constant = self.root, True
        self.known: dict[Inode, Merged] = {}
        self.layer_of = {disk.root: layer for layer, disk in enumerate(self.disks)}

    def lookup(self, directory: Merged, name: str) -> Merged | None:
        """What has this name in the merged directory."""
        return directory.names.get(name) or self.find(directory, name)

    def find(self, directory: Merged, name: str) -> Merged | None:
        """Ask the layers."""
        search, upper, stack = Search(name), None, directory.lowers
        if directory.upper is not None:
            upper = search.in_layer(self.disk, directory.upper)
            if search.redirect[:1] == "/":
                stack = self.root.lowers
        lowers: Lowers = ()
        if not search.stop and stack:
            if len(stack) > 4 and stack is directory.lowers and not search.redirect:
                stack = self.skip(directory, name)
            lowers = self.below(search, stack)
        if upper is None and not lowers:
            return None
        found = self.directory(upper, lowers, name) if search.is_dir else self.file(upper, lowers)
        found.parent = directory
        directory.names[name] = found
        return found

    def below(self, search: Search, stack: Lowers) -> Lowers:
        """What the lower layers have, top first."""
        found: list[tuple[int, Inode]] = []
        todo = list(reversed(stack))
        while todo and not search.stop:
            layer, directory = todo.pop()
            before = search.redirect
            inode = search.in_layer(self.disks[layer], directory)
            if inode is None:
                continue
            found.append((layer, inode))
            if search.redirect[:1] == "/" and search.redirect != before:
                # From here on the name is absolute: go on at the root of the next layer below.
                todo = [(n, root) for n, root in reversed(self.root.lowers) if n < layer]
        return tuple(found)

    def skip(self, directory: Merged, name: str) -> Lowers:
        """The part of a tall stack that begins with the layer that has the name."""
        if directory.first is None:
            directory.first = first = {}
            for place in reversed(range(len(directory.lowers))):
                first.update(dict.fromkeys(directory.lowers[place][1].children, place))
        at = directory.first.get(name)
        return () if at is None else directory.lowers[at:]

    def directory(self, upper: Inode | None, lowers: Lowers, name: str) -> Merged:
        """A directory, merged or not."""
        found = Merged(upper, lowers, name)
        found.constant = bool(lowers)
        return found

    def file(self, upper: Inode | None, lowers: Lowers) -> Merged:
        """A file that is no directory; names of one file give one merged inode.

        Names of one lower file do so only with an index, for otherwise each of them is copied up by itself.
        """
        if upper is not None:
            lowers = self.origin(upper)
        lower = lowers[0][1] if lowers else None
        entry = self.disk.index.get(lower) if self.indexing and lower is not None else None
        if upper is not None and entry is not upper:
            entry = None
        upper = upper or entry
        constant = lower is not None and (
            entry is not None or lower.nlink == 1 or (self.indexing and upper is None)
        )
        key = lower if constant else upper
        if key is not None and key in self.known:
            return self.known[key]
        found = Merged(upper, lowers)
        found.constant, found.indexed = constant, entry is not None
        found.nlink = self.union_links(found) if found.indexed else found.real.nlink
        if key is not None:
            self.known[key] = found
        return found

    def origin(self, upper: Inode) -> Lowers:
        """What an upper file was copied up from, if that was noted and is still there."""
        lower = upper.origin
        if self.contained or lower is None or not lower.nlink:
            return ()
        top = lower.parent
        while top is not top.parent:
            top = top.parent
        return ((self.layer_of.get(top, len(self.disks)), lower),)

    def union_links(self, found: Merged) -> int:
        """The link count that the index keeps: relative to that of the upper or of the lower file."""
        noted = found.real.xattrs.get(markers.NLINK, b"").decode()
        if not noted or not found.lowers or found.lowers[0][1].nlink == 1:
            return found.real.nlink
        base = found.real if noted[0] == "U" else found.lowers[0][1]
        return base.nlink + int(noted[1:])

    def names(self, directory: Merged) -> Iterable[str]:
        """The names in a directory. One that never merged is shown as it is, whiteouts and all."""
        if not (directory.merges or self.hiding) and directory.real.origin is None:
            return directory.real.children
        return self.merged_names(directory)

    def merged_names(self, directory: Merged) -> Iterable[str]:
        """The names of all parts, without those that a whiteout hides."""
        parts = [inode for _, inode in reversed(directory.lowers)]
        if directory.upper is not None:
            parts.append(directory.upper)
        top: dict[str, Inode | Node] = {}
        for part in parts:
            top.update(part.children)
        return [name for name, child in top.items() if not hides(child)]

    def number(self, inode: Merged) -> int:
        """The inode number: that of the file it was copied up from, if that is known to be but one.

        The high bits tell the layer, as with the mount option `xino`, for each layer counts by itself.
        """
        real, layer = inode.upper, len(self.disks) - 1
        if inode.lowers:
            below, lower = inode.lowers[0]
            one = inode.indexed or lower.nlink == 1 or lower.mode & 0o170000 == S_IFDIR
            if real is None or (inode.constant and one):
                real, layer = lower, below
        assert real is not None
        return real.ino | layer << 32

    def links(self, inode: Merged) -> int:
        """The link count; a merged directory has 1, for nobody counts its directories."""
        if inode.indexed:
            return inode.nlink
        if inode.lowers and inode.merges:
            return 1
        return inode.real.nlink


def hides(child: Inode | Node | None) -> bool:
    """Whether a name in a layer stands for a whiteout."""
    if child is None:
        return False
    return isinstance(child, Whiteout) if isinstance(child, Node) else markers.is_whiteout(child)
