"""`layerlab check NN [FILE]`: a learner's answers in the author's notebook, run by nbval, judged outside.

The learner's cells run in a kernel two processes away; only their answers come back, as data, and the
verdict on them is made here. A cell may print, rename, patch or end what it likes: it reaches no verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from layerlab.teach import levels
from layerlab.teach.level import Level, Status, Verdict, judge
from layerlab.teach.merge import Learner, collect, is_blank, merged, syntax_error
from layerlab.teach.notebook import BadNotebook, answers, grade, is_answer, is_check, lesson_file, read
from layerlab.teach.sandbox import Ran, run

TIMEOUT = 30.0
"""Seconds that one cell may take."""

SETUP = "setup"
"""The grade_id of the cell that brings the tools; it is run again before each check."""


@dataclass(frozen=True, slots=True)
class Report:
    """A verdict for each exercise, notes, and the exit code: 0 all right, 1 not yet, 2 wrong usage."""

    title: str
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()
    exit_code: int = 0

    @property
    def text(self) -> str:
        """The report as a learner reads it."""
        right = sum(verdict.right for verdict in self.verdicts)
        parts = [self.title, *map(str, self.verdicts), *(f"Note: {note}" for note in self.notes)]
        if self.verdicts:
            parts.append(f"{right} of {len(self.verdicts)} right.")
        return "\n".join(parts)


def check_file(
    number: str, file: str | Path | None = None, *, home: Path | None = None, timeout: float = TIMEOUT
) -> Report:
    """Check the exercises of lesson `number` in `file` (default: the copy near the current directory).

    `home` holds `solutions/`; `timeout` is in seconds for each cell. Never raises for a learner's mistake.
    """
    try:
        source = lesson_file(number, home=home)
        path = Path(file) if file is not None else _near(source.name)
        solution = read(source)
        learner = collect(read(path), solution)
    except BadNotebook as problem:
        return Report(f"layerlab check: {problem}", exit_code=2)
    verdicts, notes = _check(number, solution, learner, timeout)
    passed = all(verdict.right for verdict in verdicts)
    title = f"{source.stem}: {path}"
    return Report(title, verdicts, (*learner.notes, *notes), 0 if passed else 1)


def _near(name: str) -> Path:
    """The learner's copy: here, in `exercises/`, or in the directory that `layerlab lab` makes."""
    for folder in (
        Path(),
        Path("exercises"),
        Path("layerlab-lessons/exercises"),
        Path("notebooks/exercises"),
    ):
        if (folder / name).is_file():
            return folder / name
    raise BadNotebook(f"no {name} here or in exercises/; say which: layerlab check {name[:2]} FILE")


def _check(
    number: str, solution: Any, learner: Learner, timeout: float
) -> tuple[tuple[Verdict, ...], tuple[str, ...]]:
    """A verdict for each exercise, in the notebook's order, and notes on the lesson's own cells."""
    tasks = levels.of(number)
    work = Work(solution, timeout)
    verdicts: dict[str, Verdict] = {}
    sources: dict[str, str] = {}
    for name, cell in answers(solution).items():
        early = _before_running(name, cell.source, learner)
        if early:
            verdicts[name] = early
        else:
            sources[name] = learner.sources[name]
    ran = work.run(sources) if sources else Ran()
    for name in sources:
        verdicts[name] = work.lost.get(name) or _verdict(tasks[name], ran, work.places[name])
    return tuple(verdicts[name] for name in work.places), work.notes


def _before_running(name: str, source: str, learner: Learner) -> Verdict | None:
    """The verdict that needs no run: the cell is missing, blank, or no Python."""
    if name in learner.complaints:
        return Verdict(name, Status.GONE, (learner.complaints[name],))
    mine = learner.sources[name]
    if is_blank(mine, source):
        return Verdict(name, Status.BLANK)
    wrong = syntax_error(mine)
    return Verdict(name, Status.BROKEN, (wrong,)) if wrong else None


@dataclass(frozen=True, slots=True)
class Places:
    """The ids of an exercise's cells in the solution notebook."""

    answer: str
    check: str | None


@dataclass(slots=True)
class Work:
    """The runs of one notebook: an answer that stops the kernel is taken out and the rest is run again."""

    solution: Any
    timeout: float
    places: dict[str, Places] = field(default_factory=dict)
    lost: dict[str, Verdict] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checks = {grade(cell).get("grade_id"): cell.id for cell in self.solution.cells if is_check(cell)}
        for name, cell in answers(self.solution).items():
            self.places[name] = Places(cell.id, checks.get(f"{name}-check"))

    def run(self, sources: Mapping[str, str]) -> Ran:
        """Run until no answer is left that ends or blocks the kernel."""
        left = dict(sources)
        owner = {ids.answer: name for name, ids in self.places.items()}
        while True:
            ran = run(merged(self.solution, left), setup=self._setup(), timeout=self.timeout)
            culprit = owner.get(ran.stopped_in or "")
            if culprit not in left:
                self.notes = self._notes(ran, left)
                return ran
            self.lost[culprit] = Verdict(culprit, *_stopped(ran, self.timeout))
            del left[culprit]
            if not left:
                return ran

    def _setup(self) -> str:
        """The source of the cell that brings the tools."""
        cells = [cell.source for cell in self.solution.cells if grade(cell).get("grade_id") == SETUP]
        return cells[0] if cells else ""

    def _notes(self, ran: Ran, sources: Mapping[str, str]) -> tuple[str, ...]:
        """What happened to the lesson's own cells, which no exercise answers for."""
        own = {part for ids in self.places.values() for part in (ids.answer, ids.check)}
        wrong = [
            f"A cell of the lesson fails with your answers in it: {ran.wrong[cell.id]}"
            for cell in self.solution.cells
            if ran.wrong.get(cell.id) and cell.id not in own and not is_answer(cell)
        ]
        if ran.stopped_in and not wrong:
            wrong.append("The run ended before its last cell; the exercises after that were not judged.")
        return tuple(wrong[:1]) if sources else ()


def _stopped(ran: Ran, timeout: float) -> tuple[Status, tuple[str, ...]]:
    """Why the run stopped in an answer cell."""
    if ran.late:
        return Status.LATE, (f"Your cell did not end within {timeout:g} s. Is there a loop without an end?",)
    return Status.BROKEN, ("Your cell ended Python itself, so nothing after it could run.",)


def _verdict(level: Level, ran: Ran, places: Places) -> Verdict:
    """The verdict on one answer that was run: its error first, then the level's word, then the check cell."""
    if ran.wrong.get(places.answer):
        return Verdict(level.name, Status.BROKEN, (ran.wrong[places.answer],))
    told = ran.answers.get(level.name)
    if told is None:
        return Verdict(level.name, Status.BROKEN, (f"The check did not get to {level.name}.",))
    if told.get("problem"):
        return Verdict(level.name, Status.NOT_YET, (told["problem"],))
    if not told.get("data"):
        return Verdict(level.name, Status.NOT_YET, (f"Your cell does not set {level.name}.",))
    verdict = judge(level, told["data"])
    if verdict.right and places.check and ran.wrong.get(places.check, "not reached"):
        line = "The answer is right, but your cell breaks the check after it. Leave layerlab as it is."
        return Verdict(level.name, Status.BROKEN, (line,))
    return verdict
