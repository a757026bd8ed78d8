"""The engine's side of the twin: the same run, with the same questions asked after each operation."""

from __future__ import annotations

from collections.abc import Sequence

from layerlab.engine.files import overlay
from layerlab.engine.files.node import Dir
from layerlab.engine.files.tree import walk
from layerlab.live.facts import view
from layerlab.live.recording import Question
from layerlab.live.run import Look, Run, code, shown, timed


def in_engine(question: Question, look: Sequence[bool]) -> Run:
    """The operations in the engine, the trees looked at where `look` says so."""
    options = overlay.Options(redirect_dir=question.redirect_dir, index=question.index)
    fs = overlay.Overlay(question.layers, Dir(), options)
    seen: list[Look] = []
    for op, looking in zip(question.ops, look, strict=True):
        outcome = overlay.apply(fs, op)
        fs = outcome.after
        number = outcome.error.errno or 0 if outcome.error else 0
        trees = [view(walk(tree), timed(op, number)) if looking else None for tree in (fs.merged, fs.upper)]
        seen.append(Look(code(number), shown(outcome.result), *trees))
    return tuple(seen)
