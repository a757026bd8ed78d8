"""The picture of a stack, computed from its layers and steps: look straight down a column, the first answer
wins.

Who answers is never decided here: `union.look_up` says it, and the chips, the shade and the words follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from layerlab.engine.files.node import Dir
from layerlab.engine.files.union import Lookup, Verdict, look_up
from layerlab.view import words
from layerlab.view.chips import answer, entry, lids, plate
from layerlab.view.columns import choose, columns, folder_of
from layerlab.view.listing import listing
from layerlab.view.picture import Cell, Column, Lift, Picture, Row, Search
from layerlab.view.scene import Scene

FEW = 9
"""With more layers than this, runs of layers that have none of the paths fold into one row."""


def picture(scene: Scene) -> Picture:
    """The picture of `scene` at its step."""
    cols = _columns(scene)
    rows = _rows(scene, cols)
    search = _search(scene, cols, rows)
    rows = _asked(scene, rows, search)
    moment = scene.moment
    hidden = sum(column.fold for column in cols)
    return Picture(
        headline=words.headline(scene),
        lede=words.lede(scene),
        folded=words.folded(hidden, len(cols)),
        columns=cols,
        rows=tuple(row for row, _ in rows),
        search=search.search if search else None,
        phases=words.phases(scene),
        lift=_lift(scene, cols, rows),
        steps=(words.START, *(moment.words for moment in scene.moments)),
        at=scene.at,
        refused=bool(moment and moment.error),
        kernel=scene.kernel,
        status=words.status(scene),
    )


Numbered = tuple[tuple[Row, tuple[int, ...]], ...]
"""Rows with the layers that each stands for; the merged view stands for none."""


def _columns(scene: Scene) -> tuple[Column, ...]:
    """The paths worth a column over all steps, the shown step's own first."""
    here = scene.moment.touched if scene.moment else ()
    touched = [path for moment in reversed(scene.moments) for path in moment.touched]
    asked = [scene.look] if scene.look else []
    wanted = choose([*asked, *here[:2], *scene.paths], touched, scene.lowers)
    wanted = tuple(path for path in wanted if not _only_a_parent(path, wanted, scene, asked))
    return columns(wanted, {folder: listing(scene.layers, folder) for folder in map(folder_of, wanted)})


def _only_a_parent(path: str, wanted: tuple[str, ...], scene: Scene, asked: list[str]) -> bool:
    """Whether `path` is a directory that its own names, shown beside it, already speak for."""
    named = {path for moment in scene.moments for path in (moment.op.path, getattr(moment.op, "new", ""))}
    named |= {*asked, *scene.paths}
    return path not in named and any(other.startswith(path + "/") for other in wanted)


def _rows(scene: Scene, cols: tuple[Column, ...]) -> Numbered:
    """Merged view, container layer, layers from the top; runs that have nothing to show are folded."""
    now = [look_up(scene.layers, column.path) for column in cols]
    before = [look_up(scene.earlier, column.path) for column in cols]
    made: list[tuple[Row, tuple[int, ...]]] = [(_merged(scene, now, before), ())]
    made += [(_layer(scene, at, cols, now, before), (at,)) for at in reversed(range(len(scene.layers)))]
    return _fold(tuple(made)) if len(scene.layers) > FEW else tuple(made)


def _merged(scene: Scene, now: list[Lookup], before: list[Lookup]) -> Row:
    cells = []
    for new, old in zip(now, before, strict=True):
        cell, was = Cell(answer(scene, scene.layers, new)), Cell(answer(scene, scene.earlier, old))
        cells.append(cell if cell == was else replace(cell, was=was))
    return Row(
        "merged", "", 0, 0, words.MERGED, words.merged_note(scene), words.merged_spoken(scene), tuple(cells)
    )


def _layer(scene: Scene, at: int, cols: tuple[Column, ...], now: list[Lookup], before: list[Lookup]) -> Row:
    """One layer's row: what it has under each column, shaded where an answer above hides it."""
    cells = []
    for new, old in zip(now, before, strict=True):
        cell = _cell(scene, scene.layers, at, new)
        was = _cell(scene, scene.earlier, at, old)
        cells.append(cell if cell == was else replace(cell, was=was))
    look = scene.signature(at) if at < len(scene.lowers) else None
    return Row(
        key="container" if look is None else str(at + 1),
        plate=plate(scene, at),
        hue=look.hue if look else 0,
        hatch=look.hatch if look else 0,
        name=words.row_name(scene, at),
        note=words.row_note(scene, at),
        spoken=words.row_spoken(scene, at),
        cells=tuple(cells),
        lids=lids(scene.layers[at], cols),
    )


