"""The stack as a widget: shows what `view` computed, hands every press to Python, and says what went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import anywidget
import traitlets

HERE = Path(__file__).parent

WORDS = {
    "table": "Files by layer. Top row: the merged view. Then the layers, top to bottom.",
    "layer": "Layer",
    "more": "+ {} more",
    "pick": "Press a name to look for it.",
    "phases": "What this step does",
    "timeline": "Time line",
    "step": "step",
    "back": "Back",
    "next": "Next",
    "play": "Play",
    "pause": "Pause",
    "line": "Your move",
    "run": "Run",
    "undo": "Undo",
    "shorthands": "Moves on the chosen path",
    "moves": ["echo more >> {}", "chmod 600 {}", "rm {}", "mv {} {}.old", "mkdir {}", "cat {}"],
    "look": "Look for",
    "ask": "Look",
    "asked": "Layers asked",
    "kernel": "Engine against kernel",
    "states": {"agrees": "agrees", "differs": "differs", "recorded": "recorded", "unchecked": "not checked"},
    "check": "Check against Linux",
    "twin": "The same as text",
}


def bundled(*names: str) -> str:
    """These files of this package one after the other: no build step, nothing fetched from anywhere."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


class Board(Protocol):
    """What the widget drives: the learner's stack."""

    def model(self) -> dict[str, Any]:
        """The picture as plain values."""

    def press(self, message: dict[str, Any]) -> None:
        """Do what a button asks for; ValueError or OSError with a sentence if it cannot be done."""


class StackWidget(anywidget.AnyWidget):
    """One view of a stack. Several widgets of one stack show the same step."""

    _esm = bundled("parts.js", "stack.js")
    _css = bundled("tokens.css", "parts.css", "stack.css")
    model = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict(WORDS).tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    projector = traitlets.Bool(False).tag(sync=True)

    def __init__(self, board: Board, **options: Any) -> None:
        super().__init__(model=board.model(), **options)
        self.board = board
        self.on_msg(self._pressed)

    def _pressed(self, _: object, message: dict[str, Any], __: object) -> None:
        """One press. Whatever goes wrong is shown above the picture, and the last good picture stays."""
        self.error = ""
        try:
            self.board.press(message)
        except (ValueError, OSError) as problem:
            self.error = str(problem)
        except Exception as problem:
            self.error = f"{type(problem).__name__}: {problem}. The picture shows the last good state."

    def refresh(self) -> None:
        """Show the board's present state."""
        self.model = self.board.model()
