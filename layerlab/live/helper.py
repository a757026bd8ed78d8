"""The helper process that does the mounting: started when needed, asked over a pipe, gone when the pipe
closes.

Mounting changes a whole process, so a notebook's kernel must not do it itself. The helper has no terminal and
a session of its own, so that Ctrl-C does not reach it; it ends when its parent closes the pipe or dies,
however it dies.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import layerlab

_START = "import sys; sys.path.insert(0, sys.argv[1]); from layerlab.live.server import main; main()"
GRACE = 10.0
"""How many seconds a helper gets to end by itself."""


class Died(Exception):
    """The helper ended in the middle of a request."""


class Helper:
    """One helper process; `ask` sends a request and waits for the answer, `close` ends it."""

    def __init__(self) -> None:
        root = str(Path(layerlab.__file__).resolve().parent.parent)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-X", "utf8", "-c", _START, root, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
        )
        self._end = weakref.finalize(self, _end, self._process)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def ask(self, name: str, *args: object) -> Any:
        """Run the request `name` in the helper; what it raises there is raised here."""
        return self.pour(name, args)

    def pour(self, name: str, args: tuple[object, ...], things: Iterable[object] | None = None) -> Any:
        """Run a request that takes a stream of things after it."""

        def run() -> Any:
            self._send((name, args))
            if things is not None:
                for thing in things:
                    self._send(thing)
                self._send(None)
            return self._answer()

        return self._guarded(run)

    def stream(self, name: str, *args: object) -> Iterator[Any]:
        """Run a request that answers with a stream."""
        self._guarded(lambda: self._send((name, args)))
        while (thing := self._guarded(self._answer)) is not None:
            yield thing

    def close(self) -> None:
        """End the helper; its mounts end with it."""
        self._end()

    def _guarded(self, action: Any) -> Any:
        """An interrupted exchange leaves the pipe half read, so anything but an orderly answer ends the
        helper.
        """
        try:
            return action()
        except _Orderly as answer:
            raise answer.error from None
        except BaseException as error:
            self.close()
            if isinstance(error, OSError | EOFError | ValueError | pickle.UnpicklingError):
                raise Died("the helper process ended unexpectedly") from error
            raise

    def _send(self, thing: object) -> None:
        pipe: IO[bytes] = self._process.stdin  # type: ignore[assignment]
        pickle.dump(thing, pipe)
        pipe.flush()

    def _answer(self) -> Any:
        good, answer = pickle.load(self._process.stdout)  # type: ignore[arg-type]
        if good:
            return answer
        raise _Orderly(answer)


class _Orderly(Exception):
    """An error that the helper reported and that leaves the pipe in order."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe, which ends the helper, and wait; a helper that does not hear is killed."""
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):  # what was still to be written has no reader any more
            pipe.close()  # type: ignore[union-attr]
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
