"""The stack in a learner's hands: layers, moves, undo, look-ups, the picture of it, and the kernel's word on
it.

Nothing here needs to be installed: where there are no widgets, the picture is an SVG and a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from layerlab.engine.files.events import Event
from layerlab.engine.files.node import Dir, Node
from layerlab.engine.files.ops import Listdir, Lstat, Op
from layerlab.engine.files.overlay import Options, Overlay, apply
from layerlab.engine.files.union import Lookup, look_up
from layerlab.view import kernel, stack, svg, text
from layerlab.view.commands import command
from layerlab.view.listing import holds
from layerlab.view.picture import Picture
from layerlab.view.scene import UNCHECKED, Moment, Scene
from layerlab.view.signature import Palette, Signature, signature
from layerlab.widgets.moves import Shell

PALETTE = Palette()
"""The signatures of this session's image layers, by `diff_id` in the order of first appearance."""

Move = Op | str


class Stack:
    """Layers under a writable one, and every step made on them.

    `lowers` are trees, base first, or an image (whose history gives the names). `ops` are moves to begin
    with:
    operations, or commands such as "rm /etc/motd". `names` are the instructions that made the layers, `paths`
    what the picture should show in any case. Every state stays reachable: steps can be walked both ways.
    """

    def __init__(
        self,
        lowers: Any,
        ops: Iterable[Move] = (),
        *,
        names: Sequence[str] = (),
        title: str = "",
        paths: Sequence[str] = (),
        redirect_dir: bool = False,
        index: bool = False,
        container: bool = True,
    ) -> None:
        trees = trees_of(lowers)
        self.scene = Scene(
            lowers=trees,
            names=tuple(names) or names_of(lowers, len(trees)),
            title=title or title_of(lowers, container),
            paths=tuple(paths),
            looks=looks_of(lowers, len(trees)),
            notes=tuple(holds(tree).note for tree in trees),
            container=container,
        )
        if len(self.scene.names) != len(trees):
            raise ValueError(f"{len(trees)} layers need as many names, not {len(self.scene.names)}")
        self.states = [Overlay(trees, Dir(), Options(redirect_dir=redirect_dir, index=index))]
        self._results: list[object] = [None]
        self.widgets: list[Any] = []
        self.do(*ops)

    @property
    def lowers(self) -> tuple[Dir, ...]:
        """The layers below, base first."""
        return self.scene.lowers

    @property
    def state(self) -> Overlay:
        """The overlay after the step that is shown."""
        return self.states[self.scene.at]

    @property
    def upper(self) -> Dir:
        """The container layer after the step that is shown."""
        return self.state.upper

    @property
    def merged(self) -> Dir:
        """What the container sees after the step that is shown."""
        return self.state.merged

    @property
    def layers(self) -> tuple[Dir, ...]:
        """All layers as they are asked, base first."""
        return self.scene.layers

    @property
    def ops(self) -> tuple[Op, ...]:
        """Every operation up to the step that is shown."""
        return tuple(op for moment in self.scene.moments[: self.scene.at] for op in moment.ops)

    @property
    def error(self) -> str:
        """The errno that the step shown was refused with: `EXDEV`; empty if it went well."""
        return self.scene.moment.error if self.scene.moment else ""

    @property
    def result(self) -> object:
        """What the last operation of the step shown gave back: bytes, names, a target, a stat; else None."""
        return self._results[self.scene.at]

    @property
    def picture(self) -> Picture:
        """What is seen now, as values."""
        return stack.picture(self.scene)

    @property
    def text(self) -> str:
        """The same as text."""
        return text.text(self.picture)

    @property
    def svg(self) -> str:
        """The same as a standing picture."""
        return svg.svg(self.picture)

    def do(self, *moves: Move) -> Stack:
        """Make moves, each one a step; what the kernel would refuse is a step too, with its errno.

        After going back, a new move takes the place of those that followed.
        """
        for move in moves:
            self._step(move)
        return self

    def _step(self, move: Move) -> None:
        """One move, from the state that is shown."""
        if not self.scene.container:
            raise ValueError("an image cannot be written; put a container on it: Stack(image)")
        before = self.state
        made = Shell(self.exists, self.names).read(move) if isinstance(move, str) else (move,)
        words = move.strip() if isinstance(move, str) else command(move)
        after, refused, result = before, 0, None
        events: list[Event] = []
        done: list[Op] = []
        for op in made:
            outcome = apply(after, op)
            after, refused, result = outcome.after, outcome.error, outcome.result
            events += outcome.events
            done.append(op)
            if refused:
                break
        moment = Moment(words, tuple(done), tuple(events), before.upper, after.upper, refused or None)
        at = self.scene.at
        self.states[at + 1 :] = [after]
        self._results[at + 1 :] = [result]
        moments = (*self.scene.moments[:at], moment)
        self.scene = replace(self.scene, moments=moments, at=at + 1, look=None, kernel=UNCHECKED)
        self._changed()

    def undo(self) -> Stack:
        """Take the step that is shown back, and those after it."""
        at = max(0, self.scene.at - 1)
        del self.states[at + 1 :], self._results[at + 1 :]
        self.scene = replace(self.scene, moments=self.scene.moments[:at], at=at, look=None, kernel=UNCHECKED)
        self._changed()
        return self

    def go(self, step: int) -> Stack:
        """Show step `step`; 0 is the start. IndexError if there is none."""
        if not 0 <= step <= len(self.scene.moments):
            raise IndexError(f"there are steps 0 to {len(self.scene.moments)}, not {step}")
        self.scene = replace(self.scene, at=step, look=None)
        return self

    def back(self) -> Stack:
        """Show the step before; the start stays the start."""
        return self.go(max(0, self.scene.at - 1))

    def next(self) -> Stack:
        """Show the step after; the last stays the last."""
        return self.go(min(len(self.scene.moments), self.scene.at + 1))

    def look(self, path: str) -> Stack:
        """Show the look-up of `path` in the state that is shown."""
        if not path.startswith("/"):
            raise ValueError(f"{path or 'nothing'}: expected a path from the root, such as /etc/motd")
        self.scene = replace(self.scene, look="/" + "/".join(name for name in path.split("/") if name))
        return self

    def look_up(self, path: str) -> Lookup:
        """Which layer answers for `path`, and what every layer said; the picture shows it too."""
        self.look(path)
        return look_up(self.scene.layers, path)

    def twin(self) -> Any:
        """The same operations on this machine's kernel, or on a recording; the picture shows the verdict."""
        from layerlab.live import twin

        options = self.state.options
        found = twin(self.ops, self.lowers, redirect_dir=options.redirect_dir, index=options.index)
        self.scene = replace(self.scene, kernel=kernel.strip(found))
        self._changed()
        return found

    def exists(self, path: str) -> bool:
        """Whether the container sees a name, asked as a program asks."""
        return not apply(self.state, Lstat(path)).error

    def names(self, path: str) -> tuple[str, ...] | None:
        """What a directory lists, None if it is not one."""
        outcome = apply(self.state, Listdir(path))
        return (
            None if outcome.error or not isinstance(outcome.result, (list, tuple)) else tuple(outcome.result)
        )

    def _changed(self) -> None:
        """Widgets that are on display learn of new steps; where each of them stands is its own."""
        for widget in self.widgets:
            widget.follow(self)

    def __repr__(self) -> str:
        steps = len(self.scene.moments)
        shown = f", step {self.scene.at} of {steps}: {self.scene.moment.words}" if self.scene.moment else ""
        return f"Stack({len(self.lowers)} layers{shown})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Text and SVG always, so that a stored notebook reads well; the widget where there are widgets."""
        bundle: dict[str, Any] = {"text/plain": self.text, "image/svg+xml": self.svg}
        try:
            from layerlab.widgets.stack_widget import display
        except ImportError:
            return bundle
        return bundle | display(self)


