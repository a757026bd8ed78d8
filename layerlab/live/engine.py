"""The engine's side of the twin: the same run, with the same questions asked after each operation."""

from __future__ import annotations

from collections.abc import Sequence

from layerlab.engine.files import overlay
from layerlab.engine.files.node import Dir, Node, replace
from layerlab.engine.files.tree import walk
from layerlab.live.facts import view
from layerlab.live.recording import Question
from layerlab.live.run import Look, Run, code, shown

LATE = 1 << 62
"""A time, in nanoseconds, later than those of any layer: the year 2116."""


def in_engine(question: Question, look: Sequence[bool], since: int = LATE, user: bool = False) -> Run:
    """The operations in the engine, the trees looked at where `look` says so.

    The engine's clock starts at `since`; `user` tells that the mount is to be like one in a user namespace.
    """
    options = overlay.Options(question.redirect_dir, question.index, userns=user)
    fs = overlay.Overlay(numbered(question.layers), Dir(), options, since)
    seen: list[Look] = []
    for op, looking in zip(question.ops, look, strict=True):
        outcome = overlay.apply(fs, op)
        fs = outcome.after
        merged = view(walk(fs.merged), since, links=not user) if looking else None
        upper = view(walk(fs.upper), since) if looking else None
        seen.append(Look(code(outcome.error), shown(outcome.result), merged, upper))
    return tuple(seen)


def numbered(layers: Sequence[Dir]) -> tuple[Dir, ...]:
    """The layers with inode numbers that no two of them share, nor an upper: each counts for itself."""
    return tuple(_renumber(layer, number << 40) for number, layer in enumerate(layers, 1))


def _renumber(tree: Dir, start: int) -> Dir:
    """The tree with inode numbers that begin at `start`; what holds none stays what it is."""
    changed: dict[str, Node] = {}
    for name, node in tree.children.items():
        new = _renumber(node, start) if isinstance(node, Dir) else node
        new = replace(new, ino=start + new.ino) if new.ino and not isinstance(new, Dir) else new
        if new is not node:
            changed[name] = new
    return replace(tree, children=tree.children | changed) if changed else tree
