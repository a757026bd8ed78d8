"""The progress file: small, whole, inside the lessons, and never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerlab.teach.level import Status, Verdict
from layerlab.teach.progress import Progress, lessons_of

RIGHT, BLANK = Verdict("ex1", Status.RIGHT), Verdict("ex1", Status.BLANK)


def test_what_was_right_once_stays_right(tmp_path: Path) -> None:
    progress = Progress(tmp_path)
    assert progress.read() == {}
    progress.note("06", [RIGHT, Verdict("ex2", Status.NOT_YET)])
    progress.note("06", [BLANK])
    assert progress.read() == {"06": {"ex1": "right", "ex2": "not yet"}}
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["progress.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", "[" * 100_000, '{"06": 3}'])
def test_a_damaged_file_is_as_none(tmp_path: Path, content: str) -> None:
    progress = Progress(tmp_path)
    progress.note("06", [RIGHT])
    progress.file.write_text(content)
    assert progress.read() == {}
    progress.note("06", [RIGHT])
    assert progress.read() == {"06": {"ex1": "right"}}


def test_the_lessons_are_found_from_a_notebook_in_them(tmp_path: Path) -> None:
    Progress(tmp_path).note("06", [])
    assert lessons_of(tmp_path / "exercises" / "06.ipynb") == tmp_path
