"""What a stored notebook must have so that running it against its outputs proves something.

nbval compares what was stored with what comes out now. A notebook whose outputs were stripped passes it
without comparing anything; so here is what must be there, each complaint with its cell.
"""

from __future__ import annotations

import ast
import re
from typing import Any

from layerlab.teach.notebook import IGNORE

SKIPPED = {"nbval-skip", "nbval-raises-exception", "raises-exception"}
"""Tags that switch nbval's comparison off for a cell; a lesson has no cause to use them."""

COMMENT = re.compile(r"^\s*#\s*(NBVAL_|PYTEST_VALIDATE)", re.MULTILINE)
COMPARED = ("text/plain", "text/html", "image/svg+xml", "text/markdown")
"""Kinds of output that nbval compares."""

ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")


def complaints(notebook: Any) -> list[str]:
    """Why running `notebook` would prove less than it should; empty if nothing is missing."""
    found = [_kernel(notebook)]
    compared = 0
    seen: set[str] = set()
    for number, cell in enumerate(notebook.cells):
        place = f"cell {number} ({cell.get('id', 'no id')})"
        if not cell.get("id") or cell.id in seen:
            found.append(f"{place}: its id is missing or not its own")
        seen.add(cell.get("id", ""))
        if cell.cell_type == "code":
            found.extend(f"{place}: {wrong}" for wrong in _cell(cell))
            compared += _is_compared(cell)
    if not compared:
        found.append("no cell has an output that is compared")
    return [complaint for complaint in found if complaint]


def _kernel(notebook: Any) -> str:
    """JupyterLab asks for a kernel, in a dialog, where the notebook names none."""
    name = notebook.metadata.get("kernelspec", {}).get("name")
    return "" if name == "python3" else f"its kernel is {name!r}, not 'python3'"


def _cell(cell: Any) -> list[str]:
    """What is wrong with one code cell."""
    wrong = []
    tags = set(cell.metadata.get("tags", ()))
    if not cell.source.strip():
        wrong.append("is empty")
    if cell.execution_count is None:
        wrong.append("was not run")
    if tags & SKIPPED or COMMENT.search(cell.source):
        wrong.append("switches the comparison off")
    if any(out.output_type == "error" for out in cell.outputs):
        wrong.append("ended with an error")
    if IGNORE not in tags and ADDRESS.search(str(cell.outputs)):
        wrong.append("shows a memory address, which changes with each run")
    if not cell.outputs and IGNORE not in tags and _shows(cell.source):
        wrong.append("should show something, but has no output")
    return wrong


def _shows(source: str) -> bool:
    """Whether the last line of a cell is an expression, whose value a notebook shows."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return False
    return bool(body) and isinstance(body[-1], ast.Expr) and not source.rstrip().endswith(";")


def _is_compared(cell: Any) -> bool:
    """Whether nbval compares an output of this cell that says something."""
    if IGNORE in cell.metadata.get("tags", ()) or cell.execution_count is None:
        return False
    kinds = {kind for out in cell.outputs for kind in out.get("data", {})}
    text = "".join(out.get("text", "") for out in cell.outputs if out.output_type == "stream")
    return bool(kinds.intersection(COMPARED)) or bool(text.strip())
