"""The levels of each lesson, as records; the tests replay every one of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from layerlab.teach.level import Level

MODULES = {"00": "welcome", "06": "union_filesystems"}
"""Which module holds the levels of which lesson."""


def of(number: str) -> Mapping[str, Level]:
    """The levels of a lesson ("06", "6", "06_union_filesystems") by name. LookupError if it has none."""
    key = number[:2] if number[:2].isdigit() else number.zfill(2)
    if key not in MODULES:
        raise LookupError(f"lesson {number!r} has no exercises; those that have: {', '.join(MODULES)}")
    found: tuple[Level, ...] = import_module(f"{__name__}.{MODULES[key]}").LEVELS
    return {level.name: level for level in found}
