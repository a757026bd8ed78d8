"""The engine's side of the twin: the same run, with the same questions asked after each operation."""

from __future__ import annotations

from collections.abc import Sequence

from layerlab.engine.files import overlay
from layerlab.engine.files.node import Dir
from layerlab.engine.files.tree import walk
from layerlab.live.facts import view
from layerlab.live.recording import Question
from layerlab.live.run import Look, Run, code, shown

LATE = 1 << 62
"""A time, in nanoseconds, later than those of any layer: the year 2116."""


def in_engine(question: Question, look: Sequence[bool], since: int = LATE, links: bool = True) -> Run:
    """The operations in the engine, the trees looked at where `look` says so.

    The engine's clock starts at `since`; `links` tells whether hard links count in merged.
    """
    options = overlay.Options(redirect_dir=question.redirect_dir, index=question.index)
    fs = overlay.Overlay(question.layers, Dir(), options, since)
    seen: list[Look] = []
    for op, looking in zip(question.ops, look, strict=True):
        outcome = overlay.apply(fs, op)
        fs = outcome.after
        merged = view(walk(fs.merged), since, links) if looking else None
        upper = view(walk(fs.upper), since) if looking else None
        seen.append(Look(code(outcome.error), shown(outcome.result), merged, upper))
    return tuple(seen)
