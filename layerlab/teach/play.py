"""Moves played on an image's layers: the state after them, what happened, and what was refused."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from layerlab.engine.files.events import CopiedUp, Event
from layerlab.engine.files.node import Dir, File, Node, Symlink, Whiteout
from layerlab.engine.files.ops import Op
from layerlab.engine.files.overlay import Overlay, apply
from layerlab.engine.files.tree import find, walk


@dataclass(frozen=True, slots=True)
class Played:
    """Where moves led: the layers, the upper and the merged view after them, and what came of each."""

    layers: tuple[Dir, ...]
    upper: Dir
    merged: Dir
    steps: tuple[Step, ...]

    @property
    def copied(self) -> int:
        """How many bytes of data were copied up on the way."""
        return sum(event.size for event in self.events() if isinstance(event, CopiedUp))

    def events(self) -> Iterator[Event]:
        """All that happened, in order."""
        for step in self.steps:
            yield from step.events

    def text(self, path: str) -> str | None:
        """What a reader of the merged view finds in the file at `path`; None if there is no such file."""
        node = find(self.merged, path)
        return node.data.read().decode("utf-8", "replace") if isinstance(node, File) else None

    def refused(self, name: str) -> Step | None:
        """The first move that failed with the errno of this name, such as EXDEV."""
        return next((step for step in self.steps if step.error == name), None)


@dataclass(frozen=True, slots=True)
class Step:
    """One move: what happened, and the errno's name if it was refused."""

    op: Op
    events: tuple[Event, ...] = ()
    error: str | None = None


def play(layers: tuple[Dir, ...], moves: Iterable[Op]) -> Played:
    """Play `moves` on an empty upper over `layers` (base first); a refused move is noted and passed over."""
    now = Overlay(layers)
    steps = []
    for op in moves:
        came = apply(now, op)
        name = errno.errorcode.get(came.error, str(came.error)) if came.error else None
        steps.append(Step(op, came.events, name))
        now = came.after
    return Played(layers, now.upper, now.merged, tuple(steps))


def listing(upper: Dir) -> tuple[str, ...]:
    """What a layer holds, one line a name: directories that hold only other names are left out."""
    return tuple(f"{path} {_what(node)}" for path, node in walk(upper) if path != "/" and _counts(node))


def _counts(node: Node) -> bool:
    """Whether a name says something of its own: all but plain directories with something in them."""
    return not (isinstance(node, Dir) and node.children and not node.opaque)


def _what(node: Node) -> str:
    """A node in a few words."""
    match node:
        case Whiteout():
            return "(whiteout)"
        case Dir():
            return "(opaque directory)" if node.opaque else "(directory)"
        case File():
            return f"({node.data.size:,} byte{'' if node.data.size == 1 else 's'})"
        case Symlink():
            return f"(symlink to {node.target})"
        case _:
            return f"({type(node).__name__.lower()})"
