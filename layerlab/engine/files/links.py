"""Hard links across two trees: which names of a file a layer must hold so that they stay one file.

Inode numbers only say which names of *one* tree are one file. Two trees that were not made of each other may
number differently, so their links are compared by the names that go together.
"""

from __future__ import annotations

from layerlab.engine.files.node import Dir, Node, Whiteout, replace
from layerlab.engine.files.tree import find, split, walk

Names = tuple[str, ...]


def link_doubts(old: Node | None, node: Node, doubts: set[int]) -> None:
    """Put into `doubts` the inodes of `node`, and of all below it, as far as they may have further names."""
    for _, found in walk(node) if isinstance(node, Dir) else ((None, node),):
        if found.ino and not isinstance(found, Dir):
            doubts.add(found.ino)
    if old is not None and old.ino and not isinstance(old, Dir):
        doubts.add(-old.ino)


def groups(root: Dir) -> dict[int, list[str]]:
    """The names of every inode that has more than one, in order."""
    found: dict[int, list[str]] = {}
    for path, node in walk(root):
        if node.ino and not isinstance(node, (Dir, Whiteout)):
            found.setdefault(node.ino, []).append(path)
    return {ino: paths for ino, paths in found.items() if len(paths) > 1}


def complete_links(before: Dir, after: Dir, layer: Dir | None, doubts: set[int]) -> Dir | None:
    """`layer` with the further names that keep what is linked in `after` linked, and what is apart apart."""
    were, are = groups(before), groups(after)
    fellows = {path: set(paths) for paths in were.values() for path in paths}
    missing: list[str] = []
    for paths in are.values():
        joined = set(paths)
        inside = [path for path in paths if layer is not None and _holds(layer, path)]
        if inside or any(not joined <= fellows.get(path, {path}) for path in paths):
            missing += [path for path in paths if path not in inside]
    for paths in were.values():
        apart: dict[int, list[str]] = {}
        for path in paths:
            node = find(after, path)
            if (
                node is not None
                and not isinstance(node, Dir)
                and not (layer is not None and _holds(layer, path))
            ):
                apart.setdefault(node.ino or -len(apart) - 1, []).append(path)
        for others in list(apart.values())[1:]:
            missing += others
    for path in missing:
        layer = _with(layer, after, split(path))
    return layer


def _holds(layer: Dir, path: str) -> bool:
    """Whether the layer brings `path` itself."""
    return find(layer, path) is not None


def _with(layer: Dir | None, after: Dir, parts: Names) -> Dir:
    """`layer` with the node that `after` has at `parts`, and the directories on the way."""
    held = replace(after, children={}) if layer is None else layer
    name, rest = parts[0], parts[1:]
    node = after.children[name]
    if rest and isinstance(node, Dir):
        below = held.children.get(name)
        node = _with(below if isinstance(below, Dir) else None, node, rest)
    return replace(held, children={**held.children, name: node})


def apart(lower: Dir, upper: Dir) -> Dir:
    """`upper` with other inode numbers where `lower` has them too: each layer numbers its hard links for itself."""
    numbers = _numbers(upper)
    if not numbers:
        return upper
    taken = _numbers(lower)
    if taken.isdisjoint(numbers):
        return upper
    numbered = _shifted(upper, max(taken))
    assert isinstance(numbered, Dir)
    return numbered


def _numbers(root: Dir) -> set[int]:
    """The inode numbers in a tree."""
    found: set[int] = set()
    todo = [root]
    while todo:
        for node in todo.pop().children.values():
            if isinstance(node, Dir):
                todo.append(node)
            elif node.ino:
                found.add(node.ino)
    return found


def _shifted(node: Node, by: int) -> Node:
    """`node` with all inode numbers raised; what has none is shared."""
    if not isinstance(node, Dir):
        return replace(node, ino=node.ino + by) if node.ino else node
    children = {name: _shifted(child, by) for name, child in node.children.items()}
    if all(children[name] is child for name, child in node.children.items()):
        return node
    return replace(node, children=children)
