"""What a learner types in an exercise notebook: `check("ex1")`, `check.hint("ex1")`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from layerlab.engine.files.ops import Op
from layerlab.teach import levels
from layerlab.teach.answer import Unreadable, encode
from layerlab.teach.level import Level, Status, Verdict, judge
from layerlab.teach.moves import Moves
from layerlab.widgets.stack import Stack


class Exercises:
    """The exercises of one lesson; call it with a name to have the answer of that name checked at once."""

    def __init__(self, lesson: str) -> None:
        self.lesson = lesson
        self.levels: Mapping[str, Level] = levels.of(lesson)
        self._asked: dict[str, int] = {}

    def __call__(self, name: str) -> Verdict:
        """The verdict on the variable `name` of the notebook; `layerlab check` judges by the same rule."""
        level = self._level(name)
        answer = sys._getframe(1).f_globals.get(name, ...)
        try:
            return judge(level, encode(answer))
        except Unreadable as problem:
            return Verdict(name, Status.NOT_YET, (str(problem).replace("your answer", name, 1),))

    def show(self, name: str) -> Stack:
        """The layers that exercise `name` starts from, with the moves you have so far on them."""
        level = self._level(name)
        answer = sys._getframe(1).f_globals.get(name, ...)
        moves = answer if isinstance(answer, list | tuple) else ()
        made = [move for move in moves if isinstance(move, Op) and move.path.startswith("/")]
        return Stack(
            level.start, made, names=level.names, title=level.task, container=isinstance(level, Moves)
        )

    def hint(self, name: str) -> Hint:
        """A hint; each further call goes one step further, the last one gives a solution."""
        level = self._level(name)
        count = self._asked[name] = self._asked.get(name, 0) + 1
        answer = sys._getframe(1).f_globals.get(name, ...)
        steps = list(level.hints)
        if count <= len(steps):
            return Hint(steps[count - 1])
        if count == len(steps) + 1:
            return Hint(f"Where you are now.\n{self._verdict(level, answer)}")
        return Hint(f"One solution:\n{name} = {level.par!r}")

    def _verdict(self, level: Level, answer: object) -> Verdict:
        try:
            return judge(level, encode(answer))
        except Unreadable as problem:
            return Verdict(level.name, Status.NOT_YET, (str(problem),))

    def _level(self, name: str) -> Level:
        """The level called `name`. LookupError with the names there are."""
        if name not in self.levels:
            raise LookupError(
                f"lesson {self.lesson} has no exercise {name!r}; it has {', '.join(self.levels)}"
            )
        return self.levels[name]

    def __repr__(self) -> str:
        return f"<Exercises of lesson {self.lesson}: {', '.join(self.levels)}>"


class Hint(str):
    """A text that a notebook shows as it is, without quotes."""

    def __repr__(self) -> str:
        return str(self)


def exercises(lesson: str) -> Exercises:
    """The exercises of a lesson by its number; in a notebook: `check = exercises("06")`."""
    return Exercises(lesson)
