"""The notebook that is really checked: the author's, with only the learner's answers put in by grade_id.

So whatever else the learner changed in their copy, checks and outputs among it, plays no part.
"""

from __future__ import annotations

import ast
import copy
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from layerlab.teach.notebook import IGNORE, BadNotebook, answers, grade, is_answer
from layerlab.teach.release import blank


@dataclass(frozen=True, slots=True)
class Learner:
    """What a learner's notebook holds: the sources of the answers by exercise, and complaints by exercise."""

    sources: Mapping[str, str]
    complaints: Mapping[str, str]
    notes: tuple[str, ...] = ()


def collect(notebook: Any, solution: Any) -> Learner:
    """The answers to the exercises of `solution`. BadNotebook if it is another lesson's notebook."""
    wanted = answers(solution)
    sources: dict[str, str] = {}
    complaints: dict[str, str] = {}
    notes = []
    seen: dict[str, list[Any]] = {}
    for cell in notebook.cells:
        if is_answer(cell):
            seen.setdefault(str(grade(cell).get("grade_id")), []).append(cell)
    _same_lesson(notebook, solution, set(seen) & set(wanted))
    for name in wanted:
        cells = seen.pop(name, [])
        complaint = _complaint(name, cells)
        if complaint:
            complaints[name] = complaint
        else:
            sources[name] = cells[0].source
    for name in seen:
        notes.append(f"An answer cell is named {name!r}; this lesson has no such exercise. It was not read.")
    return Learner(sources, complaints, tuple(notes))


def _same_lesson(notebook: Any, solution: Any, common: set[str]) -> None:
    """BadNotebook if `notebook` says that it is another lesson's, or shares no exercise with this one."""
    own = solution.metadata.get("layerlab", {}).get("lesson", "this lesson")
    other = notebook.metadata.get("layerlab", {})
    named = other.get("lesson") if isinstance(other, dict) else None
    if named is not None and named != own:
        raise BadNotebook(f"this is the notebook of {named}, not of {own}")
    if named is None and not common:
        raise BadNotebook(f"has no answer cell of {own}; is it the right file?")


def _complaint(name: str, cells: list[Any]) -> str:
    """Why the answer to `name` cannot be taken from these cells; empty if it can."""
    back = "Take the cell from a fresh copy: layerlab release makes one."
    if not cells:
        return f"The answer cell of {name} is gone, or its grade_id was changed. {back}"
    if len(cells) > 1:
        return f"There are {len(cells)} answer cells for {name}. Keep one and delete the others."
    if cells[0].cell_type != "code":
        return f"The answer cell of {name} is a {cells[0].cell_type} cell now. Make it a code cell: key Y."
    return ""


def merged(solution: Any, sources: Mapping[str, str]) -> Any:
    """A copy of `solution` with these answers in it, and the first blank where there is none."""
    notebook = copy.deepcopy(solution)
    for cell in notebook.cells:
        if cell.cell_type == "code" and is_answer(cell):
            name = str(grade(cell).get("grade_id"))
            cell.source = sources.get(name, blank(cell.source))
            cell.metadata["tags"] = [IGNORE]
    return notebook


def is_blank(source: str, solution_source: str) -> bool:
    """Whether nothing was written yet: the source is as released but for comments and spaces."""
    return _bones(source) == _bones(blank(solution_source))


def _bones(source: str) -> str:
    """`source` without comments and layout; unreadable source stays as it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source.strip()


def syntax_error(source: str) -> str:
    """What is wrong with a cell's grammar: line and reason, or nothing. Knows IPython's % and ! lines."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            python = TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call]
            compile(python, "answer", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as problem:
        line = (problem.text or "").strip()
        return f"Line {problem.lineno}: {problem.msg}" + (f": {line}" if line else "")
    except (ValueError, RecursionError, MemoryError) as problem:
        return f"Python cannot read it: {problem or type(problem).__name__}"
    return ""
