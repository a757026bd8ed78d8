"""The learner's copy of the lessons: brought up to date, and never written over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerlab.lessons import Fate, LessonsError, copy_lessons, demos, first_lesson, sign


def notebook(text: str, python: str = "3.11") -> bytes:
    cells = [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}]
    about = {"kernelspec": {"name": "python3"}, "language_info": {"version": python}}
    return json.dumps({"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}).encode()


@pytest.fixture
def source(tmp_path) -> Path:
    home = tmp_path / "shipped"
    for name in ("00_welcome.ipynb", "06_union.ipynb", "exercises/06_union.ipynb", "demos/twin.ipynb"):
        put(home / name, notebook("one"))
    put(home / "solutions/06_union.ipynb", notebook("the answer"))
    put(home / ".ipynb_checkpoints/00_welcome-checkpoint.ipynb", notebook("stale"))
    return home


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def fates(target: Path, source: Path) -> dict[str, Fate]:
    return {str(one.path): one.fate for one in copy_lessons(target, source)}


def test_the_first_time_everything_but_the_solutions_is_copied(tmp_path, source):
    mine = tmp_path / "a/b c"
    assert set(fates(mine, source)) == {
        "00_welcome.ipynb", "06_union.ipynb", "exercises/06_union.ipynb", "demos/twin.ipynb",
    }  # fmt: skip
    assert (mine / "00_welcome.ipynb").read_bytes() == notebook("one")
    assert not (mine / "solutions").exists()
    assert first_lesson(mine) == "00_welcome.ipynb"
    assert demos(source) == ("twin",)


def test_a_second_time_changes_nothing(tmp_path, source):
    copy_lessons(tmp_path / "mine", source)
    assert set(fates(tmp_path / "mine", source).values()) == {Fate.SAME}


def test_an_untouched_lesson_is_brought_up_to_date(tmp_path, source):
    mine = tmp_path / "mine"
    copy_lessons(mine, source)
    put(source / "06_union.ipynb", notebook("two"))
    assert fates(mine, source)["06_union.ipynb"] is Fate.UPDATED
    assert (mine / "06_union.ipynb").read_bytes() == notebook("two")


def test_a_changed_lesson_stays_and_the_new_one_lies_beside_it_once(tmp_path, source):
    mine = tmp_path / "mine"
    copy_lessons(mine, source)
    put(mine / "06_union.ipynb", notebook("my work"))
    assert fates(mine, source)["06_union.ipynb"] is Fate.KEPT
    put(source / "06_union.ipynb", notebook("two"))
    assert fates(mine, source)["06_union.ipynb"] is Fate.BESIDE
    assert fates(mine, source)["06_union.ipynb"] is Fate.KEPT
    put(source / "06_union.ipynb", notebook("three"))
    assert fates(mine, source)["06_union.ipynb"] is Fate.BESIDE
    assert (mine / "06_union.ipynb").read_bytes() == notebook("my work")
    assert (mine / "06_union.new.ipynb").read_bytes() == notebook("two")
    assert (mine / "06_union.new2.ipynb").read_bytes() == notebook("three")


def test_a_look_with_another_python_is_no_change(tmp_path, source):
    """JupyterLab writes the kernel's version into a notebook that was only opened."""
    mine = tmp_path / "mine"
    copy_lessons(mine, source)
    put(mine / "06_union.ipynb", notebook("one", python="3.14"))
    assert fates(mine, source)["06_union.ipynb"] is Fate.SAME
    put(source / "06_union.ipynb", notebook("two"))
    assert fates(mine, source)["06_union.ipynb"] is Fate.UPDATED


def test_a_thrown_away_lesson_comes_back(tmp_path, source):
    mine = tmp_path / "mine"
    copy_lessons(mine, source)
    (mine / "06_union.ipynb").unlink()
    assert fates(mine, source)["06_union.ipynb"] is Fate.COPIED


def test_a_file_that_was_there_before_us_stays(tmp_path, source):
    mine = tmp_path / "mine"
    put(mine / "06_union.ipynb", b"not even a notebook")
    assert fates(mine, source)["06_union.ipynb"] is Fate.BESIDE
    assert (mine / "06_union.ipynb").read_bytes() == b"not even a notebook"


def test_a_symlink_is_not_written_through(tmp_path, source):
    mine = tmp_path / "mine"
    copy_lessons(mine, source)
    (mine / "06_union.ipynb").rename(tmp_path / "elsewhere.ipynb")
    (mine / "06_union.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")
    put(source / "06_union.ipynb", notebook("two"))
    assert fates(mine, source)["06_union.ipynb"] is Fate.BESIDE
    assert (tmp_path / "elsewhere.ipynb").read_bytes() == notebook("one")


def test_a_broken_manifest_costs_no_work(tmp_path, source):
    mine = tmp_path / "mine"
    copy_lessons(mine, source)
    put(mine / ".layerlab/shipped.json", b"[]")
    put(mine / "06_union.ipynb", notebook("my work"))
    assert fates(mine, source)["06_union.ipynb"] is Fate.BESIDE
    assert (mine / "06_union.ipynb").read_bytes() == notebook("my work")


def test_a_file_in_the_way_is_said(tmp_path, source):
    put(tmp_path / "mine", b"")
    with pytest.raises(LessonsError, match="is a file; the lessons need a directory"):
        copy_lessons(tmp_path / "mine", source)


def test_shipped_lessons_are_trusted_and_changed_ones_not(tmp_path, source):
    """Untrusted, JupyterLab hides the pictures that were stored with a lesson."""
    from nbformat import read
    from nbformat.sign import NotebookNotary

    mine = tmp_path / "mine"
    copy_lessons(mine, source)
    put(mine / "06_union.ipynb", notebook("my work"))
    sign(mine)
    notary = NotebookNotary(data_dir=str(mine / ".layerlab"))
    assert notary.check_signature(read(mine / "00_welcome.ipynb", as_version=4))
    assert not notary.check_signature(read(mine / "06_union.ipynb", as_version=4))


edits = st.lists(st.tuples(st.sampled_from(["ship", "work", "throw"]), st.integers(1, 4)), max_size=12)


@settings(max_examples=40, deadline=None)
@given(edits)
def test_no_work_is_ever_lost(tmp_path_factory, edits):
    """Whatever is shipped, changed and thrown away, what the learner wrote last is still there."""
    home = tmp_path_factory.mktemp("lessons")
    source, mine = home / "shipped", home / "mine"
    put(source / "a.ipynb", notebook("one"))
    copy_lessons(mine, source)
    wrote: bytes | None = None
    for what, number in edits:
        if what == "ship":
            put(source / "a.ipynb", notebook(f"shipped {number}"))
        elif what == "work":
            wrote = notebook(f"mine {number}")
            put(mine / "a.ipynb", wrote)
        else:
            wrote = None
            (mine / "a.ipynb").unlink()
        copy_lessons(mine, source)
        if wrote is not None:
            assert (mine / "a.ipynb").read_bytes() == wrote
        else:
            assert (mine / "a.ipynb").is_file()
