"""Following symbolic links inside a tree, which they cannot leave: `/` is its root and `..` stops there."""

from __future__ import annotations

from layerlab.engine.files.node import Dir, Symlink

MAX_LINKS = 40
"""How many symbolic links one path may take (path_resolution(7))."""


def resolve(root: Dir, parts: tuple[str, ...]) -> tuple[str, ...] | None:
    """Where the directory at `parts` really lies, symbolic links followed, names that do not exist taken as given.

    None if there are too many links, or something on the way is neither a directory nor a link.
    """
    todo, seen, links = list(reversed(parts)), [root], 0
    names: list[str] = []
    while todo:
        name = todo.pop()
        if name in ("", "."):
            continue
        if name == "..":
            if names:
                names.pop()
                del seen[len(names) + 1 :]
            continue
        node = seen[-1].children.get(name) if len(seen) == len(names) + 1 else None
        if isinstance(node, Symlink):
            links += 1
            if links > MAX_LINKS:
                return None
            if node.target.startswith("/"):
                names, seen = [], [root]
            todo.extend(reversed(node.target.split("/")))
            continue
        names.append(name)
        if isinstance(node, Dir):
            seen.append(node)
        elif node is not None:
            return None
    return tuple(names)
