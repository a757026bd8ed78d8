"""What a picture of a stack holds: one column per path, one row per layer, the merged view on top.

A `Picture` is all that a drawing needs and no more: the widget, the SVG and the text are made from it alone,
and
none of them knows a rule of overlay. Every sentence in it is ready to be shown. Rows run from the top to the
base,
columns from left to right, and `rows[r].cells[c]` is what row `r` has in column `c`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

MAX_COLUMNS = 8
"""A picture never shows more paths than this."""

NARROW_COLUMNS = 4
"""How many paths stay when there is little room."""


@dataclass(frozen=True, slots=True)
class Column:
    """One path. `fold`: it may go where there is little room. `more` counts the names of `folder` that are
    not shown.
    """

    path: str
    folder: str
    name: str
    fold: bool = False
    more: int = 0


@dataclass(frozen=True, slots=True)
class Chip:
    """What a layer, or the merged view, has under a path.

    `kind` is file, directory, link, device, fifo, socket or whiteout; `look` is plain, new (in the container
    layer),
    hidden (there, but covered) or gone (the merged view has no such name). `owner` is the key of a row,
    `plate` what
    stands on its number plate. `spoken` is the whole chip in words.
    """

    kind: str
    look: str
    name: str
    note: str
    owner: str
    plate: str
    hue: int
    spoken: str


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a row and a column meet; `shade`: an answer above keeps everything here from being seen.

    `was` is the same cell before the step, where the step changed it.
    """

    chip: Chip | None = None
    shade: bool = False
    was: Cell | None = None


@dataclass(frozen=True, slots=True)
class Lid:
    """What covers the columns `first` to `last` of all rows below; `kind` is opaque, whiteout or file (in its
    place).
    """

    kind: str
    path: str
    first: int
    last: int
    title: str
    note: str


@dataclass(frozen=True, slots=True)
class Row:
    """The merged view, the container layer, a layer, or a run of layers that have none of the paths.

    `key` is merged, container, the layer's number, or `fold`; `verdict` is what it said when it was asked.
    """

    key: str
    plate: str
    hue: int
    hatch: int
    name: str
    note: str
    spoken: str
    cells: tuple[Cell, ...]
    lids: tuple[Lid, ...] = ()
    verdict: str = ""
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """A look-up: the column looked at and the rows asked, in order. `asked` of a row is no, found, stopped or
    "" (not asked).
    """

    path: str
    title: str
    column: int
    rows: tuple[int, ...]
    result: str
    spoken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lift:
    """A copy-up: from row `source` to row `target` in `column`."""

    column: int
    source: int
    target: int
    label: str
    progress: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Phase:
    """One part of a step; `key` is look, parents, copy or act, `costs` if it is where the bytes go."""

    key: str
    title: str
    note: str
    costs: bool = False


@dataclass(frozen=True, slots=True)
class Kernel:
    """Engine against kernel: `state` is agrees, differs, recorded or unchecked."""

    state: str
    title: str
    facts: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole picture after step `at` of `steps`."""

    headline: str
    lede: str
    folded: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    search: Search | None
    phases: tuple[Phase, ...]
    lift: Lift | None
    steps: tuple[str, ...]
    at: int
    refused: bool
    kernel: Kernel
    status: str

    def json(self) -> dict[str, Any]:
        """The same as plain values, for the widget; bytes that are not UTF-8 stand in it as escapes."""
        plain: dict[str, Any] = _sendable(asdict(self))
        return plain


def _sendable(value: Any) -> Any:
    """`value` with nothing in it that cannot be sent as UTF-8."""
    match value:
        case str():
            return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        case dict():
            return {key: _sendable(item) for key, item in value.items()}
        case list() | tuple():
            return [_sendable(item) for item in value]
    return value
