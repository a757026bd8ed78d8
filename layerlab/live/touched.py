"""Which part of the layers a run of operations can have to do with: what it names, the way there, and what
moves along.

Recordings hold and compare this part alone, so that one made over an image with somebody else's `busybox` is
good for an image with yours, as long as nobody touches `busybox`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from layerlab.engine.files import ops
from layerlab.engine.files.data import EMPTY
from layerlab.engine.files.node import Dir, File, Node, Symlink, replace
from layerlab.engine.files.tree import find, join, split, walk

ENOUGH = 120
"""So many paths, and following links and moves further is given up: the whole tree counts as touched."""


class Touched:
    """The touched part: `covers(path)` tells whether a path is in it, `prune(tree)` keeps only that of a
    tree.
    """

    def __init__(self, run: Sequence[ops.Op], layers: Sequence[Dir]) -> None:
        self.paths: set[str] = {"/"}
        self.below: set[str] = set()
        self.listed: set[str] = set()
        self.times = {op.mtime for op in run if isinstance(op, ops.Utime)}
        self._moves = [move for op in run for move in _moves(op)]
        self._links = {op.path: op.target for op in run if isinstance(op, ops.MakeSymlink)}
        for op in run:
            for path in _named(op):
                for met in self._follow(path, layers):
                    self._add(met, op)
        for layer in layers:
            self._add_links(layer)

    def _add(self, path: str, op: ops.Op) -> None:
        """Note a path, the way to it, and whether what is in it matters too."""
        parts = split(path)
        self.paths.update(join(parts[:length]) for length in range(len(parts) + 1))
        if isinstance(op, ops.Rename | ops.Rmdir):
            self.below.add(path)
        if isinstance(op, ops.Listdir):
            self.listed.add(path)

    def _add_links(self, layer: Dir) -> None:
        """All names of a hard linked file, if one of them is touched: the link count tells of them."""
        names: dict[int, list[str]] = {}
        for path, node in walk(layer):
            if node.ino and not isinstance(node, Dir):
                names.setdefault(node.ino, []).append(path)
        for group in names.values():
            if any(self.covers(path) for path in group):
                for path in group:
                    parts = split(path)
                    self.paths.update(join(parts[:length]) for length in range(len(parts) + 1))

    def _follow(self, path: str, layers: Sequence[Dir]) -> set[str]:
        """`path` and all paths it may turn out to be: through symbolic links in any layer, and through
        renames.
        """
        todo, met = [_clean(path)], set[str]()
        while todo:
            path = todo.pop()
            if path in met:
                continue
            if len(met) >= ENOUGH:
                self.below.add("/")
                return met
            met.add(path)
            todo += self._onward(path, layers)
        return met

    def _onward(self, path: str, layers: Sequence[Dir]) -> Iterable[str]:
        """Where one step through a link or a rename leads."""
        parts = split(path)
        for length in range(1, len(parts) + 1):
            head, rest = join(parts[:length]), "/".join(parts[length:])
            targets = {node.target for layer in layers if isinstance(node := find(layer, head), Symlink)}
            targets |= {self._links[head]} if head in self._links else set()
            places = [posixpath.join(posixpath.dirname(head), target) for target in targets]
            places += [old for old, new in self._moves if new == head]
            yield from (_clean(posixpath.join(place, rest)) for place in places)

    def covers(self, path: str) -> bool:
        """Whether `path` is in the touched part."""
        if path in self.paths or "/" in self.below:
            return True
        parts = split(path)
        return any(join(parts[:length]) in self.below for length in range(1, len(parts)))

    def prune(self, tree: Dir) -> Dir:
        """The touched part of a tree; of what was only listed, the names and kinds."""
        return self._prune(tree, "/")

    def _prune(self, tree: Dir, path: str) -> Dir:
        stem = path if path == "/" else path + "/"
        kept: dict[str, Node] = {}
        for name, node in tree.children.items():
            if self.covers(stem + name):
                kept[name] = self._prune(node, stem + name) if isinstance(node, Dir) else node
            elif path in self.listed:
                kept[name] = _stub(node)
        return replace(tree, children=kept)


def _stub(node: Node) -> Node:
    """A node of which only the name and kind matter."""
    match node:
        case Dir():
            return replace(node, children={}, mode=0o755, uid=0, gid=0, xattrs=())
        case File():
            return replace(node, data=EMPTY, mode=0o644, uid=0, gid=0, xattrs=(), ino=0)
        case _:
            return node


def _named(op: ops.Op) -> tuple[str, ...]:
    """The paths an operation names."""
    return (op.path, op.new) if isinstance(op, ops.Rename | ops.Link) else (op.path,)


def _moves(op: ops.Op) -> list[tuple[str, str]]:
    """Old and new names of what an operation moves or links."""
    match op:
        case ops.Rename(path, new, flag):
            pairs = [(_clean(path), _clean(new))]
            return pairs + [(new, old) for old, new in pairs] if flag == "exchange" else pairs
        case ops.Link(path, new):
            return [(_clean(path), _clean(new))]
        case _:
            return []


def _clean(path: str) -> str:
    """The path without `.`, `..` and doubled slashes."""
    return posixpath.normpath("/" + path.lstrip("/"))
