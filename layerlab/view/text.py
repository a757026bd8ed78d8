"""The same as text: every fact of the picture in at most 88 columns, for readers, logs and tests."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from layerlab.view.picture import Picture, Row

WIDTH = 88


def text(picture: Picture) -> str:
    """`picture` in words; deterministic, no trailing spaces, no line longer than 88 columns."""
    parts = [
        _top(picture),
        _layers(picture),
        _paths(picture),
        _search(picture),
        _phases(picture),
        _kernel(picture),
    ]
    return "\n\n".join(part for part in parts if part)


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Rows in columns two spaces apart; the last column wraps below itself."""
    cells = [tuple(row) for row in rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]) - 1)]
    widths = [min(width, 44) for width in widths]
    lines = []
    for row in cells:
        start = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        if any(len(cell) > width for cell, width in zip(row, widths, strict=False)):
            lines += _wrap("  ".join(row), 4)
            continue
        lines += _wrap(f"{start}  {row[-1]}", len(start) + 2)
    return "\n".join(lines)


def _wrap(line: str, indent: int) -> list[str]:
    """`line` in pieces of at most 88 columns, continued below `indent`."""
    if len(line) <= WIDTH:
        return [line.rstrip()]
    return textwrap.wrap(
        line,
        WIDTH,
        subsequent_indent=" " * min(indent, WIDTH // 2),
        drop_whitespace=True,
        replace_whitespace=False,
        break_on_hyphens=False,
    ) or [""]


def _top(picture: Picture) -> str:
    step = ""
    if len(picture.steps) > 1:
        step = f"step {picture.at + 1} of {len(picture.steps)}: {picture.steps[picture.at]}"
    return "\n".join(piece for line in (picture.headline, step) if line for piece in _wrap(line, 2))


def _layers(picture: Picture) -> str:
    rows = [("layer", "made by", "holds")]
    rows += [(row.plate or "-", row.name, _holds(row)) for row in picture.rows if row.key != "merged"]
    return table(rows)


def _holds(row: Row) -> str:
    return "; ".join([*([row.note] if row.note else []), *(f"{lid.title}, {lid.note}" for lid in row.lids)])


def _paths(picture: Picture) -> str:
    rows = [("path", "merged view", "because")]
    for at, column in enumerate(picture.columns):
        chip = picture.rows[0].cells[at].chip
        seen = "not there" if chip is None or chip.look == "gone" else f"{layer(chip.owner)}, {chip.note}"
        rows.append((printable_path(column.path), seen, _because(picture, at)))
    return table(rows)


def printable_path(path: str) -> str:
    """A path with odd bytes escaped."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def layer(key: str) -> str:
    """`layer 4`, or `container`."""
    return key if key == "container" else f"layer {key}"


def _because(picture: Picture, at: int) -> str:
    """What the layers have under one path, from the top."""
    said = []
    for row in picture.rows[1:]:
        said += [f"{lid.title} in {_in(row)}" for lid in row.lids if lid.first <= at <= lid.last]
        chip = row.cells[at].chip
        if chip is None:
            continue
        if chip.kind == "whiteout" and chip.look != "hidden":
            said.append(f"whiteout in {_in(row)}")
        elif chip.look == "hidden":
            said.append(f"{layer(row.key)}'s is {chip.note}")
        else:
            said.append(f"{_in(row)} has it" + (", opaque" if chip.note == "opaque" else ""))
    merged = picture.rows[0].cells[at].chip
    if len(said) == 1 and merged and merged.look != "gone":
        return f"only {_in(next(row for row in picture.rows[1:] if row.cells[at].chip))} has it"
    return "; ".join(said) or "no layer has it"


def _in(row: Row) -> str:
    return "the container layer" if row.key == "container" else f"layer {row.key}"


def _search(picture: Picture) -> str:
    search = picture.search
    if search is None:
        return ""
    rows = [(row.plate or row.name.lower(), row.verdict) for row in picture.rows[1:]]
    return f"{search.title} {printable_path(search.path)}: {search.result}\n{table(rows)}"


def _phases(picture: Picture) -> str:
    if not picture.phases:
        return ""
    lines = [(f"{at}. {phase.title}", phase.note) for at, phase in enumerate(picture.phases, 1)]
    lift = f"\n{picture.lift.spoken}" if picture.lift else ""
    return f"the step\n{table(lines)}{lift}"


def _kernel(picture: Picture) -> str:
    """The verdict only: what differs between machines has no place in a text that is compared."""
    return {
        "agrees": "engine and kernel agree",
        "recorded": "engine and kernel agree",
        "differs": "\n".join(_wrap(f"engine and kernel differ: {picture.kernel.note}", 2)),
    }.get(picture.kernel.state, "")
