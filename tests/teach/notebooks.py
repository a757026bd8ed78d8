"""Small notebooks for the tests of the exercise pipeline, made cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from layerlab.teach.notebook import write

SETUP = "from layerlab.teach.exercises import exercises\n\ncheck = exercises('00')"
BLANK = "ex1 = {'/etc/motd': ..., '/bin/sh': ..., '/etc/nginx.conf': ..., '/etc/issue': ...}"
RIGHT = "ex1 = {'/etc/motd': 'site', '/bin/sh': 'base', '/etc/nginx.conf': 'tools', '/etc/issue': 'nobody'}"
SOLVED = f"{BLANK}\n### BEGIN SOLUTION\n{RIGHT}\n### END SOLUTION"
VERDICT = "ex1: right.\n  The first layer that has the name answers, seen from the top."


def marks(name: str, *, grade: bool = False, solution: bool = False, locked: bool = True) -> dict[str, Any]:
    """nbgrader's metadata, schema 3."""
    found = {"grade": grade, "grade_id": name, "locked": locked, "schema_version": 3}
    found |= {"solution": solution, "task": False}
    return {"nbgrader": found | ({"points": 1} if grade else {})}


def code(cell_id: str, source: str, metadata: dict[str, Any], text: str = "", count: int = 1) -> Any:
    """A code cell that was run and showed `text`."""
    data = {"text/plain": text}
    outputs = [new_output("execute_result", data=data, execution_count=count)] if text else []
    cell = new_code_cell(source, metadata=metadata, execution_count=count, outputs=outputs)
    cell.id = cell_id
    return cell


def solution() -> Any:
    """An author's notebook with one exercise."""
    title = new_markdown_cell("# Exercises")
    title.id = "title"
    cells = [
        title,
        code("setup", SETUP, marks("setup"), count=1),
        code("ex1", SOLVED, marks("ex1", solution=True, locked=False), count=2),
        code("ex1-check", "check('ex1')", marks("ex1-check", grade=True), VERDICT, count=3),
        code("last", "print('the end')", {}, count=4),
    ]
    cells[-1].outputs = [new_output("stream", name="stdout", text="the end\n")]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "layerlab": {"lesson": "00_welcome"}})


def home(path: Path) -> Path:
    """A lessons directory with that one solution."""
    write(path / "solutions" / "00_welcome.ipynb", solution())
    return path


def read(path: Path) -> Any:
    """A notebook as it is on disk."""
    return nbformat.read(path, as_version=4)
