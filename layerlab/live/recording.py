"""Runs of a real kernel, kept for machines that cannot mount; found again by what was asked, not by who asked
it.

A recording is keyed by the digest of the options, the operations and the touched part of the layers (see
`touched`); it holds what the kernel answered and how the touched part of both trees changed with each
operation.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from layerlab.engine.files.node import Dir, value
from layerlab.engine.files.ops import Op
from layerlab.live.codec import decode, encode
from layerlab.live.facts import NOW, Facts, View, instant
from layerlab.live.mount import Options
from layerlab.live.run import Look, Run
from layerlab.live.touched import Touched

HOME = Path(__file__).parent / "recordings"
RECORD = "LAYERLAB_RECORD"
"""The environment variable that names a directory where every live run is to be recorded."""

LARGEST = 1 << 20
"""Layers whose touched part is larger than this, in bytes of JSON, are not recorded."""


@value
class Question:
    """What a kernel is asked: these operations on these layers, base to top, with these options."""

    ops: tuple[Op, ...]
    layers: tuple[Dir, ...]
    redirect_dir: bool
    index: bool

    def encode(self) -> dict[str, Any]:
        """The question as JSON, of the layers only the touched part."""
        touched = self.touched()
        return {
            "redirect_dir": self.redirect_dir,
            "index": self.index,
            "ops": encode(self.ops),
            "layers": [encode(touched.prune(layer)) for layer in self.layers],
        }

    def touched(self) -> Touched:
        """The part of the layers it has to do with."""
        return Touched(self.ops, self.layers)

    def options(self, user: bool) -> Options:
        """The mount options for it."""
        return Options(self.redirect_dir, self.index, userxattr=user)


@value
class Recording:
    """A question and what a kernel answered; `kernel` is its label, `user` tells that it was in a user
    namespace.
    """

    question: Question
    kernel: str
    user: bool
    run: Run


def digest(asked: dict[str, Any]) -> str:
    """The name of a question."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32]


def find(question: Question, home: Path | None = None) -> Recording | None:
    """The recording that answers the question, if there is one (in the package, or in `home`)."""
    path = (home or HOME) / f"{digest(question.encode())}.json"
    return load(path) if path.exists() else None


def load(path: Path) -> Recording:
    """A recording from its file."""
    told = json.loads(path.read_text())
    asked = told["question"]
    question = Question(decode(asked["ops"]), decode(asked["layers"]), asked["redirect_dir"], asked["index"])
    return Recording(question, told["kernel"], told["user"], tuple(_run(told["run"])))


def save(recorded: Recording, home: Path) -> Path | None:
    """Keep what a kernel answered; nothing if the touched part of the layers is too large."""
    asked = recorded.question.encode()
    run = only(recorded.run, recorded.question.touched())
    told = {"kernel": recorded.kernel, "user": recorded.user, "question": asked, "run": _told(run)}
    text = json.dumps(told, indent=1, sort_keys=True) + "\n"
    if len(text) > LARGEST:
        return None
    home.mkdir(parents=True, exist_ok=True)
    path = home / f"{digest(asked)}.json"
    path.write_text(text)
    return path


def wanted() -> Path | None:
    """Where live runs are to be recorded, if anywhere."""
    name = os.environ.get(RECORD)
    return Path(name) if name else None


def only(run: Run, touched: Touched) -> Run:
    """The run as far as the touched part of the trees goes."""

    def part(seen: View | None) -> View | None:
        if seen is None:
            return None
        return {path: _timeless(facts, touched.times) for path, facts in seen.items() if touched.covers(path)}

    return tuple(Look(look.errno, look.result, part(look.merged), part(look.upper)) for look in run)


def _timeless(facts: Facts, times: Collection[int]) -> Facts:
    """The facts without a time that comes from the layers: of one image, every making has its own."""
    told = facts.get("mtime")
    if told is None or told == NOW or told in {instant(time) for time in times}:
        return facts
    return {name: text for name, text in facts.items() if name != "mtime"}


def _told(run: Run) -> list[dict[str, Any]]:
    """The run as JSON, each view as what changed since the last one."""
    told: list[dict[str, Any]] = []
    last: dict[str, View] = {"merged": {}, "upper": {}}
    for look in run:
        step: dict[str, Any] = {"errno": look.errno, "result": look.result}
        for name, seen in (("merged", look.merged), ("upper", look.upper)):
            if seen is not None:
                step[name] = _changes(last[name], seen)
                last[name] = seen
        told.append(step)
    return told


def _changes(before: View, after: View) -> dict[str, Any]:
    """What to put into `before` (None: take away) to have `after`."""
    gone: dict[str, Any] = {path: None for path in before if path not in after}
    return gone | {path: facts for path, facts in after.items() if before.get(path) != facts}


def _run(told: Sequence[dict[str, Any]]) -> Iterator[Look]:
    """The opposite of `_told`."""
    last: dict[str, View] = {"merged": {}, "upper": {}}
    for step in told:
        for name in last:
            if name in step:
                both = last[name] | step[name]
                last[name] = {path: facts for path, facts in sorted(both.items()) if facts is not None}
        trees = [dict(last[name]) if name in step else None for name in ("merged", "upper")]
        yield Look(step["errno"], step["result"], *trees)
