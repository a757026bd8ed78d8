"""Colours, hatches and type of a standalone SVG: the same tokens as the widget's, light and dark."""

from __future__ import annotations

from html import escape

from layerlab.view.plain import printable

HUES = {
    # hue: (fill, text and hatch on it, light ink, light tint, dark ink, dark tint)
    1: ("#0072b2", "#fff", "#00507d", "#deedf5", "#5cb0e0", "#0e2431"),
    2: ("#009e73", "#111", "#00664b", "#def2ed", "#3fc79f", "#0e2d25"),
    3: ("#cc79a7", "#111", "#8f3f6c", "#f8eef4", "#e6a3c8", "#36262f"),
    4: ("#f0e442", "#111", "#6c6400", "#fdfbe6", "#f0e442", "#3e3b1b"),
    5: ("#56b4e9", "#111", "#1a628e", "#e9f5fc", "#8fd0f5", "#1f323c"),
    6: ("#e69f00", "#111", "#805800", "#fcf3de", "#f2b840", "#3c2d0e"),
}
LIGHT = {
    "bg": "#fff", "bg2": "#f4f5f7", "fg": "#1b1d1f", "fg2": "#565b61", "edge": "#767c83",
    "act": "#a84300", "on-act": "#fff", "shade": "rgb(0 0 0 / .07)",
}  # fmt: skip
DARK = {
    "bg": "#111", "bg2": "#1d1f22", "fg": "#eceef0", "fg2": "#b3b9c0", "edge": "#8a9199",
    "act": "#ff9d5c", "on-act": "#111", "shade": "rgb(0 0 0 / .42)",
}  # fmt: skip

HATCHES = {
    2: ("6", '<path d="M-1 -1L7 7M-1 5L1 7M5 -1L7 1"/>'),
    3: ("6", '<circle cx="3" cy="3" r="1" class="dot"/>'),
    4: ("5", '<path d="M0 4.5H5"/>'),
    5: ("6", '<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5"/>'),
    6: ("5", '<path d="M4.5 0V5"/>'),
    7: ("7", '<path d="M-1 8L8 -1M-1 -1L8 8"/>'),
}
"""Hatch: size of the tile, and what is drawn in it. Hatch 1 is none."""

MONO, SANS = 7.3, 6.7
"""Widths of a character at 12 px, in px, on the wide side: fonts differ from machine to machine."""


def style() -> str:
    """The style sheet; every rule is kept inside the drawing, which may stand in a page with others."""

    def paint(colours: dict[str, str], ink: int) -> str:
        names = "".join(f"--{name}:{colour};" for name, colour in colours.items())
        hues = "".join(f"--i{hue}:{parts[ink]};--t{hue}:{parts[ink + 1]};" for hue, parts in HUES.items())
        return f".ll-svg{{{names}{hues}}}"

    return (
        f"{paint(LIGHT, 2)}@media (prefers-color-scheme:dark){{{paint(DARK, 4)}}}"
        ".ll-svg{font:12px system-ui,'Segoe UI','Helvetica Neue',Arial,sans-serif}"
        ".ll-svg text{fill:var(--fg)}"
        ".ll-svg .m{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}"
        ".ll-svg .q{fill:var(--fg2)}.ll-svg .b{font-weight:700}.ll-svg .x{text-decoration:line-through}"
        ".ll-svg .a{fill:var(--act)}.ll-svg .c{text-anchor:middle}.ll-svg .h{font-size:22px;font-weight:600}"
        ".ll-svg .bg{fill:var(--bg)}.ll-svg .bg2{fill:var(--bg2)}.ll-svg .sh{fill:var(--shade)}"
        ".ll-svg .l{fill:none;stroke:var(--edge)}.ll-svg .f{fill:none;stroke:var(--fg)}"
        ".ll-svg .p{fill:none;stroke:var(--act);stroke-width:2}"
    )


def hatch(hue: int, number: int) -> str:
    """The pattern of a spine."""
    if number not in HATCHES:
        return ""
    side, drawn = HATCHES[number]
    on = HUES[hue][1]
    drawn = drawn.replace("<path", f'<path stroke="{on}" fill="none"').replace('class="dot"', f'fill="{on}"')
    where = f'id="ll-p{hue}-{number}" width="{side}" height="{side}" patternUnits="userSpaceOnUse"'
    return f"<pattern {where}>{drawn}</pattern>"


def words(x: float, y: float, text: str, look: str = "", attributes: str = "") -> str:
    """A line of text; `look` names its classes, a letter each."""
    return f'<text x="{num(x)}" y="{num(y)}" class="{look}"{attributes}>{escape(printable(text))}</text>'


def box(x: float, y: float, width: float, height: float, attributes: str) -> str:
    """A rectangle."""
    return f'<rect x="{num(x)}" y="{num(y)}" width="{num(width)}" height="{num(height)}" {attributes}/>'


def line(x: float, y: float, to_x: float, to_y: float, attributes: str) -> str:
    """A straight line."""
    return f'<path d="M{num(x)} {num(y)}L{num(to_x)} {num(to_y)}" {attributes}/>'


def num(value: float) -> str:
    """A coordinate, with one decimal where it needs one."""
    return f"{value:.1f}".removesuffix(".0")


def squeeze(x: float, y: float, text: str, width: float, character: float, look: str) -> str:
    """A line of text in `width` px: a little too long is set narrower, much too long is cut."""
    if len(text) * character <= width:
        return words(x, y, text, look)
    if len(text) * character <= width * 1.5:
        return words(x, y, text, look, f' textLength="{num(width)}" lengthAdjust="spacingAndGlyphs"')
    return words(x, y, fit(text, width, character), look)


def fit(text: str, width: float, character: float) -> str:
    """`text` cut with an ellipsis to `width` px."""
    room = max(1, int(width / character))
    return text if len(text) <= room else text[: room - 1] + "…"


def wrap(text: str, width: float, character: float, lines: int) -> list[str]:
    """`text` in at most `lines` lines of `width` px, the last one cut if need be."""
    room, made = max(4, int(width / character)), [""]
    for word in text.split(" "):
        if made[-1] and len(made[-1]) + 1 + len(word) > room and len(made) < lines:
            made.append(word)
        else:
            made[-1] = f"{made[-1]} {word}".strip()
    return [fit(one, width, character) for one in made]
