"""The picture of a stack as a standalone SVG: what a stored notebook, a code host or a printed page shows."""

from __future__ import annotations

from html import escape
from itertools import groupby

from layerlab.view.ink import HUES, MONO, SANS, box, fit, hatch, line, squeeze, style, words, wrap
from layerlab.view.picture import Cell, Chip, Lid, Picture, Row

WIDTH, MARGIN = 1200, 20
SPINE, NAME, VERDICT, GAP = 28, 190, 140, 8
ROW, BETWEEN, CHIP, LID = 58, 6, 36, 22


def svg(picture: Picture) -> str:
    """`picture` standing still, with title and description for those who cannot see it."""
    return _Drawing(picture).drawn()


class _Drawing:
    """Where everything lies: columns from the left, rows from the top, all in px."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.wide = picture.search is not None
        left = MARGIN + SPINE + GAP + NAME + GAP
        right = WIDTH - MARGIN - (VERDICT + GAP if self.wide else 0)
        self.step = (right - left + GAP) / max(1, len(picture.columns))
        self.left = left
        self.tops: list[float] = []
        y = self.head = 100.0 + 15 * (self.wide or any(c.more for c in picture.columns))
        for row in picture.rows:
            self.tops.append(y)
            y += self.height(row) + BETWEEN * (2 if row.key in ("merged", "container") else 1)
        self.bottom = y

    def height(self, row: Row) -> float:
        """A row's height: higher where a lid lies below chips."""
        if row.key.startswith("fold"):
            return 30
        return ROW + (LID if any(self.under(row, lid) for lid in row.lids) else 0)

    def under(self, row: Row, lid: Lid) -> bool:
        """Whether a lid shares its columns with chips of the same layer."""
        return any(row.cells[at].chip for at in range(lid.first, lid.last + 1))

    def x(self, column: int) -> float:
        """The left edge of a column."""
        return self.left + column * self.step

    def drawn(self) -> str:
        picture = self.picture
        height = self.bottom + (46 if len(picture.steps) > 1 else 0) + MARGIN
        spines = dict.fromkeys((row.hue, row.hatch) for row in picture.rows if row.hatch)
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="ll-svg" viewBox="0 0 {WIDTH} {height:.0f}" '
            f'width="{WIDTH}" height="{height:.0f}" role="img" aria-label="{escape(picture.headline)}">',
            f"<title>{escape(picture.headline)}</title><style>{style()}</style>",
            f"<defs>{''.join(hatch(hue, number) for hue, number in spines)}</defs>",
            box(0, 0, WIDTH, height, 'class="bg"'),
            words(MARGIN, 40, picture.headline, "h"),
            words(MARGIN, 62, picture.lede, "q"),
            *self.heads(),
            *(part for at in range(len(picture.rows)) for part in self.row(at)),
            *self.probe(),
            *self.lift(),
            *self.command(height),
        ]
        return "".join(parts) + "</svg>\n"

    def heads(self) -> list[str]:
        """Folders over their columns."""
        made, y = [], self.head - 10
        places = enumerate(self.picture.columns)
        for folder, group in groupby(places, key=lambda pair: pair[1].folder):
            members = list(group)
            start, end = self.x(members[0][0]), self.x(members[-1][0] + 1) - GAP
            made.append(words(start, y - 5, fit(folder, end - start, MONO), "q m"))
            made.append(line(start, y, end, y, 'class="l" stroke-width="2"'))
            if members[0][1].more:
                made.append(words(start, y - 20, f"+ {members[0][1].more:,} more", "q"))
        if self.picture.search:
            x = WIDTH - MARGIN - VERDICT
            title = wrap(self.picture.search.title, VERDICT, SANS, 2)
            made += [words(x, y - 5 - 15 * (len(title) - n), part, "b") for n, part in enumerate(title)]
            made.append(squeeze(x, y - 5, self.picture.search.path, VERDICT, MONO, "b m"))
        return made

    def row(self, at: int) -> list[str]:
        """One row: ground, spine, name, shade, chips, lids, verdict."""
        row, y, height = self.picture.rows[at], self.tops[at], self.height(self.picture.rows[at])
        made = [*self.ground(row, y, height), *self.name(row, y, height)]
        lidded = {at for lid in row.lids if not self.under(row, lid) for at in range(lid.first, lid.last + 1)}
        for column, cell in enumerate(row.cells):
            if cell.shade and column not in lidded:
                made.append(
                    box(self.x(column) - GAP / 2, y - BETWEEN, self.step, height + BETWEEN, 'class="sh"')
                )
        for lid in row.lids:
            made += self.lid(row, lid, y)
        probed = self.picture.search.column if self.asked(at) and self.picture.search else -1
        for column, cell in enumerate(row.cells):
            made += self.cell(cell, column, y, column == probed)
        if row.verdict:
            look = (
                "b"
                if row.asked in ("found", "stopped")
                else ("" if row.asked or row.key == "merged" else "q")
            )
            for n, text in enumerate(wrap(row.verdict, VERDICT - 8, SANS, 2)):
                made.append(words(WIDTH - MARGIN - VERDICT, y + height / 2 + 4 + 15 * n, text, look))
        return made

    def asked(self, at: int) -> bool:
        search = self.picture.search
        return search is not None and (at == 0 or at in search.rows)

    def ground(self, row: Row, y: float, height: float) -> list[str]:
        """Tint and spine, glass for the merged view, blank paper for the container layer."""
        full = WIDTH - 2 * MARGIN
        if row.key == "merged":
            edges = [
                line(MARGIN, e, WIDTH - MARGIN, e, 'class="f" stroke-width="2"') for e in (y, y + height)
            ]
            return [box(MARGIN, y, full, height, 'class="bg2"'), *edges]
        if row.key == "container":
            dashes = 'class="f" stroke-width="2" stroke-dasharray="6 4" rx="3"'
            return [box(MARGIN + 1, y + 1, full - 2, height - 2, dashes)]
        if row.key.startswith("fold"):
            return [box(MARGIN, y, full, height, 'class="l" stroke-dasharray="3 3"')]
        made = [box(MARGIN, y, full, height, f'rx="3" fill="var(--t{row.hue})"')]
        made.append(box(MARGIN, y, SPINE, height, f'fill="{HUES[row.hue][0]}"'))
        if row.hatch > 1:
            made.append(box(MARGIN, y, SPINE, height, f'fill="url(#ll-p{row.hue}-{row.hatch})"'))
        made.append(box(MARGIN, y, SPINE, height, f'fill="none" stroke="var(--i{row.hue})"'))
        made.append(box(MARGIN, y, SPINE, 19, f'fill="{HUES[row.hue][0]}" stroke="var(--i{row.hue})"'))
        made.append(words(MARGIN + SPINE / 2, y + 14, row.plate, "b c", f' style="fill:{HUES[row.hue][1]}"'))
        return made

    def name(self, row: Row, y: float, height: float) -> list[str]:
        """Instruction and note; strong for the merged view and the container layer."""
        x = MARGIN + SPINE + GAP
        strong = row.key in ("merged", "container")
        if strong or row.key.startswith("fold"):
            lines = [(row.name, "b" if strong else "q"), (row.note, "q")]
        else:
            lines = [(part, "m") for part in wrap(row.name, NAME, MONO, 2)]
            lines.append((fit(row.note, NAME, SANS), "q"))
        shown = [pair for pair in lines if pair[0]]
        top = y + height / 2 - 15 * len(shown) / 2 + 12
        return [words(x, top + 15 * at, text, look) for at, (text, look) in enumerate(shown)]

    def cell(self, cell: Cell, column: int, y: float, probed: bool) -> list[str]:
        """A chip in its column; it leaves the gutter to the probe."""
        if cell.chip is None:
            return []
        inset = 14 if probed else 0
        return self.chip(cell.chip, self.x(column) + inset, y + (ROW - CHIP) / 2, self.step - GAP - inset)

    def chip(self, chip: Chip, x: float, y: float, width: float) -> list[str]:
        """Number plate, name, note."""
        ink = f"var(--i{chip.hue})" if chip.hue else "var(--fg)"
        if chip.look == "gone":
            made = [box(x, y, width, CHIP, 'rx="3" class="l" stroke-dasharray="4 3"')]
            return [*made, *self.lines(chip, x + 5, y, width - 8, "q m x", "q")]
        hidden = chip.look == "hidden"
        white = chip.kind == "whiteout" and not hidden
        dashes = ' stroke-dasharray="4 3"' if chip.look in ("hidden", "new") else ""
        fill = "none" if hidden else "var(--bg)"
        edge = 'stroke="var(--fg)" stroke-width="2"' if white else f'stroke="{ink}"'
        made = [box(x, y, width, CHIP, f'rx="3" fill="{fill}" {edge}{dashes}')]
        plate, on = (
            ("var(--fg)", "var(--bg)")
            if white
            else (HUES[chip.hue][:2] if chip.hue else ("none", "var(--fg)"))
        )
        if hidden:
            plate, on = "none", ink
        made.append(box(x, y, 16, CHIP, f'rx="3" fill="{plate}" stroke="{ink}"{dashes}'))
        sign = "✕" if white else chip.plate or "✎"
        made.append(words(x + 8, y + 22, sign, "b c", f' style="fill:{on}"'))
        names = "q m" if hidden else "m x" if white else "m"
        return [*made, *self.lines(chip, x + 21, y, width - 23, names, "q")]

    def lines(self, chip: Chip, x: float, y: float, width: float, name: str, note: str) -> list[str]:
        """The two lines of a chip."""
        return [
            squeeze(x, y + 15, chip.name, width, MONO, name),
            squeeze(x, y + 30, chip.note, width, SANS, note),
        ]

    def lid(self, row: Row, lid: Lid, y: float) -> list[str]:
        """An opaque directory over its columns; a strip where chips of its own layer lie on it."""
        x, width = self.x(lid.first), self.x(lid.last + 1) - GAP - self.x(lid.first)
        under = self.under(row, lid)
        top, height = (y + ROW - 5, LID) if under else (y + (ROW - 40) / 2, 40)
        ink = f"var(--i{row.hue})" if row.hue else "var(--fg)"
        made = [box(x, top, width, height, f'fill="var(--bg)" stroke="{ink}"')]
        bottom = top + height - 2
        made.append(line(x, bottom, x + width, bottom, f'stroke="{ink}" stroke-width="4"'))
        search = self.picture.search
        if search and lid.first == search.column:
            x, width = x + 8, width - 8
        elif search and lid.first < search.column <= lid.last:
            width = self.x(search.column) - x
        struck = " x" if lid.kind == "whiteout" else ""
        made.append(squeeze(x + 8, top + 15, lid.title, width - 12, MONO, f"b m{struck}"))
        if not under:
            made.append(squeeze(x + 8, top + 30, lid.note, width - 12, SANS, "q"))
        return made

    def probe(self) -> list[str]:
        """The look-up, straight down: rings for no, a full dot where it ends."""
        search = self.picture.search
        if search is None or not search.rows:
            return []
        x = self.x(search.column) + 5
        centres = [self.tops[at] + self.height(self.picture.rows[at]) / 2 for at in (0, *search.rows)]
        made = [line(x, centres[0], x, centres[-1], 'class="p"')]
        for at, y in zip((0, *search.rows), centres, strict=True):
            row = self.picture.rows[at]
            fill = "var(--act)" if at == 0 or row.asked == "found" else "var(--bg)"
            made.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="p" style="fill:{fill}"/>')
            if row.asked == "stopped":
                made.append(f'<path class="p" d="M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"/>')
        return made

    def lift(self) -> list[str]:
        """The copy-up, from chip to chip."""
        lift = self.picture.lift
        if lift is None:
            return []
        x = self.x(lift.column) + (self.step - GAP) / 2 + 7
        top, bottom = self.tops[lift.target] + (ROW + CHIP) / 2, self.tops[lift.source] + (ROW - CHIP) / 2
        made = [line(x, bottom, x, top + 8, 'class="p" style="stroke-width:4"')]
        made.append(f'<path d="M{x - 8:.1f} {top + 11:.1f}h16l-8 -11z" style="fill:var(--act)"/>')
        width = len(lift.label) * 7.4 + 12
        middle = (top + bottom) / 2
        made.append(box(x - width / 2, middle - 9, width, 18, 'rx="3" style="fill:var(--act)"'))
        made.append(words(x, middle + 4, lift.label, "b c", ' style="fill:var(--on-act)"'))
        return made

    def command(self, height: float) -> list[str]:
        """The step that is shown."""
        picture = self.picture
        if len(picture.steps) < 2:
            return []
        place = f"Step {picture.at + 1} of {len(picture.steps)}"
        y = height - MARGIN - 14
        shown = fit(picture.steps[picture.at], WIDTH - 2 * MARGIN - 110, MONO)
        return [
            words(MARGIN, y, place, "q"),
            words(MARGIN + 100, y, shown, "b m"),
        ]
