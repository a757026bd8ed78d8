"""The notebooks as learners get them: what is stored is what comes out, on a mount and without one."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from layerlab.live.mount import Refused, mount
from layerlab.teach import levels
from layerlab.teach.check import check_file
from layerlab.teach.execute import KERNEL
from layerlab.teach.guard import complaints
from layerlab.teach.notebook import answers, dumps, grade, is_answer, read, write
from layerlab.teach.release import released
from tests.notebooks.running import DEMOS, EXERCISES, HOME, LESSONS, RUN, SOLUTIONS, nbval


def name(path: Path) -> str:
    """How a notebook is called in a test's name."""
    return str(path.relative_to(HOME).with_suffix(""))


def test_the_lessons_are_there() -> None:
    assert [path.stem for path in LESSONS][:1] == ["00_welcome"]
    assert "06_union_filesystems" in [path.stem for path in LESSONS]
    assert [path.stem for path in DEMOS] == ["kernel_twin"]
    assert [path.name for path in SOLUTIONS] == [path.name for path in EXERCISES]


@pytest.mark.parametrize("path", RUN, ids=name)
def test_the_guard_lets_it_pass(path: Path) -> None:
    assert complaints(read(path)) == []


@pytest.mark.parametrize("path", RUN, ids=name)
def test_the_guard_stops_a_stripped_copy(path: Path) -> None:
    book = read(path)
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    assert "was not run" in "\n".join(complaints(book))


@pytest.mark.parametrize("path", [*RUN, *EXERCISES], ids=name)
def test_it_is_stored_as_we_store_it(path: Path) -> None:
    """No state of one run, no widget that cannot be drawn, and no question about the kernel."""
    book, text = read(path), path.read_text("utf-8")
    assert dumps(book) == text
    assert dict(book.metadata.kernelspec) == KERNEL
    assert set(book.metadata) <= {"kernelspec", "layerlab"}
    assert "widget-view" not in text
    assert not any("execution" in cell.metadata for cell in book.cells)


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_a_lesson_types_public_names_only(path: Path) -> None:
    for cell in read(path).cells:
        for line in cell.source.splitlines() if cell.cell_type == "code" else ():
            assert "import" not in line or line.strip().startswith("from layerlab import "), line


def test_live_every_notebook_shows_what_is_stored(tmp_path: Path, need: Callable[..., None]) -> None:
    try:
        mount(()).close()
        able, why = True, ""
    except Refused as refused:
        able, why = False, str(refused)
    need(ok=able, why=f"an overlay mount: {why}")
    ran = nbval(*RUN, folder=tmp_path)
    assert ran.returncode == 0, ran.stdout


def test_recorded_every_notebook_shows_what_is_stored(tmp_path: Path) -> None:
    ran = nbval(*RUN, folder=tmp_path, environment={"LAYERLAB_NO_MOUNT": "1"})
    assert ran.returncode == 0, ran.stdout


def test_nbval_finds_a_changed_output_and_a_changed_engine(tmp_path: Path) -> None:
    """What a run proves: a stored verdict that is not the engine's, and an engine that foretells otherwise, fail."""
    book = read(HOME / "06_union_filesystems.ipynb")
    kept = [
        cell
        for cell in book.cells
        if cell.get("id") in {"setup", "image", "rm-twin", "rm-run", "opaque-proof-1"}
    ]
    proof = next(cell for cell in kept if cell.id == "opaque-proof-1")
    proof.source = (
        "web = Stack(image, ['rm -r /srv/site'])\nprint('after rm -r: ', *listing(web.upper))\nweb.twin()"
    )
    proof.outputs[1].data["text/plain"] = "the kernel agrees: 3 operations"
    cut = copy.deepcopy(book)
    cut.cells = kept
    write(tmp_path / "good.ipynb", cut)
    lying = copy.deepcopy(cut)
    lying.cells[-1].outputs[0].text = lying.cells[-1].outputs[0].text.replace("whiteout", "opaque directory")
    write(tmp_path / "lying.ipynb", lying)
    sabotaged = copy.deepcopy(cut)
    sabotaged.cells[0].source += SABOTAGE
    write(tmp_path / "sabotaged.ipynb", sabotaged)
    ran = nbval(*sorted(tmp_path.glob("*.ipynb")), folder=tmp_path)
    failed = [line for line in ran.stdout.splitlines() if line.startswith("FAILED")]
    assert ran.returncode == 1
    assert "Cell outputs differ" in ran.stdout
    assert [line.split("::")[0].split("/")[-1] for line in failed] == [
        "FAILED lying.ipynb",
        "FAILED sabotaged.ipynb",
    ]


SABOTAGE = """
import layerlab.widgets.stack as widget
from dataclasses import replace
from layerlab.engine.files.node import Dir
true_apply = widget.apply
def apply(fs, op):
    came = true_apply(fs, op)
    return replace(came, after=fs) if type(op) is Rmdir else came
widget.apply = apply
"""


