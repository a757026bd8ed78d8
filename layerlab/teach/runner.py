"""Runs one notebook under nbval in a process of its own, and tells its parent what happened, line by line.

The learner's cells run in a kernel, one process further down. What the parent needs, the answers as data, is
read from the kernel here and sent up marked with a token that the kernel never sees, so nothing that a cell
prints can pass for a message. The verdict is made by the parent; nothing is judged here.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
import time
from collections.abc import Callable, Generator
from queue import Empty
from typing import Any

import pytest

from layerlab.teach.notebook import grade, is_answer, is_check

Say = Callable[..., None]

ENCODE = "__import__('importlib').import_module('layerlab.teach.answer').encode({name})"
"""What the kernel is asked for after an answer cell."""

ANSI = re.compile(r"\x1b\[[0-9;]*m")
ARROW = re.compile(r"^-+> (\d+)", re.MULTILINE)
WAIT = 10.0
"""Seconds to wait for an answer to be read out."""


class KernelDied(RuntimeError):
    """The notebook's kernel is gone."""


class Watch:
    """Reports each cell of a notebook as nbval runs it."""

    def __init__(self, say: Say, setup: str) -> None:
        self.say, self.setup = say, setup

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: Any) -> Generator[None, object, object]:
        """Around each cell: the tools come back before a check, the answer is read out after an answer."""
        kernel = item.parent.kernel
        _watch_for_death(kernel)
        self.say(start=item.cell.id, kernel=kernel.km.provisioner.pid)
        if is_check(item.cell) and self.setup:
            kernel.kc.execute(self.setup, silent=True, store_history=False, stop_on_error=False)
        try:
            return (yield)
        finally:
            if is_answer(item.cell) and not item.parent.timed_out:
                self.say(answer=str(grade(item.cell)["grade_id"]), **_read_answer(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Generator[None, Any, Any]:
        """After each cell: whether it ran, whether its output is the author's, and what went wrong."""
        report = yield
        if call.when != "call":
            return report
        late, dead = bool(item.parent.timed_out), not item.parent.kernel.is_alive()
        wrong = "" if report.passed or report.skipped else _complaint(item, call.excinfo)
        self.say(end=item.cell.id, wrong=wrong, late=late and not dead, dead=dead and not late, gone=dead)
        if late or dead:
            item.session.shouldstop = "the kernel is lost"
        return report


def _complaint(item: Any, info: Any) -> str:
    """What went wrong in a cell: the error it raised, with its line, or that its output differs."""
    for out in item.test_outputs or ():
        if out.get("output_type") == "error":
            trace = ANSI.sub("", "\n".join(out.get("traceback", ())))
            arrow = ARROW.search(trace)
            line = f"Line {arrow[1]}: " if arrow else ""
            return f"{line}{out.get('ename')}: {out.get('evalue')}"[:500]
    return str(info.value).strip().split("\n")[0][:500] or type(info.value).__name__


def _watch_for_death(kernel: Any) -> None:
    """Make `kernel` say at once that it died; nbval itself would wait until the time-out."""
    if hasattr(kernel, "patient"):
        return
    kernel.patient = kernel.get_message

    def get_message(stream: str, timeout: float | None = None) -> Any:
        end = time.monotonic() + (timeout if timeout is not None else 3600)
        while True:
            rest = end - time.monotonic()
            try:
                return kernel.patient(stream, timeout=max(0.0, min(0.5, rest)))
            except Empty:
                if not kernel.is_alive():
                    raise KernelDied("the cell ended Python itself") from None
                if rest <= 0:
                    raise

    kernel.get_message = get_message


def _read_answer(item: Any) -> dict[str, str]:
    """The answer as the kernel encodes it, or why there is none."""
    kernel, name = item.parent.kernel, str(grade(item.cell)["grade_id"])
    if not kernel.is_alive():
        return {}
    asked = kernel.kc.execute(
        "", silent=True, store_history=False, user_expressions={"answer": ENCODE.format(name=name)}
    )
    end = time.monotonic() + WAIT
    try:
        while time.monotonic() < end:
            message = kernel.get_message("shell", timeout=WAIT)
            if message["parent_header"].get("msg_id") == asked:
                return _told(message["content"].get("user_expressions", {}).get("answer", {}))
    except (Empty, KernelDied):
        kernel.interrupt()
    return {"problem": "Your answer cannot be read: reading it never ends."}


def _told(reply: dict[str, Any]) -> dict[str, str]:
    """The encoded answer, or the complaint, out of the kernel's reply."""
    if reply.get("status") != "ok":
        ename, evalue = str(reply.get("ename", "")), str(reply.get("evalue", ""))
        if ename == "NameError":
            return {}
        return {"problem": evalue[:500] if ename == "Unreadable" else f"{ename}: {evalue}"[:500]}
    try:
        text = ast.literal_eval(reply["data"]["text/plain"])
    except (ValueError, SyntaxError, KeyError, MemoryError, RecursionError):
        return {"problem": "Your answer cannot be read."}
    return {"data": text} if isinstance(text, str) else {"problem": "Your answer cannot be read."}


def main() -> int:
    """Read the order from standard input, run the notebook, report on standard output; pytest's exit code."""
    order = json.loads(sys.stdin.read())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    quiet = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(quiet, number)

    def say(**what: object) -> None:
        out.write(json.dumps({"token": order["token"], **what}) + "\n")
        out.flush()

    code = pytest.main(
        [
            *(
                "-p",
                "nbval.plugin",
                "-p",
                "no:cacheprovider",
                "-c",
                order["config"],
                "--rootdir",
                order["folder"],
            ),
            *("--nbval", "--nbval-current-env", f"--nbval-cell-timeout={order['timeout']}"),
            order["notebook"],
        ],
        plugins=[Watch(say, order["setup"])],
    )
    say(finished=int(code))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
