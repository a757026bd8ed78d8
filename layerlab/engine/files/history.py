"""Undo: every state of an overlay that was ever reached can be reached again.

States are values that share whatever an operation did not touch, so a history is a list of them; it costs the
directories on the way of each operation, not copies of the tree.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from layerlab.engine.files.ops import Op
from layerlab.engine.files.overlay import Outcome, Overlay, apply


@dataclass(slots=True)
class History:
    """The way of an overlay through time; `len` counts its states.

    `do` goes on from the present state; `undo` and `redo` move it; what was undone is kept until something
    else is done instead, and even then `at` still reaches it.
    """

    start: Overlay
    _outcomes: list[Outcome] = field(default_factory=list, init=False)
    _before: list[int] = field(default_factory=list, init=False)
    _undone: list[int] = field(default_factory=list, init=False)
    _now: int = field(default=0, init=False)

    def __len__(self) -> int:
        return len(self._outcomes) + 1

    def at(self, number: int) -> Overlay:
        """State `number`, counted from 0 in the order they came to be; IndexError if there is none."""
        if not 0 <= number < len(self):
            raise IndexError(f"state {number} of {len(self)}")
        return self._outcomes[number - 1].after if number else self.start

    @property
    def number(self) -> int:
        """The number of the present state."""
        return self._now

    @property
    def now(self) -> Overlay:
        """The present state."""
        return self.at(self._now)

    @property
    def outcome(self) -> Outcome | None:
        """What led to the present state; None at the start."""
        return self._outcomes[self._now - 1] if self._now else None

    def do(self, op: Op) -> Outcome:
        """Run an operation on the present state; what comes of it, even a refusal, is a new state."""
        outcome = apply(self.now, op)
        self._outcomes.append(outcome)
        self._before.append(self._now)
        self._undone.clear()
        self._now = len(self._outcomes)
        return outcome

    def undo(self) -> Overlay:
        """Go back to the state before; the start stays where it is."""
        if self._now:
            self._undone.append(self._now)
            self._now = self._before[self._now - 1]
        return self.now

    def redo(self) -> Overlay:
        """Take the last `undo` back, if nothing was done since."""
        if self._undone:
            self._now = self._undone.pop()
        return self.now
