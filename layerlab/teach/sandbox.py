"""One run of a notebook in a temporary directory, away from the learner's home, cleaned up after.

It keeps a learner's accidents from harming the check and their files; it is no jail for hostile programs.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from layerlab.teach.notebook import write

START = 60.0
"""Seconds that the kernel and the imports may take before the first cell."""


@dataclass(slots=True)
class Ran:
    """What a run told: complaints by cell id (empty: fine), answers by exercise, and where it stopped."""

    wrong: dict[str, str] = field(default_factory=dict)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    stopped_in: str | None = None
    late: bool = False
    finished: bool = False


def run(notebook: Any, *, setup: str = "", timeout: float) -> Ran:
    """Run `notebook` under nbval; `setup` is run again before each check, `timeout` is in seconds a cell."""
    with tempfile.TemporaryDirectory(prefix="layerlab-check-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        (place / "run").mkdir()
        (place / "pytest.ini").write_text("[pytest]\n")
        write(place / "run" / "lesson.ipynb", notebook)
        order = {
            "token": secrets.token_hex(16),
            "folder": folder,
            "config": str(place / "pytest.ini"),
            "notebook": str(place / "run" / "lesson.ipynb"),
            "setup": setup,
            "timeout": timeout,
        }
        cells = sum(cell.cell_type == "code" for cell in notebook.cells)
        return _listen(order, _environment(place), START + cells * (timeout + 15))


def _environment(place: Path) -> dict[str, str]:
    """This environment with homes of its own, so that no file of the learner's is read or changed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTEST_"))}
    for name in ("PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONBREAKPOINT"):
        kept.pop(name, None)
    homes = {"HOME": "home", "IPYTHONDIR": "ipython", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"}
    homes |= {"XDG_DATA_HOME": "data", "JUPYTER_CONFIG_DIR": "jupyter", "JUPYTER_DATA_DIR": "jupyter-data"}
    homes |= {"JUPYTER_RUNTIME_DIR": "runtime", "USERPROFILE": "home", "MPLCONFIGDIR": "mpl"}
    for name, folder in homes.items():
        (place / folder).mkdir(exist_ok=True)
        kept[name] = str(place / folder)
    return kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "NO_COLOR": "1"}


def _listen(order: dict[str, Any], environment: dict[str, str], budget: float) -> Ran:
    """Start the runner, hand it its order, and take in what it says until it ends or the time is over."""
    with _process(environment, order["folder"]) as process:
        kernels: set[int] = set()
        timer = threading.Timer(budget, _end, (process, kernels))
        timer.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps(order))
                process.stdin.close()
            return _take_in(process.stdout, order["token"], kernels)
        finally:
            timer.cancel()
            _end(process, kernels)


@contextlib.contextmanager
def _process(environment: dict[str, str], folder: str) -> Iterator[subprocess.Popen[str]]:
    """The runner, in a session of its own."""
    command = [sys.executable, "-P", "-m", "layerlab.teach.runner"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=environment,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        yield process


def _take_in(lines: Iterator[str], token: str, kernels: set[int]) -> Ran:
    """What the runner says, line by line; lines without the token are not its own."""
    ran = Ran()
    current: str | None = None
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if not isinstance(said, dict) or said.pop("token", None) != token:
            continue
        match said:
            case {"start": cell, "kernel": kernel}:
                current = cell
                if isinstance(kernel, int):
                    kernels.add(kernel)
            case {"answer": exercise, **told}:
                ran.answers[exercise] = told
            case {"end": cell, "wrong": wrong, "late": late, "gone": gone}:
                ran.wrong[cell] = wrong
                current = None
                if late or gone:
                    ran.stopped_in, ran.late = cell, late
            case {"finished": _}:
                ran.finished = True
    if not ran.finished and ran.stopped_in is None:
        ran.stopped_in = current
    return ran


def _end(process: subprocess.Popen[str], kernels: set[int]) -> None:
    """End the runner and every kernel it told of; those that ended already are no matter."""
    if process.poll() is None:
        process.kill()
    for kernel in kernels:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(kernel, signal.SIGKILL) if os.name == "posix" else os.kill(kernel, signal.SIGTERM)
