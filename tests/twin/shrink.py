"""From a walk that shows a difference to the fewest calls that still show one."""

from __future__ import annotations

from collections.abc import Callable

from twin.compare import compare, spelled
from twin.script import Call, Result

Runner = Callable[[list[Call]], list[Result]]


def shrink(
    ops: list[Call], engine: Runner, kernel: Runner, user: bool = False, times: bool = False
) -> list[Call]:
    """Drop calls, large pieces first, as long as engine and kernel still disagree somewhere."""

    def differ(some: list[Call]) -> bool:
        return compare(some, engine(some), kernel(some), user, times) is not None

    piece = max(1, len(ops) // 2)
    while True:
        start, before = 0, len(ops)
        while start < len(ops):
            fewer = ops[:start] + ops[start + piece :]
            if differ(fewer):
                ops = fewer
            else:
                start += piece
        if piece == 1 and len(ops) == before:
            return ops
        piece = max(1, piece // 2)


def report(
    title: str, ops: list[Call], engine: Runner, kernel: Runner, user: bool = False, times: bool = False
) -> str:
    """The shortest script that shows a difference, and the difference, as engine | Linux."""
    found = compare(ops, engine(ops), kernel(ops), user, times)
    if found is not None and found[0] < len(ops):
        ops = ops[: found[0] + 1]
    ops = shrink(ops, engine, kernel, user, times)
    found = compare(ops, engine(ops), kernel(ops), user, times)
    if found is None:
        return f"{title}: engine and Linux differ, but not again"
    number, lines = found
    script = "\n".join(f"    {spelled(op)}" for op in ops[: number + 1])
    return f"{title}\n{script}\n  engine | Linux\n" + "\n".join(f"    {line}" for line in lines[:20])
