"""Notebooks as files: read with a clear complaint, written the same each time, cells by their grade_id."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import nbformat

from layerlab.lessons import notebooks

IGNORE = "nbval-ignore-output"
"""The tag of cells whose output differs between machines."""

EXERCISE = re.compile(r"^(\d\d)_\w+$")
"""How notebooks of lessons are named: `06_union_filesystems`."""


class BadNotebook(Exception):
    """A file that cannot be used as the notebook it should be; the message is for the learner."""


def read(path: Path) -> Any:
    """The notebook in the file at `path`, as nbformat gives it. BadNotebook if it is none."""
    try:
        text = path.read_text("utf-8")
        return _parse(text)
    except OSError as problem:
        raise BadNotebook(f"{path}: cannot be read: {problem.strerror or problem}") from None
    except UnicodeDecodeError as problem:
        raise BadNotebook(f"{path}: is not text, so no notebook: byte {problem.start} is not UTF-8") from None
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        raise BadNotebook(f"{path}: is damaged: {where}: {problem.msg}") from None
    except BadNotebook as problem:
        raise BadNotebook(f"{path}: {problem}") from None


def _parse(text: str) -> Any:
    """The notebook in `text`; older formats are brought up to date, and its shape is checked."""
    try:
        raw = json.loads(text)
    except RecursionError:
        raise BadNotebook("is nested too deeply to be a notebook") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
        raise BadNotebook("is JSON, but not a notebook (it has no nbformat)")
    try:
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook, relax_add_props=True)
    except Exception as problem:  # nbformat has no common error class
        reason = str(problem).strip().splitlines()
        raise BadNotebook(
            f"is not a valid notebook: {reason[0] if reason else type(problem).__name__}"
        ) from None
    return notebook


def write(path: Path, notebook: Any) -> None:
    """Write `notebook` to `path`, all of it or nothing; equal notebooks give equal bytes."""
    text = dumps(notebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def dumps(notebook: Any) -> str:
    """`notebook` as text: keys sorted, one space of indent, a newline at the end."""
    return str(nbformat.writes(notebook, version=nbformat.NO_CONVERT)).rstrip("\n") + "\n"


def grade(cell: Any) -> dict[str, Any]:
    """What nbgrader's metadata (schema 3) says of `cell`; empty if it is no part of an exercise."""
    found = cell.get("metadata", {}).get("nbgrader")
    return found if isinstance(found, dict) else {}


def is_answer(cell: Any) -> bool:
    """Whether the learner answers in this cell."""
    return bool(grade(cell).get("solution"))


def is_check(cell: Any) -> bool:
    """Whether this cell checks an answer."""
    return bool(grade(cell).get("grade")) and not is_answer(cell)


def answers(notebook: Any) -> dict[str, Any]:
    """The answer cells by grade_id; of doubles, the first."""
    found: dict[str, Any] = {}
    for cell in notebook.cells:
        if is_answer(cell):
            found.setdefault(str(grade(cell).get("grade_id")), cell)
    return found


def lesson_file(number: str, folder: str = "solutions", home: Path | None = None) -> Path:
    """The notebook of lesson `number` ("06", "6" or its whole name) in a folder of the lessons' home.

    BadNotebook if there is no such lesson; the message names those there are.
    """
    shelf = (home or notebooks()) / folder
    names = sorted(path.stem for path in shelf.glob("*.ipynb") if EXERCISE.match(path.stem))
    wanted = number.removesuffix(".ipynb")
    for name in names:
        if wanted == name or (wanted.isdigit() and int(wanted) == int(name[:2])):
            return shelf / f"{name}.ipynb"
    known = ", ".join(names) or f"none in {shelf}"
    raise BadNotebook(f"no lesson {number!r} has exercises; those that have: {known}")
