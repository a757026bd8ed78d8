"""Which paths of a stack are worth a column: an image has thousands, a picture has room for eight.

First what the learner asked for, then what the steps touched, then where layers disagree, then something of
each
layer. The choice is made over all steps at once, so that no column jumps when the time line moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from layerlab.engine.files.node import Dir, Node, Whiteout
from layerlab.engine.files.tree import find, split, walk
from layerlab.view.picture import MAX_COLUMNS, NARROW_COLUMNS, Column

Layers = tuple[Dir, ...]

WELL_KNOWN = ("/bin/sh", "/usr/bin/sh", "/etc/os-release", "/etc/passwd", "/etc/hostname", "/app/app.py")
"""Names that everybody has met stand for a layer, if it has one of them."""

DISAGREEING = 5
"""How many paths on which layers disagree are wanted before each layer gives an example."""


def order(path: str) -> tuple[tuple[str, ...], str]:
    """Sorts names of one directory beside each other, and a directory before what lies below it."""
    *folder, name = split(path) or ("",)
    return tuple(folder), name


def disagreements(lowers: Layers) -> Iterator[str]:
    """Paths that a layer changes or hides in a layer below it, the top layer first."""
    for at in range(len(lowers) - 1, 0, -1):
        below = lowers[:at]
        for path, node in walk(lowers[at]):
            if isinstance(node, Dir):
                if node.opaque and path != "/":
                    yield from islice(hidden_names(below, path), 2)
            elif isinstance(node, Whiteout) or has(below, path):
                yield path


def hidden_names(below: Layers, path: str) -> Iterator[str]:
    """What an opaque directory at `path` covers: the names in the directories below."""
    for layer in reversed(below):
        node = find(layer, path)
        if isinstance(node, Dir):
            yield from (f"{path}/{name}" for name in sorted(node.children))


def has(layers: Layers, path: str) -> bool:
    """Whether any of `layers` has an entry at `path`."""
    return any(find(layer, path) is not None for layer in layers)


def examples(lowers: Layers) -> Iterator[str]:
    """One path of each layer, base first: a well-known one, else its first file, else its first name."""
    for layer in lowers:
        known = next((path for path in WELL_KNOWN if _file(find(layer, path))), None)
        found = known or next((path for path, node in walk(layer) if _file(node)), None)
        if found is None:
            found = next((path for path, _ in walk(layer) if path != "/"), None)
        if found is not None:
            yield found


def rest(lowers: Layers) -> Iterator[str]:
    """The first files of every layer but the base, the top layer first."""
    for layer in reversed(lowers):
        yield from islice((path for path, node in walk(layer) if _file(node)), 2)


def _file(node: Node | None) -> bool:
    return node is not None and not isinstance(node, (Dir, Whiteout))


def choose(asked: Iterable[str], touched: Iterable[str], lowers: Layers) -> tuple[str, ...]:
    """At most eight paths, the most wanted first."""
    wanted = dict.fromkeys([*asked, *touched])
    wanted |= dict.fromkeys(islice(disagreements(lowers), DISAGREEING))
    wanted |= dict.fromkeys(examples(lowers))
    if len(wanted) < MAX_COLUMNS:
        wanted |= dict.fromkeys(islice(disagreements(lowers), MAX_COLUMNS))
        wanted |= dict.fromkeys(islice(rest(lowers[1:]), 2 * MAX_COLUMNS))
    return tuple(islice(wanted, MAX_COLUMNS))


def columns(wanted: tuple[str, ...], listing: dict[str, tuple[str, ...]]) -> tuple[Column, ...]:
    """The columns of `wanted`, sorted; `listing` gives the merged names of each folder."""
    kept = set(wanted[:NARROW_COLUMNS])
    made: list[Column] = []
    for path in sorted(wanted, key=order):
        folder, _, name = path.rpartition("/")
        folder = folder or "/"
        names = set(listing.get(folder, ())) - {
            p.rpartition("/")[2] for p in wanted if folder_of(p) == folder
        }
        made.append(Column(path, folder, name or "/", path not in kept, len(names)))
    return tuple(made)


def folder_of(path: str) -> str:
    """The directory that a path lies in."""
    return path.rpartition("/")[0] or "/"
