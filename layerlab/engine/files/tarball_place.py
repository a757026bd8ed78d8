"""Putting the entries of an archive where they belong, one after the other, as unpacking them would.

The last entry of a name wins; a directory over a directory keeps its children; names under a symbolic link go
where it leads, inside the tree. `.wh.NAME` and `.wh..wh..opq` become whiteouts and opaque directories here and
are known nowhere else. They apply to the layers below, wherever in the archive they stand.
Source: OCI image specification, layer.md "Whiteouts".
"""

from __future__ import annotations

from layerlab.engine.files.node import Dir, Node, Passage, Symlink, Whiteout, replace
from layerlab.engine.files.tarball_header import HeaderError
from layerlab.engine.files.tree import find, join
from layerlab.engine.files.walking import MAX_LINKS, resolve

MAX_DEPTH = 256
"""How many directories may lie in each other."""

MAX_NAME, MAX_PATH = 255, 4096
"""The longest name and path in bytes, as Linux has them (limits.h)."""

MARK = ".wh."
OPAQUE = ".wh..wh..opq"
AUFS = ".wh..wh."
"""Names that an AUFS branch keeps its own records under."""

Children = dict[str, Node]
Parts = tuple[str, ...]


class Unpacker:
    """The tree so far. `lower` is what lies below the layer, for hard links into it."""

    def __init__(self, first_ino: int, lower: Dir | None, whiteouts: bool) -> None:
        self.root: Dir = Passage(children={})
        self.places: dict[bytes, Children] = {}
        """The children of a directory by its name in the archive, as far as they are known and safe."""
        self.next_ino, self.lower, self.whiteouts = first_ino, lower, whiteouts
        self.pending: list[tuple[str, Children, str, str]] = []
        self.aside: Children = {}

    def names(self, raw: bytes) -> Parts:
        """The names in an entry's path: relative to the root, `.` and `..` taken out. HeaderError if it leaves the root."""
        if len(raw) > MAX_PATH:
            raise HeaderError(f"a path of {len(raw)} bytes, the limit is {MAX_PATH}")
        parts: list[str] = []
        for name in raw.split(b"/"):
            if name == b"..":
                if not parts:
                    raise HeaderError("leaves the root by ..")
                parts.pop()
            elif name not in (b"", b"."):
                # A whiteout's prefix is no part of the name it hides.
                prefix = 4 if self.whiteouts and name.startswith(b".wh.") else 0
                if len(name) - prefix > MAX_NAME:
                    raise HeaderError(f"a name of {len(name)} bytes, the limit is {MAX_NAME}")
                parts.append(name.decode("utf-8", "surrogateescape"))
        if len(parts) > MAX_DEPTH:
            raise HeaderError(f"lies {len(parts)} directories deep, the limit is {MAX_DEPTH}")
        return tuple(parts)

    def add(self, raw: bytes, node: Node) -> None:
        """The entry `raw` is `node`, or by its name a whiteout, an opaque marker or AUFS's own record."""
        parts = self.names(raw)
        if self.whiteouts and any(name.startswith(MARK) for name in parts):
            self._mark(parts, node)
        elif not parts:
            if not isinstance(node, Dir):
                raise HeaderError("the root can only be a directory")
            self.root = replace(node, children=self.root.children, opaque=self.root.opaque)
        else:
            self.put(self.children(parts[:-1]), parts[-1], node)

    def children(self, parts: Parts) -> Children:
        """The names in the directory at `parts`, made if it is not there, symbolic links followed."""
        return self.directory(parts).children

    def directory(self, parts: Parts) -> Dir:
        """The directory at `parts`, made if it is not there; HeaderError if something else is in the way."""
        path = resolve(self.root, parts)
        if path is None or len(path) > MAX_DEPTH:
            raise HeaderError(
                f"what should be its directory is none, or lies behind more than {MAX_LINKS} symbolic links"
            )
        here = self.root
        for name in path:
            node = here.children.get(name)
            if not isinstance(node, Dir):
                node = Passage(children={}, opaque=isinstance(node, Whiteout))
                here.children[name] = node
            here = node
        return here

    def put(self, children: Children, name: str, node: Node) -> None:
        """`name` is now `node`, whatever it was."""
        old = children.get(name)
        if isinstance(old, Dir):
            if isinstance(node, Dir):
                node = replace(node, children=old.children, opaque=old.opaque)
            else:
                self.places.clear()
        elif isinstance(old, Symlink):
            self.places.clear()
        if isinstance(node, Dir) and old is not None and not isinstance(old, Dir):
            node = replace(node, opaque=True)
        children[name] = node

    def _mark(self, parts: Parts, node: Node) -> None:
        """A name that begins with `.wh.`."""
        for at, name in enumerate(parts):
            if name.startswith(AUFS) and name != OPAQUE:
                self.aside[join(parts)] = node
                return
            if name.startswith(MARK) and at < len(parts) - 1:
                raise HeaderError("lies below a name that stands for a whiteout")
        children, hidden = self.children(parts[:-1]), parts[-1][len(MARK) :]
        if parts[-1] == OPAQUE:
            self._make_opaque(parts[:-1])
        elif hidden in ("", ".", ".."):
            raise HeaderError("a whiteout of no name, or of one that is only dots")
        elif isinstance(old := children.get(hidden), Dir):
            children[hidden] = replace(old, opaque=True)
        elif old is None:
            children[hidden] = Whiteout()

    def _make_opaque(self, parts: Parts) -> None:
        path = resolve(self.root, parts) or ()
        if not path:
            self.root = replace(self.root, opaque=True)
            return
        above = self.directory(path[:-1]).children
        above[path[-1]] = replace(self.directory(path), opaque=True)

    def link(self, raw: bytes, target: bytes) -> None:
        """`raw` is a further name of `target`, which may stand in the archive later, or in a layer below."""
        parts, aim = self.names(raw), self.names(target)
        if not parts or not aim:
            raise HeaderError("a hard link of or to the root directory")
        if self.whiteouts and any(name.startswith(MARK) for name in parts):
            return self._mark(parts, Whiteout())
        children, name = self.children(parts[:-1]), parts[-1]
        if (resolve(self.root, parts[:-1]), name) == (resolve(self.root, aim[:-1]), aim[-1]):
            raise HeaderError("a hard link to itself")
        if not self._bind(children, name, aim):
            children.pop(name, None)
            self.places.clear()
            shown = raw.decode("utf-8", "surrogateescape")
            self.pending.append((shown, children, name, join(aim)))

    def _bind(self, children: Children, name: str, aim: Parts) -> bool:
        """Give the node at `aim` the further name; whether there was one."""
        found = self._target(aim)
        if found is None:
            return False
        home, leaf, node = found
        if isinstance(node, Dir):
            raise HeaderError(f"a hard link to the directory {join(aim)}")
        if not node.ino:
            node = replace(node, ino=self.next_ino)
            self.next_ino += 1
        home[leaf] = node
        self.put(children, name, node)
        return True

    def _target(self, aim: Parts) -> tuple[Children, str, Node] | None:
        """Where a hard link points: the directory's names in this layer, the name, the node."""
        if join(aim) in self.aside:
            return self.aside, join(aim), self.aside[join(aim)]
        path = resolve(self.root, aim[:-1])
        if path is None:
            return None
        above = find(self.root, join(path))
        node = above.children.get(aim[-1]) if isinstance(above, Dir) else None
        if isinstance(node, Whiteout):
            return None
        if node is not None and isinstance(above, Dir):
            return above.children, aim[-1], node
        return self._below(aim)

    def _below(self, aim: Parts) -> tuple[Children, str, Node] | None:
        """A target in the layers below: linking copies it up, as on an overlay mount."""
        path = resolve(self.lower, aim[:-1]) if self.lower is not None else None
        if path is None or self.lower is None:
            return None
        node = find(self.lower, join((*path, aim[-1])))
        return None if node is None else (self.children(path), aim[-1], node)

    def finish(self) -> Dir:
        """The whole tree; HeaderError with the entry's name first if a hard link's target never came."""
        rest = self.pending
        while rest:
            left = [one for one in rest if not self._late(one[1], one[2], one[3])]
            if len(left) == len(rest):
                raise HeaderError(f"{left[0][0]}\0a hard link to {left[0][3]}, which is not there")
            rest = left
        return self.root

    def _late(self, children: Children, name: str, aim: str) -> bool:
        """A hard link whose target stood behind it; an entry of the same name that came later has won."""
        here = children.get(name)
        return (here is not None and not isinstance(here, Whiteout)) or self._bind(
            children, name, tuple(aim[1:].split("/"))
        )
