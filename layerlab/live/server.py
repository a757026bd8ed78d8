"""What runs in the helper process: it enters a private namespace, mounts an overlay there and does as it is
asked.

Started by `helper`; every request is a name and arguments, every answer a pair of "good?" and a value or an
error.
"""

from __future__ import annotations

import os
import pickle
import select
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, NoReturn

from layerlab.engine.files.ops import Op
from layerlab.live import materialise, namespace, perform, syscalls, trials, upperdir
from layerlab.live.namespace import Refused
from layerlab.live.options import NAMES, Options, default, effective
from layerlab.live.syscalls import words

COME_IN = 0o755


class Server:
    """One namespace with at most one overlay in it."""

    def __init__(self, source: BinaryIO, sink: BinaryIO, parent: int) -> None:
        self.source, self.sink, self.parent = source, sink, parent
        self.root = -1
        self.scratch: str | None = None
        self.room = ""
        self.user = False
        self.ending = threading.Lock()

    def enter(self, user: bool, scratch: str | None) -> None:
        """Into new namespaces, with an empty room: in memory, or in a new directory under `scratch`."""
        for name in (*NAMES, "xino_auto"):
            default(name)  # the room may hide where this is read
        namespace.enter(user)
        self.user = user
        self.root = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
        threading.Thread(target=self.watch, daemon=True).start()
        if scratch is None:
            self.room = namespace.furnish()
        if scratch is not None or (user and not namespace.keeps_marks(self.room)):
            self.room = self.scratch = tempfile.mkdtemp(prefix="layerlab-", dir=scratch)

    def watch(self) -> None:
        """End with the parent, even if somebody else still holds the other end of the pipe open."""
        with suppress(OSError):  # no such process: the parent has already gone
            select.select([os.pidfd_open(self.parent)], [], [])
        self.end()

    def end(self) -> NoReturn:
        """End the process, leaving nothing on disk; what was mounted goes with it."""
        self.ending.acquire()  # and never let go: whoever comes second must not cut this short
        if self.scratch is not None:
            with suppress(OSError):
                os.fchdir(self.root)
                os.chroot(".")
                syscalls.umount(f"{self.room}/merged", syscalls.MNT_DETACH)
            shutil.rmtree(self.scratch, ignore_errors=True)
        os._exit(0)

    def layer(self, number: int) -> tuple[materialise.LeftOut, ...]:
        """Put the layer that now comes over the pipe on disk, under its number."""
        base = f"{self.room}/{number}"
        os.mkdir(base, COME_IN)
        marker = "user.overlay." if self.user else "trusted.overlay."
        entries = self.stream()
        try:
            return materialise.pour(entries, base, marker=marker, layer=number)
        except OSError as error:
            for _ in entries:
                pass  # what is still on its way must not be taken for requests
            raise Refused(f"putting layer {number} on disk: {words(error)}") from None

    def stream(self) -> Iterator[Any]:
        """What the parent sends, up to None."""
        while (thing := pickle.load(self.source)) is not None:
            yield thing

    def mount(self, layers: int, options: Options) -> tuple[Options, int]:
        """The overlay over layers 0 to `layers` - 1; gives the options that the kernel really took, and the
        time.
        """
        for name in ("upper", "work", "merged"):
            os.mkdir(f"{self.room}/{name}", COME_IN)
        os.utime(f"{self.room}/upper", (0, 0))
        os.chdir(self.room)  # short relative names: the option string may be no longer than a page
        lowers = ":".join(str(number) for number in reversed(range(layers)))
        wanted = [f"lowerdir={lowers}", "upperdir=upper", "workdir=work", *options.words()]
        try:
            syscalls.mount(
                "layerlab", "merged", "overlay", syscalls.MS_NODEV | syscalls.MS_NOSUID, ",".join(wanted)
            )
        except OSError as error:
            said = "; ".join(syscalls.why_not("overlay", wanted))
            raise Refused(f"an overlay mount: {words(error)}" + (f" ({said})" if said else "")) from None
        finally:
            os.chdir("/")
        return effective(f"{self.room}/merged"), os.stat(f"{self.room}/work").st_mtime_ns

    def umount(self) -> None:
        """Take the overlay off, so that the upper directory is at rest."""
        syscalls.umount(f"{self.room}/merged")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """With the mount as the root directory, so that absolute symbolic links stay in it."""
        os.chroot(f"{self.room}/merged")
        os.chdir("/")
        try:
            yield
        finally:
            os.fchdir(self.root)
            os.chroot(".")

    def do(self, op: Op) -> tuple[int, object]:
        """The operation's errno, 0 if it succeeded, and its result."""
        with self.inside():
            try:
                return 0, perform.perform(op)
            except OSError as error:
                return error.errno or 0, None

    def tree(self, name: str) -> None:
        """Answer with a stream of the entries of `merged` or `upper`."""
        for entry in upperdir.walk(f"{self.room}/{name}"):
            self.answer(True, entry)

    def trial(self, name: str) -> object:
        """One of the probe's trials."""
        return trials.TRIALS[name](self.room)

    def answer(self, good: bool, thing: object) -> None:
        """Send one answer."""
        pickle.dump((good, thing), self.sink)
        self.sink.flush()

    def serve(self) -> None:
        """Answer requests until the parent closes the pipe."""
        while True:
            try:
                name, args = pickle.load(self.source)
            except EOFError:
                return
            request: Callable[..., object] = getattr(self, name)
            try:
                self.answer(True, request(*args))
            except Exception as error:
                self.answer(False, error)


def main() -> None:
    """Serve on standard input and output; the last argument is the parent's process id."""
    os.umask(0)
    sys.setrecursionlimit(20_000)
    server = Server(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[-1]))
    try:
        server.serve()
    finally:
        server.end()
