"""The guard: a notebook whose run would prove nothing does not pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from layerlab.teach.guard import complaints
from tests.teach import notebooks as nb


def test_a_run_notebook_passes() -> None:
    assert complaints(nb.solution()) == []


def _strip(book: Any) -> None:
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def _outputs_only(book: Any) -> None:
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs = []


def _ignore_all(book: Any) -> None:
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.metadata["tags"] = ["nbval-ignore-output"]


def _skip(book: Any) -> None:
    book.cells[3].metadata["tags"] = ["nbval-skip"]


def _comment(book: Any) -> None:
    book.cells[3].source += "\n# NBVAL_IGNORE_OUTPUT"


def _error(book: Any) -> None:
    book.cells[3].outputs = [nb.new_output("error", ename="OSError", evalue="", traceback=[])]


def _address(book: Any) -> None:
    book.cells[3].outputs[0].data["text/plain"] = "<object at 0x7f0011223344>"


def _kernel(book: Any) -> None:
    del book.metadata["kernelspec"]


def _same_id(book: Any) -> None:
    book.cells[3].id = "ex1"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_strip, "was not run"),
        (_outputs_only, "has no output"),
        (_ignore_all, "no cell has an output that is compared"),
        (_skip, "switches the comparison off"),
        (_comment, "switches the comparison off"),
        (_error, "ended with an error"),
        (_address, "memory address"),
        (_kernel, "not 'python3'"),
        (_same_id, "its id is missing or not its own"),
    ],
)
def test_a_spoilt_notebook_does_not(spoil: Callable[[Any], None], words: str) -> None:
    book = nb.solution()
    spoil(book)
    assert words in "\n".join(complaints(book))
