"""What a picture of a stack is made from: the layers, and each step with the state before and after it."""

from __future__ import annotations

import errno as errnos
from dataclasses import dataclass, field
from functools import cached_property

from layerlab.engine.files.events import CopiedUp, Event, LookedUp
from layerlab.engine.files.node import Dir
from layerlab.engine.files.ops import Op
from layerlab.view.picture import Kernel
from layerlab.view.signature import Signature, signature

UNCHECKED = Kernel("unchecked", "not checked against Linux yet")


@dataclass(frozen=True)
class Moment:
    """One step: the operations a learner asked for at once, what came of them, and the upper before and
    after.

    `refused` is the errno of the operation that failed, None if all went well; those after it did not run.
    """

    words: str
    ops: tuple[Op, ...]
    events: tuple[Event, ...]
    before: Dir
    after: Dir
    refused: int | None = None

    @property
    def op(self) -> Op:
        """The operation that the step is about: the last one."""
        return self.ops[-1]

    @property
    def error(self) -> str:
        """The name of the errno: `EXDEV`; empty if nothing was refused."""
        return "" if self.refused is None else errnos.errorcode.get(self.refused, str(self.refused))

    @property
    def copied(self) -> CopiedUp | None:
        """The copy-up of the step, if it made one; those of parents do not count."""
        wanted = (event for event in self.events if isinstance(event, CopiedUp) and not event.parent)
        return next(wanted, None)

    @property
    def parents(self) -> tuple[str, ...]:
        """The directories copied up on the way."""
        return tuple(e.path for e in self.events if isinstance(e, CopiedUp) and e.parent)

    @cached_property
    def touched(self) -> tuple[str, ...]:
        """Every path the step is about or changed."""
        named = [path for op in reversed(self.ops) for path in (op.path, str(getattr(op, "new", "")))]
        aside = (LookedUp,)
        changed = [e.path for e in self.events if not isinstance(e, aside) and e.path not in self.parents]
        return tuple(path for path in dict.fromkeys([*named, *changed]) if path.strip("/"))


@dataclass(frozen=True)
class Scene:
    """A stack and its steps. `lowers` run base to top; `names`, `notes` and `looks` go with them.

    `at` is the step that is shown: 0 is the start. `look` is a path that the learner looks for, `paths` those
    the
    learner wants to see. Without a container there is no upper: an image as it lies there.
    """

    lowers: tuple[Dir, ...]
    names: tuple[str, ...]
    title: str = "a container"
    moments: tuple[Moment, ...] = ()
    at: int = 0
    look: str | None = None
    paths: tuple[str, ...] = ()
    looks: tuple[Signature, ...] = ()
    notes: tuple[str, ...] = ()
    container: bool = True
    kernel: Kernel = UNCHECKED
    start: Dir = field(default_factory=Dir)

    @property
    def moment(self) -> Moment | None:
        """The step that is shown, None at the start."""
        return self.moments[self.at - 1] if self.at else None

    @property
    def upper(self) -> Dir:
        """The upper after the step that is shown."""
        return self.moment.after if self.moment else self.start

    @property
    def layers(self) -> tuple[Dir, ...]:
        """The layers as they are asked now, base to top."""
        return (*self.lowers, self.upper) if self.container else self.lowers

    @property
    def earlier(self) -> tuple[Dir, ...]:
        """The layers as they were before the step; while a path is looked for, nothing changes."""
        if self.look:
            return self.layers
        upper = self.moment.before if self.moment else self.start
        return (*self.lowers, upper) if self.container else self.lowers

    def signature(self, layer: int) -> Signature:
        """The look of a layer."""
        return self.looks[layer] if layer < len(self.looks) else signature(layer)
