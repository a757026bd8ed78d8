"""The notebooks are tests: run again, each compared output is the stored one, with and without real mounts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from layerlab.teach.guard import complaints
from layerlab.teach.release import release

HOME = Path(__file__).parents[2] / "notebooks"
BOOKS = sorted(p for folder in (".", "solutions", "demos") for p in (HOME / folder).glob("*.ipynb"))


def nbval(*books: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run notebooks under nbval in a pytest of their own."""
    words = [
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "--nbval-cell-timeout",
        "120",
        "-p",
        "no:cacheprovider",
    ]
    return subprocess.run(
        [sys.executable, *words, *map(str, books)],
        capture_output=True,
        text=True,
        cwd=HOME.parent,
        env={**os.environ, **environment},
        timeout=400,
    )


def test_there_are_lessons_solutions_and_a_demo() -> None:
    assert {book.parent.name for book in BOOKS} == {"notebooks", "solutions", "demos"}


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: f"{book.parent.name}/{book.stem}")
def test_no_stored_run_is_empty(book: Path) -> None:
    assert complaints(nbformat.read(book, as_version=4)) == []


@pytest.mark.parametrize("environment", [{}, {"LAYERLAB_NO_MOUNT": "1"}], ids=["mounts", "recordings"])
def test_run_again_they_say_the_same(environment: dict[str, str]) -> None:
    done = nbval(*BOOKS, **environment)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize("folder", ["solutions"])
def test_a_changed_output_is_noticed(folder: str, tmp_path: Path) -> None:
    book = json.loads((HOME / folder / "06_union_filesystems.ipynb").read_text())
    changed = 0
    for cell in book["cells"]:
        tags = cell["metadata"].get("tags", [])
        for output in cell.get("outputs", []) if "nbval-ignore-output" not in tags else []:
            if "text/plain" in output.get("data", {}):
                output["data"]["text/plain"] = ["something else"]
                changed += 1
    assert changed
    (tmp_path / "changed.ipynb").write_text(json.dumps(book))
    done = nbval(tmp_path / "changed.ipynb")
    assert done.returncode == 1, done.stdout[-2000:]


def test_the_exercises_are_what_release_makes(tmp_path: Path) -> None:
    (tmp_path / "solutions").mkdir()
    for book in (HOME / "solutions").glob("*.ipynb"):
        (tmp_path / "solutions" / book.name).write_bytes(book.read_bytes())
    made = release(home=tmp_path)
    assert len(made) == len(list((HOME / "exercises").glob("*.ipynb"))) > 0
    for copy in made:
        assert copy.read_bytes() == (HOME / "exercises" / copy.name).read_bytes(), "run `layerlab release`"
