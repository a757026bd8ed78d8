"""The overlay as a value: run an operation on one, get another, and the old one still stands.

This is the engine that lessons, pictures and the twin use. It has no rule of its own: it thaws the values,
mounts them (here and in `posix.mount` it is the same `Union`), makes the calls that the operation stands for,
and freezes the upper again. What was not touched is shared between the old value and the new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from layerlab.engine.files.events import Event, LookedUp
from layerlab.engine.files.inode import alike, described, ticks
from layerlab.engine.files.layer import stack, stack_all
from layerlab.engine.files.merged import Merged
from layerlab.engine.files.mounted import Union
from layerlab.engine.files.node import Dir, Node, replace, value
from layerlab.engine.files.ops import Op
from layerlab.engine.files.perform import changed, perform
from layerlab.engine.files.posix import Mount
from layerlab.engine.files.volume import Index, Plain

STEP = 1_000_000_000
"""Operations are a second apart, in nanoseconds: there is no other clock in here."""


@value
class Options:
    """Mount options: see `posix.mount`."""

    redirect_dir: bool = False
    index: bool = False
    userns: bool = False


class Below:
    """What lies below an upper, shared by all states of an overlay: the lowers in use, and merged."""

    def __init__(self, lowers: tuple[Dir, ...]) -> None:
        self.disks = [Plain(lower) for lower in lowers]
        self.lowers = lowers
        self._tree: Dir | None = None

    @property
    def tree(self) -> Dir:
        """The merged lowers."""
        if self._tree is None:
            self._tree = stack_all(self.lowers)
        return self._tree


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay file system: `lowers` (base first) are never changed, `upper` holds all that was written.

    Two are equal if their layers and options are. The time of the last change and the index entries (which
    lower hard link has become which upper file) are carried along.
    """

    lowers: tuple[Dir, ...]
    upper: Dir = field(default_factory=Dir)
    options: Options = field(default_factory=Options)
    time: int = field(default=0, compare=False, repr=False)
    _index: Index = field(default=(), compare=False, repr=False)
    _below: Below | None = field(default=None, compare=False, repr=False)

    @property
    def layers(self) -> tuple[Dir, ...]:
        """All layers, base first, the upper last."""
        return (*self.lowers, self.upper)

    @property
    def below(self) -> Below:
        """The lowers in use."""
        assert self._below is not None
        return self._below

    @property
    def merged(self) -> Dir:
        """What the mount shows: a tree without whiteouts and opaque directories."""
        if self._index:
            return show(self.union())
        return stack(self.below.tree, self.upper)

    def __post_init__(self) -> None:
        if self._below is None:
            object.__setattr__(self, "_below", Below(self.lowers))

    def union(self) -> Union:
        """This overlay, mounted."""
        disk = Plain(self.upper, ticks(STEP, self.time))
        disk.restore_index(self._index)
        union = Union(self.below.disks, disk, self.options.redirect_dir, self.options.index)
        union.hiding = True
        union.contained = self.options.userns
        return union

    def __repr__(self) -> str:
        return f"Overlay({len(self.lowers)} lowers, {self.options})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation came to: the overlay `after` it, what happened, and what the program got to see.

    `result` is the bytes of a Read, the Stat of an Lstat, the names of a Listdir, the target of a Readlink,
    else None. `error` is the errno of a refused operation, or 0.
    """

    after: Overlay
    events: tuple[Event, ...] = ()
    result: object = None
    error: int = 0


def apply(fs: Overlay, op: Op) -> Outcome:
    """Run one operation; the old `fs` still stands.

    After an error nothing has changed and `after` is `fs`, but for the few cases where Linux copies a file up
    before it finds that it must refuse.
    """
    union = fs.union()
    events: list[Event] = []
    union.events = events
    mount, result, error = Mount(union), None, 0
    events.append(LookedUp(op.path, answering(union, mount, op.path)))
    try:
        result = perform(mount, op)
        events += changed(mount, op)
    except OSError as refused:
        error = refused.errno or 0
    upper, index = union.disk.tree, union.disk.frozen_index()
    if upper is not fs.upper or not same_index(fs._index, index):
        fs = Overlay(fs.lowers, upper, fs.options, union.disk.now(), index, fs.below)
    return Outcome(fs, tuple(events), result, error)


def same_index(old: Index, new: Index) -> bool:
    """Whether no index entry came, went or changed; a copy may have lost its last name and still be written to."""
    return len(old) == len(new) and all(
        a[0] is b[0] and alike(a[1], b[1]) and a[2] == b[2] for a, b in zip(old, new, strict=True)
    )


def answering(union: Union, mount: Mount, path: str) -> int | None:
    """The layer that answers for `path`, not followed; None if there is no such name, or no way to it."""
    try:
        found = mount.spot(path, False).inode
    except OSError:
        return None
    if found is None:
        return None
    return len(union.disks) - 1 if found.upper is not None else found.lowers[0][0]


def show(union: Union, merged: Merged | None = None) -> Dir:
    """The merged tree that a mount shows, or what it shows below a directory, as a value."""
    merged = merged or union.root
    children: dict[str, Node] = {}
    for name in sorted(union.names(merged)):
        found = union.lookup(merged, name)
        assert found is not None
        children[name] = show(union, found) if found.is_dir else union.disk.freeze(found.real)
    shown = described(merged.real, 0, children)
    assert isinstance(shown, Dir)
    return replace(shown, opaque=False, redirect=None)
