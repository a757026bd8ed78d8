"""Levels that are reached by moves: any route counts, what is judged is the state after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from layerlab.engine.files.ops import Op
from layerlab.teach.answer import show
from layerlab.teach.level import Level, kind_of
from layerlab.teach.play import Played, play


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves(Level):
    """Reach a state by moves on the layers of `start`; `goal` says what is still missing."""

    goal: Callable[[Played], Sequence[str]]

    def malformed(self, answer: Any) -> str:
        if not isinstance(answer, list):
            return (
                ""
                if isinstance(answer, Op)
                else f"{self.name} should be a list of moves, not {kind_of(answer)}."
            )
        for at, move in enumerate(answer):
            wrong = _wrong_move(move)
            if wrong:
                return f"{self.name}[{at}] {wrong}"
        return ""

    def missing(self, answer: Any) -> tuple[str, ...]:
        played = play(self.start, tuple(answer) if isinstance(answer, list) else (answer,))
        missing = tuple(self.goal(played))
        return missing and missing + _failures(played)


def _failures(played: Played) -> tuple[str, ...]:
    """The first move that the file system refused, in its own words."""
    for number, step in enumerate(played.steps, 1):
        if step.error is not None:
            return (f"Move {number}, {show(step.op)}, was refused: {step.error}.",)
    return ()


def _wrong_move(move: Any) -> str:
    """What is wrong with one item of a list of moves; empty if nothing."""
    if not isinstance(move, Op):
        return f"should be a move such as Mkdir('/a'), not {kind_of(move)}."
    kinds = {"str": str, "bytes": bytes, "int": int}
    for field in fields(move):
        value, kind = getattr(move, field.name), kinds.get(str(field.type))
        if kind is bytes and isinstance(value, str):
            return f"is {type(move).__name__} with text; files hold bytes: put b before the quote."
        if kind is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            return f"is {type(move).__name__} with {field.name}={value!r}; it needs {field.type}."
    for path in (move.path, getattr(move, "new", None) or "/"):
        if not path.startswith("/"):
            return f"is {type(move).__name__} of {path!r}; paths here start with /."
    return ""
