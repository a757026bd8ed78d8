"""Two runs of the same operations held against each other, and what came of it: the `Twin`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from layerlab.engine.files.node import replace, value
from layerlab.engine.files.ops import Op
from layerlab.live.facts import View
from layerlab.live.materialise import LeftOut
from layerlab.live.run import Look, Run

NOTHING = "nothing"


@value
class Difference:
    """Where engine and kernel part: after operation `step` (from 0), in `field` errno, result, merged or
    upper.

    `engine` and `linux` say what each side has at `path`, in words.
    """

    step: int
    field: str
    path: str
    engine: str
    linux: str

    def __str__(self) -> str:
        return f"step {self.step}, {self.field} of {self.path}: engine {self.engine}, Linux {self.linux}"


@value
class Counts:
    """How much was compared: operations and those that failed, paths in merged, entries and whiteouts in
    upper.
    """

    operations: int = 0
    errors: int = 0
    merged: int = 0
    upper: int = 0
    whiteouts: int = 0


@value
class Step:
    """One operation on both sides: the errno names ("" is success) and whether all was the same after it.

    `counts` is what there was to see so far, or None where the trees were not looked at.
    """

    op: Op
    engine: str
    linux: str
    counts: Counts | None
    agrees: bool | None


@value
class Twin:
    """What came of it; `agrees` is None if neither a mount nor a recording could be had.

    `kernel` labels the kernel that answered, `recorded` tells that it did so elsewhere and earlier, `why` is
    what this machine's kernel said to mounting. `left_out` is what of the layers could not be made here; the
    engine went without it too.
    """

    agrees: bool | None
    differences: tuple[Difference, ...]
    steps: tuple[Step, ...]
    counts: Counts
    kernel: str = ""
    recorded: bool = False
    why: str = ""
    left_out: tuple[LeftOut, ...] = ()

    def __repr__(self) -> str:
        run = _many(len(self.steps), "operation")
        if self.agrees is None:
            return f"not checked: {run}"
        if self.agrees:
            return f"the kernel agrees: {run}"
        return f"the kernel differs: {_many(len(self.differences), 'difference')} in {run}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def compare(run: Sequence[Op], engine: Run, linux: Run) -> Twin:
    """Both runs, operation by operation; a difference that stays is told once, where it began."""
    differences: list[Difference] = []
    steps: list[Step] = []
    known: set[tuple[str, str, str, str]] = set()
    failed = 0
    for number, (op, ours, theirs) in enumerate(zip(run, engine, linux, strict=True)):
        found = list(_differ(number, op, ours, theirs))
        told = {(one.field, one.path, one.engine, one.linux) for one in found}
        differences += [one for one in found if (one.field, one.path, one.engine, one.linux) not in known]
        known = told
        failed += bool(theirs.errno)
        steps.append(Step(op, ours.errno, theirs.errno, _count(theirs, number + 1, failed), not found))
    counts = (steps[-1].counts if steps else None) or Counts(len(steps), failed)
    return Twin(not differences, tuple(differences), tuple(steps), counts)


def unchecked(run: Sequence[Op], engine: Run, why: str) -> Twin:
    """The engine's run alone, with nothing to hold it against."""
    steps = tuple(Step(op, look.errno, "", None, None) for op, look in zip(run, engine, strict=True))
    return replace(Twin(None, (), steps, Counts(len(steps))), why=why)


def _count(look: Look, operations: int, failed: int) -> Counts | None:
    """How much there was to see."""
    if look.merged is None or look.upper is None:
        return None
    whiteouts = sum(1 for facts in look.upper.values() if facts["kind"] == "whiteout")
    return Counts(operations, failed, len(look.merged), len(look.upper), whiteouts)


def _differ(number: int, op: Op, ours: Look, theirs: Look) -> Iterator[Difference]:
    """Every difference after one operation."""
    if ours.errno != theirs.errno:
        yield Difference(number, "errno", op.path, ours.errno or "success", theirs.errno or "success")
    elif ours.result != theirs.result:
        yield Difference(number, "result", op.path, ours.result, theirs.result)
    for field, left, right in (("merged", ours.merged, theirs.merged), ("upper", ours.upper, theirs.upper)):
        if left is not None and right is not None:
            for path in sorted(left.keys() | right.keys()):
                if left.get(path) != right.get(path):
                    yield _at(number, field, path, left, right)


def _at(number: int, field: str, path: str, ours: View, theirs: View) -> Difference:
    """What each side has at a path where they differ."""
    left, right = ours.get(path), theirs.get(path)
    if left is None or right is None:
        sides = [NOTHING if side is None else side["kind"] for side in (left, right)]
    else:
        fields = [name for name in sorted(left.keys() | right.keys()) if left.get(name) != right.get(name)]
        sides = [", ".join(f"{name} {side.get(name, NOTHING)}" for name in fields) for side in (left, right)]
    return Difference(number, field, path, *sides)
