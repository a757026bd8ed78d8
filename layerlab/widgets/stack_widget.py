"""The stack as a widget: shows what `view` computed, hands presses to Python, says what went wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from layerlab.view.stack import picture
from layerlab.view.text import text

if TYPE_CHECKING:
    from layerlab.widgets.stack import Stack

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
    "projector": "Projector",
}


def bundled(*names: str) -> str:
    """These files of this package one after the other: no build step, nothing fetched from anywhere."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


class StackWidget(anywidget.AnyWidget):
    """One view of a stack. All views of a stack have its steps; which one it shows is each view's own."""

    _esm = bundled("parts.js", "stack.js")
    _css = bundled("tokens.css", "parts.css", "stack.css")
    model = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict(WORDS).tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    projector = traitlets.Bool(False).tag(sync=True)

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.scene = stack.scene
        super().__init__(model=self.drawn())
        self.on_msg(self.pressed)

    def drawn(self, done: bool = False) -> dict[str, Any]:
        """The picture as plain values, with its text; `done`: the learner's command was carried out."""
        seen = picture(self.scene)
        self.paths = tuple(column.path for column in seen.columns)
        extra = {"writable": self.scene.container, "looking": bool(self.scene.look), "done": done}
        return {**seen.json(), **extra, "text": text(seen)}

    def follow(self, stack: Stack) -> None:
        """Take over the stack's steps and verdict; stay where this view stands, if that is still there."""
        at = min(self.scene.at, len(stack.scene.moments))
        self.scene = replace(stack.scene, at=at, look=self.scene.look)
        self.model = self.drawn()

    def pressed(self, _: object, message: dict[str, Any], __: object = None) -> None:
        """One press. Whatever goes wrong is shown above the picture, and the last good picture stays."""
        self.error = ""
        try:
            self.act(message)
        except (ValueError, IndexError, OSError) as problem:
            self.error = str(problem)
        except Exception as problem:
            self.error = f"{type(problem).__name__}: {problem}. The picture shows the last good state."

    def meant(self, path: str) -> str:
        """The path of the column that is shown as `path`; bytes that are not UTF-8 are shown as escapes."""
        shown: dict[str, str] = dict(
            zip((column["path"] for column in self.model["columns"]), self.paths, strict=True)
        )
        return shown.get(path, path)

    def act(self, message: dict[str, Any]) -> None:
        """Do what was pressed, on the stack as this view shows it."""
        stack, here = self.stack, self.scene
        stack.scene = replace(stack.scene, at=min(here.at, len(stack.scene.moments)), look=here.look)
        match message:
            case {"go": int(step)}:
                stack.go(step)
            case {"look": str(path)}:
                stack.look(self.meant(path.strip()))
            case {"do": str(line)}:
                stack.do(line)
            case {"undo": _}:
                stack.undo()
            case {"twin": _}:
                stack.twin()
            case _:
                raise ValueError(f"nothing is known about {message!r}")
        self.scene = stack.scene
        self.model = self.drawn(done="do" in message)


def display(stack: Stack) -> dict[str, Any]:
    """The mime bundle of a new view of `stack`."""
    widget = StackWidget(stack)
    stack.widgets.append(widget)
    bundle: Any = widget._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    return {kind: what for kind, what in (data or {}).items() if kind != "text/plain"}
