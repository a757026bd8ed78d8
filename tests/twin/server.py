"""A helper process with namespaces of its own that runs scripts on the real kernel.

It ends when its pipe to the parent closes, and its mounts end with it: nothing can be left behind.
"""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from twin import kernel, script, walks
from twin.config import Config

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
NOBODY = 65534


class NoKernel(Exception):
    """This machine cannot mount in this way; the text is the kernel's answer."""


class Kernel:
    """The parent's end: `run` a script, or let the kernel take a random `walk`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        start = f"import sys; sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r}); "
        start += (
            f"from twin.server import serve; from twin.config import Config; serve(Config{tuple(config)!r})"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", start],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        ready = self.answer()
        if ready != "ready":
            raise NoKernel(ready)

    def send(self, kind: str, what: Any) -> None:
        """Ask; several questions may be under way."""
        assert self.process.stdin
        self.process.stdin.write(marshal.dumps((kind, what)))
        self.process.stdin.flush()

    def answer(self) -> Any:
        """The next answer."""
        assert self.process.stdout
        assert self.process.stderr
        try:
            found = marshal.load(self.process.stdout)
        except EOFError:
            raise RuntimeError(self.process.stderr.read().decode()) from None
        return found

    def run(self, ops: list[script.Call]) -> list[script.Result]:
        """The result of every call of a script."""
        self.send("run", ops)
        return self.answer()

    def walk(
        self, seed: int, length: int, plain: bool = False
    ) -> tuple[list[script.Call], list[script.Result]]:
        """A random walk from `seed`: its calls, and the kernel's result of each."""
        self.ask_walk(seed, length, plain)
        return self.answer()

    def ask_walk(self, seed: int, length: int, plain: bool = False) -> None:
        """Start a walk; `answer` gives what `walk` does."""
        self.send("walk", (seed, length, plain))

    def close(self) -> None:
        """End the helper."""
        self.process.communicate()


def own_namespaces(config: Config) -> None:
    """Enter a new mount namespace; for an unprivileged one, as an ordinary user in a new user namespace."""
    flags = CLONE_NEWNS
    if config.user:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        flags |= CLONE_NEWUSER
    uid, gid = os.geteuid(), os.getegid()
    kernel.call("prctl", 4, 1)  # PR_SET_DUMPABLE, or /proc/self belongs to root after the change of user
    kernel.call("unshare", flags)
    if config.user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            Path(f"/proc/self/{name}").write_text(text)
    else:
        os.setgroups([])
    kernel.mount("none", "/", "none", kernel.MS_REC | kernel.MS_PRIVATE)


def serve(config: Config) -> None:
    """The helper's end: set up, then answer until the pipe closes."""
    inp, out = sys.stdin.buffer, sys.stdout.buffer

    def tell(what: Any) -> None:
        out.write(marshal.dumps(what))
        out.flush()

    os.umask(0)
    base = tempfile.gettempdir()
    try:
        own_namespaces(config)
        box = kernel.Box(config, base)
        box.mount((box.tree(),), box.tree())
        box.clear()
    except OSError as why:
        tell(f"{why}")
        return
    tell("ready")
    while True:
        try:
            kind, what = marshal.load(inp)
        except EOFError:
            return
        if kind == "run":
            tell(script.run(box, what))
        else:
            tell(walks.walk(box, *what, user=config.user))
        box.clear()
