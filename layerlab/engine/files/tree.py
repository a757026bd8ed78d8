"""A tree is a directory node and all below it: nested values, so every old state stays valid.

Paths are absolute (`/etc/motd`), names never contain `/`; names that are not UTF-8 carry surrogates
(`os.fsdecode`). A change copies the directories on the way from the root and shares all the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.engine.files.node import Dir, Node, replace


def split(path: str) -> tuple[str, ...]:
    """The names on the way: `/etc/motd` gives `("etc", "motd")`, `/` gives none. Takes no `.` or `..`."""
    return tuple(name for name in path.split("/") if name)


def join(parts: tuple[str, ...]) -> str:
    """The absolute path of these names."""
    return "/" + "/".join(parts)


def find(root: Dir, path: str) -> Node | None:
    """The node at `path`, or None; symbolic links are not followed."""
    node: Node = root
    for name in split(path):
        if not isinstance(node, Dir) or name not in node.children:
            return None
        node = node.children[name]
    return node


def put(root: Dir, parts: tuple[str, ...], node: Node) -> Dir:
    """`root` with `node` at `parts`; only directories on the way are copied. KeyError if one is missing."""
    name, *rest = parts
    if rest:
        below = root.children[name]
        if not isinstance(below, Dir):
            raise KeyError(name)
        node = put(below, tuple(rest), node)
    return replace(root, children={**root.children, name: node})


def drop(root: Dir, parts: tuple[str, ...]) -> Dir:
    """`root` without the name at `parts`. KeyError if it is not there."""
    name, *rest = parts
    if rest:
        below = root.children[name]
        if not isinstance(below, Dir):
            raise KeyError(name)
        return replace(root, children={**root.children, name: drop(below, tuple(rest))})
    children = dict(root.children)
    del children[name]
    return replace(root, children=children)


def walk(root: Dir, path: str = "/") -> Iterator[tuple[str, Node]]:
    """Every path and node, the root first, each directory before its names, names sorted."""
    todo: list[tuple[str, Node]] = [(path, root)]
    while todo:
        path, node = todo.pop()
        yield path, node
        if isinstance(node, Dir) and node.children:
            stem = path if path.endswith("/") else path + "/"
            todo.extend((stem + name, node.children[name]) for name in sorted(node.children, reverse=True))