@pytest.mark.parametrize("path", SOLUTIONS, ids=name)
def test_the_learner_s_copy_is_made_from_the_solution(path: Path) -> None:
    stored = (HOME / "exercises" / path.name).read_text("utf-8")
    assert stored == dumps(released(read(path))), "stale: run `layerlab release`"
    assert "SOLUTION" not in stored


@pytest.mark.parametrize("path", SOLUTIONS, ids=name)
def test_every_level_has_its_cells_and_the_author_s_answer_is_par(path: Path) -> None:
    book = read(path)
    known = levels.of(path.stem)
    assert list(answers(book)) == list(known)
    checks = [grade(cell).get("grade_id") for cell in book.cells if grade(cell).get("grade")]
    assert checks == [f"{each}-check" for each in known]
    assert all(grade(cell).get("schema_version") == 3 for cell in book.cells if grade(cell))


@pytest.mark.parametrize("path", SOLUTIONS, ids=name)
def test_the_author_s_answers_pass_and_the_blank_does_not(path: Path) -> None:
    right = check_file(path.stem, path)
    assert right.exit_code == 0, right.text
    blank = check_file(path.stem, HOME / "exercises" / path.name)
    assert blank.exit_code == 1
    assert blank.text.count("not answered yet") == len(levels.of(path.stem))


def test_the_learner_s_copies_run_and_answer_at_once(tmp_path: Path) -> None:
    """Run all, as handed out: no error, and each check says that nothing was answered; then with an answer."""
    copies = []
    for path in EXERCISES:
        book = read(path)
        for cell in book.cells:
            if grade(cell).get("grade"):
                _expect(cell, f"{grade(cell)['grade_id'].removesuffix('-check')}: not answered yet.")
        write(tmp_path / path.name, book)
        copies.append(tmp_path / path.name)
    answered = read(HOME / "exercises" / "06_union_filesystems.ipynb")
    for cell in answered.cells:
        if is_answer(cell) and cell.id == "ex1":
            cell.source = "ex1 = [Chmod('/srv/site/50x.html', mode=0), Unlink('/srv/site/50x.html')]"
        elif cell.get("id") == "ex1-check":
            _expect(cell, f"ex1: right.\n  {levels.of('06')['ex1'].found}")
        elif cell.get("id", "").endswith("-start"):
            cell.metadata["tags"] = ["nbval-ignore-output"]
    write(tmp_path / "answered.ipynb", answered)
    ran = nbval(*copies, tmp_path / "answered.ipynb", folder=tmp_path)
    assert ran.returncode == 0, ran.stdout


def _expect(cell: Any, text: str) -> None:
    """Store what a check cell should show."""
    cell.execution_count = 1
    out = {
        "output_type": "execute_result",
        "metadata": {},
        "execution_count": 1,
        "data": {"text/plain": text},
    }
    cell.outputs = [copy.deepcopy(_node(out))]


def _node(raw: dict[str, Any]) -> Any:
    return nbformat.from_dict(raw)


@pytest.mark.parametrize("path", DEMOS, ids=name)
def test_a_demo_is_a_show(path: Path) -> None:
    """Every cell has its place in the slides, notes go with them, and a last cell sets all back."""
    book = read(path)
    places = [cell.metadata.get("slideshow", {}).get("slide_type") for cell in book.cells]
    assert places[0] == "slide"
    assert set(places) <= {"slide", "subslide", "fragment", "notes", "skip"}
    assert places.count("slide") >= 4
    assert places.count("notes") >= places.count("slide") - 1
    assert (book.cells[-1].id, places[-1]) == ("reset", "skip")
    setup = next(cell for cell in book.cells if cell.id == "setup")
    assert book.cells[-1].source.splitlines()[0] == setup.source.splitlines()[-1], (
        "reset starts as setup does"
    )


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_a_lesson_has_the_rhythm(path: Path) -> None:
    """Objectives, predict before a reveal, see, check against Linux, exercise, recap with the source."""
    text = "\n".join(cell.source for cell in read(path).cells)
    parts = (
        "you can**",
        "**Predict.**",
        "see.**",
        "**Check against Linux.**",
        "Exercise",
        "Recap",
        "layerlab/engine/",
    )
    for part in parts:
        assert part in text, part
    for word in ("simply", "magic", " just "):
        assert word not in text.lower().replace("just now", ""), word


def test_links_between_notebooks_lead_somewhere() -> None:
    for path in [*LESSONS, *DEMOS]:
        for target in re.findall(r"\]\(([^)#]+\.ipynb)\)", json.dumps(read(path))):
            assert (path.parent / target).is_file(), f"{path.name}: {target}"
