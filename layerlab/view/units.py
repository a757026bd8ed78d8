"""Numbers as learners read them: a space before the unit, one decimal, powers of 1000 as Docker prints them."""

from __future__ import annotations

STEPS = ("B", "KB", "MB", "GB", "TB", "PB", "EB")


def size(count: int) -> str:
    """`count` bytes in at most six characters and a unit: `812 B`, `6.2 KB`, `74.8 MB`.

    >>> [size(n) for n in (0, 999, 1000, 6_230, 999_949, 999_950)]
    ['0 B', '999 B', '1.0 KB', '6.2 KB', '999.9 KB', '1.0 MB']
    """
    if abs(count) < 1000:
        return f"{count} B"
    value, unit = float(count), 0
    while abs(round(value, 1)) >= 1000 and unit < len(STEPS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:,.1f} {STEPS[unit]}"


def number(count: int) -> str:
    """Thousands apart: `3,291`."""
    return f"{count:,}"


def many(count: int, one: str, more: str = "") -> str:
    """`1 file`, `2 files`, `3,291 files`; `more` is the plural if an s is not enough.

    >>> many(1, "file"), many(2, "entry", "entries")
    ('1 file', '2 entries')
    """
    return f"{number(count)} {one if count == 1 else more or one + 's'}"


def octal(mode: int) -> str:
    """Permission bits as `chmod` takes them: `644`, `1777`."""
    return f"{mode & 0o7777:03o}"