def _cell(scene: Scene, layers: tuple[Dir, ...], at: int, found: Lookup) -> Cell:
    probe = next(probe for probe in found.probes if probe.layer == at)
    return Cell(entry(scene, layers, found, probe), shade=probe.verdict is Verdict.HIDDEN)


def _fold(rows: Numbered) -> Numbered:
    """Neighbouring layers without a chip or lid as one row."""
    made: list[tuple[Row, tuple[int, ...]]] = []
    for row, layers in rows:
        bare = not row.lids and not any(cell.chip or (cell.was and cell.was.chip) for cell in row.cells)
        mergeable = bare and row.key not in ("merged", "container")
        if mergeable and made and made[-1][0].key.startswith("fold"):
            layers = (*made[-1][1], *layers)
            made[-1] = (replace(row, key=f"fold-{layers[0]}", plate=""), layers)
        else:
            made.append((replace(row, key=f"fold-{layers[0]}") if mergeable else row, layers))
    return tuple((_folded(row, layers), layers) if len(layers) else (row, layers) for row, layers in made)


def _folded(row: Row, layers: tuple[int, ...]) -> Row:
    """A fold of one layer is that layer again; of more, a row that says how many."""
    if not row.key.startswith("fold"):
        return row
    if len(layers) == 1:
        return replace(row, key=row.plate)
    name = words.many_layers(len(layers))
    return replace(row, hue=0, hatch=0, name=name, note="", spoken=name)


@dataclass(frozen=True, slots=True)
class _Found:
    """A search with the look-up it shows."""

    search: Search
    lookup: Lookup


def _search(scene: Scene, cols: tuple[Column, ...], rows: Numbered) -> _Found | None:
    """The look-up that is shown: the learner's, in the state now; else the step's own, in the state before
    it.
    """
    if scene.look:
        layers, path = scene.layers, scene.look
    elif scene.moment:
        layers, path = scene.earlier, scene.moment.op.path
    else:
        return None
    column = next((at for at, column in enumerate(cols) if column.path == path), None)
    if column is None:
        return None
    found = look_up(layers, path)
    asked = [probe.layer for probe in found.probes if probe.verdict is not Verdict.HIDDEN]
    order = tuple(at for at, (_, layers_of) in enumerate(rows) if set(layers_of) & set(asked))
    spoken = tuple(f"{rows[at][0].spoken}: {words.row_verdict(scene, found, rows[at][1])[0]}" for at in order)
    title = words.LOOKING_FOR if scene.look or not scene.moment else words.LOOKED_FOR
    return _Found(Search(path, title, column, order, words.search_result(scene, found), spoken), found)


def _asked(scene: Scene, rows: Numbered, search: _Found | None) -> Numbered:
    """The rows with what each of them said."""
    if search is None:
        return rows
    made: list[tuple[Row, tuple[int, ...]]] = []
    for row, layers in rows:
        if row.key == "merged":
            made.append((replace(row, verdict=search.search.result), layers))
        else:
            verdict, asked = words.row_verdict(scene, search.lookup, layers)
            made.append((replace(row, verdict=verdict, asked=asked), layers))
    return tuple(made)


def _lift(scene: Scene, cols: tuple[Column, ...], rows: Numbered) -> Lift | None:
    """The copy-up of the step, from the row it came from to the container layer."""
    copied = scene.moment.copied if scene.moment and not scene.look else None
    column = next((at for at, column in enumerate(cols) if copied and column.path == copied.path), None)
    if copied is None or column is None:
        return None
    place = {layer: at for at, (_, layers) in enumerate(rows) for layer in layers}
    return Lift(
        column,
        source=place[copied.layer],
        target=place[len(scene.lowers)],
        label=words.lift_label(copied),
        progress=words.lift_progress(copied),
        spoken=words.lift_spoken(copied),
    )
