"""`layerlab check`: what a learner may do to their copy, and what no cell can do to the verdict."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from layerlab.teach.check import Report, check_file
from layerlab.teach.notebook import write
from layerlab.teach.release import release
from tests.teach import notebooks as nb

Check = Callable[..., Report]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Check one answer, or a whole notebook, with a short time-out."""
    home = nb.home(tmp_path / "lessons")
    (copy_path,) = release("00", home=home)

    def run(answer: str | None = None, *, change: Callable[[Any], None] = lambda book: None) -> Report:
        book = nb.read(copy_path)
        if answer is not None:
            next(cell for cell in book.cells if cell.id == "ex1").source = answer
        change(book)
        write(tmp_path / "mine.ipynb", book)
        return check_file("00", tmp_path / "mine.ipynb", home=home, timeout=6)

    return run


def test_right(check: Check) -> None:
    report = check(nb.RIGHT)
    assert report.exit_code == 0, report.text
    assert "ex1: right." in report.text
    assert report.text.endswith("1 of 1 right.")
