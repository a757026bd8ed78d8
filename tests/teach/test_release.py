"""`layerlab release`: the learner's copy is the author's without the solutions, the same bytes each time."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from layerlab.teach.notebook import BadNotebook, dumps, write
from layerlab.teach.release import blank, release, released
from tests.teach import notebooks as nb


def test_solutions_are_out_and_all_else_is_there(tmp_path: Path) -> None:
    home = nb.home(tmp_path)
    (made,) = release("00", home=home)
    text = made.read_text()
    assert "SOLUTION" not in text
    assert nb.RIGHT not in text
    assert "right." not in text
    book, author = nb.read(made), nb.solution()
    assert [cell.id for cell in book.cells] == [cell.id for cell in author.cells]
    assert [cell.metadata for cell in book.cells] == [cell.metadata for cell in author.cells]
    assert book.cells[2].source == f"{nb.BLANK}\n# Your answer goes here."
    assert book.cells[4].outputs == author.cells[4].outputs


def test_equal_sources_give_equal_bytes(tmp_path: Path) -> None:
    home = nb.home(tmp_path)
    (made,) = release(home=home)
    before = made.read_bytes()
    release(home=home)
    assert made.read_bytes() == before
    assert dumps(released(nb.solution())).encode() == before


def test_the_author_s_notebook_is_left_alone() -> None:
    author = nb.solution()
    before = copy.deepcopy(author)
    released(author)
    assert author == before


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("a\n### BEGIN SOLUTION\nb\n### END SOLUTION\nc", "a\n# Your answer goes here.\nc"),
        (
            "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION",
            "def f():\n    ...  # Your answer goes here.",
        ),
        (
            "### BEGIN SOLUTION\n### END SOLUTION\n" * 2,
            "# Your answer goes here.\n# Your answer goes here.\n",
        ),
    ],
)
def test_blank(source: str, left: str) -> None:
    assert blank(source) == left
    compile(left, "blank", "exec")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("### BEGIN SOLUTION\na", "without ### END"),
        ("a\n### END SOLUTION", "line 2: ### END SOLUTION without its partner"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", "line 2"),
        ("a", "no ### BEGIN SOLUTION"),
    ],
)
def test_marks_without_partner(source: str, words: str) -> None:
    with pytest.raises(BadNotebook, match=words):
        blank(source)


def test_a_solution_in_an_unmarked_cell_is_refused(tmp_path: Path) -> None:
    book = nb.solution()
    book.cells[4].source = nb.SOLVED
    write(tmp_path / "solutions" / "00_welcome.ipynb", book)
    with pytest.raises(BadNotebook, match=r"00_welcome\.ipynb: cell last has a solution"):
        release(home=tmp_path)
