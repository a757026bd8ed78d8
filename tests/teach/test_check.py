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


def test_blank(check: Check) -> None:
    report = check()
    assert (report.exit_code, "ex1: not answered yet." in report.text) == (1, True)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (nb.RIGHT.replace("'site'", "'base'", 1), "The oldest layer is asked last"),
        (nb.BLANK.replace("'/etc/motd': ...", "'/etc/motd': 'site'"), "/bin/sh: not answered yet"),
        ("ex1 = ['site', 'base']", "should be a dictionary, not a list"),
        (nb.RIGHT.replace("nobody", "noboby"), "'noboby'; choose from 'base', 'tools', 'site' or 'nobody'"),
        ("ex1 = {'/etc/motd': object()}", "your answer['/etc/motd'] is a object, not a move"),
        ("answer = {}", "Your cell does not set ex1."),
        ("x = 1\nex1 = x / 0", "Line 2: ZeroDivisionError: division by zero"),
        ("ex1 = {\n  '/etc/motd': 'site'\n  '/bin/sh': 'base'}", "invalid syntax"),
        ("ex1 = 'unfinished", "Line 1: unterminated string literal"),
        ("ex1 = None", "not answered yet"),
        ("ex1 = {1: float('nan')}", "ex1 has 1, which was not asked"),
        ("ex1 = []\nex1.append(ex1)", "holds itself"),
        ("ex1 = 'a' * 2_000_000", "too long"),
    ],
)
def test_wrong(check: Check, answer: str, words: str) -> None:
    report = check(answer)
    assert report.exit_code == 1
    assert words.lower() in report.text.lower()
    assert nb.RIGHT not in report.text


@pytest.mark.parametrize(
    "answer",
    [
        "print('ex1: right.')\nprint('1 of 1 right.')",
        "class Yes:\n    right = True\n    def __repr__(self): return " + repr(nb.VERDICT) + "\n"
        "def check(name): return Yes()\nexercises = lambda lesson: check",
        "import layerlab.teach.exercises as e\nimport layerlab.teach.level as l\n"
        "found = e.levels.of('00')['ex1'].found\nyes = l.Verdict('ex1', l.Status.RIGHT, (found,))\n"
        "e.Exercises.__call__ = lambda self, name: yes\nl.judge = l.Level.judge = lambda *a: yes",
        'import os\nfor fd in range(1, 20):\n    try: os.write(fd, b\'{"answer": "ex1"}\\n\')\n'
        "    except OSError: pass",
        "class Always(dict):\n    def __eq__(self, other): return True\nex1 = Always()",
        "class Site(str):\n    def __eq__(self, other): return True\n    __hash__ = str.__hash__\n"
        "ex1 = {k: Site('x') for k in ex1}",
        "import pytest, sys\nsys.modules['layerlab.teach.level'] = None",
    ],
)
def test_no_cell_fakes_a_verdict(check: Check, answer: str) -> None:
    report = check(f"{nb.BLANK}\n{answer}")
    assert report.exit_code == 1, report.text
    assert "ex1: right." not in report.text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("while True:\n    pass", "did not end within 6 s"),
        ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", "did not end"),
        ("import os\nos._exit(0)", "ended Python itself"),
        (
            "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time\ntime.sleep(9)",
            "ended Python itself",
        ),
        ("import sys\nsys.exit(0)", "SystemExit"),
        ("input('name?')", "StdinNotImplementedError"),
    ],
)
def test_a_cell_that_never_ends_or_ends_all(check: Check, answer: str, words: str) -> None:
    report = check(answer)
    assert report.exit_code == 1, report.text
    assert words in report.text


def test_names_of_the_tools_may_be_used(check: Check) -> None:
    report = check(f"check = exercises = get_ipython = print = 1\n{nb.RIGHT}")
    assert report.exit_code == 0, report.text


def test_checks_and_outputs_of_the_copy_do_not_count(check: Check) -> None:
    def tamper(book: Any) -> None:
        for cell in book.cells:
            if cell.cell_type == "code" and cell.id != "ex1":
                cell.source = "print('all right')"
                cell.outputs = []

    assert check(nb.RIGHT, change=tamper).exit_code == 0
    assert check(nb.RIGHT.replace("site", "base"), change=tamper).exit_code == 1


def _drop(book: Any) -> None:
    book.cells = [cell for cell in book.cells if cell.id != "ex1"]


def _double(book: Any) -> None:
    book.cells.append(copy.deepcopy(next(cell for cell in book.cells if cell.id == "ex1")))
    book.cells[-1].id = "other"


def _rename(book: Any) -> None:
    next(cell for cell in book.cells if cell.id == "ex1").metadata.nbgrader.grade_id = "ex01"


def _retype(book: Any) -> None:
    cell = next(cell for cell in book.cells if cell.id == "ex1")
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_drop, "The answer cell of ex1 is gone"),
        (_double, "There are 2 answer cells for ex1. Keep one"),
        (_rename, "An answer cell is named 'ex01'"),
        (_retype, "is a markdown cell now. Make it a code cell"),
    ],
)
def test_cells_that_went_astray(check: Check, change: Callable[[Any], None], words: str) -> None:
    report = check(nb.RIGHT, change=change)
    assert report.exit_code == 1
    assert words in report.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "is damaged: line 1, column 2"),
        (b"\xff\xfe", "is not text"),
        (b"[]", "not a notebook"),
        (b"{}", "not a notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}', "is not a valid notebook"),
        (b'{"nbformat": 99, "nbformat_minor": 5, "metadata": {}, "cells": []}', "is not a valid notebook"),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
            "has no answer cell of 00_welcome",
        ),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_files_that_are_no_notebook_of_this_lesson(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "mine.ipynb").write_bytes(content)
    report = check_file("00", tmp_path / "mine.ipynb", home=nb.home(tmp_path / "lessons"))
    assert report.exit_code == 2
    assert words in report.text


def test_another_lesson_s_notebook(tmp_path: Path) -> None:
    home = nb.home(tmp_path / "lessons")
    book = nb.solution()
    book.metadata.layerlab.lesson = "06_union_filesystems"
    write(tmp_path / "mine.ipynb", book)
    report = check_file("00", tmp_path / "mine.ipynb", home=home)
    assert (report.exit_code, "of 06_union_filesystems, not of 00_welcome" in report.text) == (2, True)


def test_a_lesson_or_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = nb.home(tmp_path / "lessons")
    monkeypatch.chdir(tmp_path)
    assert "those that have: 00_welcome" in check_file("77", home=home).text
    assert "No such file" in check_file("00", tmp_path / "none.ipynb", home=home).text
    assert "say which: layerlab check 00 FILE" in check_file("0", home=home).text