def show(image: Any, *paths: str, names: Sequence[str] = (), title: str = "") -> Stack:
    """The layers of an image as they lie there, with no container on top; `paths` are shown in any case."""
    return Stack(image, names=names, title=title, paths=paths, container=False)


def trees_of(lowers: Any) -> tuple[Dir, ...]:
    """The trees of some layers, or of an image's."""
    if isinstance(lowers, Dir):
        return (lowers,)
    found = tuple(item if isinstance(item, Dir) else item.tree for item in getattr(lowers, "layers", lowers))
    if not all(isinstance(item, Node) for item in found):
        raise ValueError("a stack is made of layers: trees of files, base first, or an image")
    return found


def names_of(lowers: Any, count: int) -> tuple[str, ...]:
    """The instructions of an image's history that made a layer; without one, plain numbers."""
    history = [entry for entry in getattr(lowers, "history", ()) if not getattr(entry, "empty_layer", False)]
    made = tuple(str(getattr(entry, "created_by", "") or "") for entry in history)
    if len(made) != count:
        made = ("",) * count
    return tuple(instruction(name) or f"layer {at}" for at, name in enumerate(made, 1))


def instruction(created_by: str) -> str:
    """An instruction as its author wrote it: without the shell and the notes that builders put around it."""
    words = created_by.removesuffix("# buildkit").strip()
    for shell in ("/bin/sh -c #(nop)", "|0 /bin/sh -c", "/bin/sh -c"):
        if words.startswith(shell):
            rest = words.removeprefix(shell).strip()
            return rest if "#(nop)" in shell else f"RUN {rest}"
        if words.startswith(f"RUN {shell}"):
            return f"RUN {words.removeprefix(f'RUN {shell}').strip()}"
    return words


def title_of(lowers: Any, container: bool) -> str:
    """What stands above the picture: the image's name if it has one."""
    name = str(getattr(lowers, "reference", "") or getattr(lowers, "name", "") or "")
    image = f"image {name}" if name else "an image"
    return f"A container on {image}" if container else image[0].upper() + image[1:]


def looks_of(lowers: Any, count: int) -> tuple[Signature, ...]:
    """Signatures by `diff_id` where there are any, else by place."""
    ids = [getattr(layer, "diff_id", None) for layer in getattr(lowers, "layers", ())]
    if len(ids) == count and all(ids):
        return tuple(PALETTE.of(diff_id) for diff_id in ids)
    return tuple(signature(at) for at in range(count))
