"""A level: a state to reach, what is still missing said in words, and the answers that prove it can be told.

A level holds no transcript. Any answer that reaches the goal passes; an answer that does not is told how far
it is and, where the state gives a wrong belief away, which belief. How to do it is only said by the hints,
one step further each time they are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from layerlab.engine.files.node import Dir
from layerlab.teach.answer import decode


class Status(Enum):
    """How an exercise stands, in the learner's words."""

    RIGHT = "right"
    NOT_YET = "not yet"
    BLANK = "not answered yet"
    BROKEN = "does not run"
    LATE = "took too long"
    GONE = "cannot be read"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said about one answer: how it stands, and one sentence a line."""

    name: str
    status: Status
    lines: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the goal is reached."""
        return self.status is Status.RIGHT

    def __str__(self) -> str:
        return "\n".join([f"{self.name}: {self.status.value}.", *(f"  {line}" for line in self.lines)])

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An answer that does not reach the goal, and words that its diagnosis must hold."""

    answer: Any
    diagnosis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What every exercise has.

    `start` are the layers it begins with, base first, and `names` what made them. `par` is the author's answer, `alternatives` other ones that reach the goal, `near_misses` those that must
    fail with the right diagnosis, `hints` escalate, `found` is said when the goal is reached.
    """

    name: str
    task: str
    start: tuple[Dir, ...] = ()
    names: tuple[str, ...] = ()
    par: Any
    alternatives: tuple[Any, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    hints: tuple[str, ...] = ()
    found: str = ""

    def judge(self, answer: Any) -> Verdict:
        """The verdict on `answer`, which came out of `answer.decode`."""
        if blank(answer):
            return Verdict(self.name, Status.BLANK)
        malformed = self.malformed(answer)
        if malformed:
            return Verdict(self.name, Status.NOT_YET, (malformed,))
        missing = self.missing(answer)
        if missing:
            return Verdict(self.name, Status.NOT_YET, missing)
        return Verdict(self.name, Status.RIGHT, (self.found,) if self.found else ())

    def malformed(self, answer: Any) -> str:
        """Why this is no answer at all to this level; empty if it is one."""
        raise TypeError(f"{type(self).__name__} does not say what its answers are")

    def missing(self, answer: Any) -> tuple[str, ...]:
        """What still separates the answer from the goal, nearest first; empty at the goal."""
        raise TypeError(f"{type(self).__name__} does not say what its goal is")


def blank(answer: Any) -> bool:
    """Whether nothing was answered: three dots, None, nothing in the list."""
    if answer is ... or answer is None:
        return True
    if isinstance(answer, dict):
        return all(blank(value) for value in answer.values())
    return isinstance(answer, list | tuple | str) and all(each is ... for each in answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices(Level):
    """Say what will be: a dictionary from each asked thing to its value.

    `options` are the values to choose from. `why` gives the belief behind (asked, chosen), never the answer.
    """

    truth: dict[str, Any]
    options: tuple[Any, ...]
    why: Callable[[str, Any], str] = lambda asked, chosen: ""

    def malformed(self, answer: Any) -> str:
        if not isinstance(answer, dict):
            return f"{self.name} should be a dictionary, not {kind_of(answer)}."
        for asked, chosen in answer.items():
            if asked not in self.truth:
                return f"{self.name} has {asked!r}, which was not asked."
            if not blank(chosen) and chosen not in self.options:
                return f"{self.name}[{asked!r}] is {chosen!r}; choose from {_list(self.options)}."
        return ""

    def missing(self, answer: Any) -> tuple[str, ...]:
        lines = []
        for asked, true in self.truth.items():
            chosen = answer.get(asked, ...)
            if blank(chosen):
                lines.append(f"{asked}: not answered yet.")
            elif chosen != true:
                belief = self.why(asked, chosen)
                lines.append(f"{asked}: not {chosen!r}." + (f" {belief}" if belief else ""))
        return tuple(lines)


def _list(items: Sequence[Any]) -> str:
    """Items as a reader expects them: "1, 2 or 3"."""
    *most, last = [repr(item) for item in items]
    return f"{', '.join(most)} or {last}" if most else last


def kind_of(thing: Any) -> str:
    """What kind of thing this is, with its article."""
    names = {
        str: "a text",
        int: "a number",
        float: "a number",
        dict: "a dictionary",
        list: "a list",
        bytes: "bytes",
    }
    return names.get(type(thing), f"{type(thing).__name__}")


def judge(level: Level, data: str) -> Verdict:
    """The verdict on an encoded answer; whatever an answer can hold, a verdict comes out."""
    try:
        return level.judge(decode(data))
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as problem:
        return Verdict(level.name, Status.NOT_YET, (f"Your answer cannot be read: {problem}",))
