"""The learner's copy of an exercise notebook: the author's solutions taken out, all else as it was.

The author writes `### BEGIN SOLUTION` and `### END SOLUTION` around what the learner shall find (nbgrader's
marks); `layerlab release` leaves a line of invitation in its place. Equal sources give equal bytes.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

from layerlab.lessons import notebooks
from layerlab.teach.notebook import BadNotebook, is_answer, is_check, lesson_file, read, write

BEGIN = re.compile(r"^(?P<indent>\s*)### BEGIN SOLUTION\s*$")
END = re.compile(r"^\s*### END SOLUTION\s*$")
INVITATION = "# Your answer goes here."


def release(number: str | None = None, *, home: Path | None = None) -> list[Path]:
    """Make `exercises/NN_name.ipynb` of one lesson, or of all, from `solutions/`; the files written."""
    home = home or notebooks()
    sources = [lesson_file(number, home=home)] if number else sorted((home / "solutions").glob("*.ipynb"))
    made = []
    for source in sources:
        target = home / "exercises" / source.name
        try:
            write(target, released(read(source)))
        except BadNotebook as problem:
            raise BadNotebook(f"{source.name}: {problem}") from None
        made.append(target)
    return made


def released(solution: Any) -> Any:
    """The learner's notebook from the author's: same cells and ids, blanks for solutions."""
    notebook = copy.deepcopy(solution)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if is_answer(cell):
            cell.source = blank(cell.source)
        elif BEGIN.search(cell.source) or "### BEGIN SOLUTION" in cell.source:
            raise BadNotebook(f"cell {cell.id} has a solution but is not marked as one (nbgrader: solution)")
        if is_answer(cell) or is_check(cell):
            cell.outputs, cell.execution_count = [], None
    return notebook


def blank(source: str) -> str:
    """`source` with an invitation in place of each solution. BadNotebook if a mark lacks its partner."""
    lines: list[str] = []
    inside = False
    found = 0
    for number, line in enumerate(source.split("\n"), 1):
        begin = BEGIN.match(line)
        if begin and not inside:
            inside, found = True, found + 1
            lines.append(_invitation(begin["indent"]))
        elif END.match(line) and inside:
            inside = False
        elif begin or END.match(line):
            raise BadNotebook(f"line {number}: {line.strip()} without its partner")
        elif not inside:
            lines.append(line)
    if inside or not found:
        raise BadNotebook(
            "### BEGIN SOLUTION without ### END SOLUTION" if inside else "no ### BEGIN SOLUTION in it"
        )
    return "\n".join(lines)


def _invitation(indent: str) -> str:
    """A line that runs as it stands: a comment, inside a block with the three dots that mean "later"."""
    return f"{indent}...  {INVITATION}" if indent else INVITATION
