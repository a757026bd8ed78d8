"""Makes the recordings, and plays them again on the kernel of the day.

python -m layerlab.live.record                      run all lessons and keep what their twins saw
python -m layerlab.live.record 06.ipynb moves.py    run these
python -m layerlab.live.record --check              play every recording again; exit code 1 if one differs
"""

from __future__ import annotations

import argparse
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from layerlab.live.mount import Refused, mount
from layerlab.live.recording import HOME, RECORD, Recording, load, only
from layerlab.live.run import looks, on_mount
from layerlab.live.verdict import Difference, compare

LESSONS = ("*.ipynb", "demos/*.ipynb", "solutions/*.ipynb")


def replay(recorded: Recording) -> tuple[Difference, ...]:
    """Play a recording on this kernel; in a difference, `engine` is the recording. `Refused` if it cannot."""
    question = recorded.question
    with mount(
        question.layers, redirect_dir=question.redirect_dir, index=question.index, user=recorded.user
    ) as live:
        now = on_mount(live, question.ops, looks(question.ops, question.layers))
    return compare(question.ops, recorded.run, only(now, question.touched())).differences


def check(home: Path = HOME) -> Iterator[tuple[str, tuple[Difference, ...]]]:
    """Every recording's name, and how this kernel differs from it."""
    for path in sorted(home.glob("*.json")):
        yield path.name, replay(load(path))


def run(source: Path, home: Path) -> None:
    """Run a notebook or program from its own directory; every twin in it leaves its recording in `home`."""
    os.environ[RECORD] = str(home)
    try:
        if source.suffix == ".ipynb":
            line = [
                "jupyter",
                "nbconvert",
                "--to",
                "notebook",
                "--execute",
                "--stdout",
                "--log-level",
                "ERROR",
            ]
            command = [sys.executable, "-m", *line, str(source)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        else:
            runpy.run_path(str(source), run_name="__main__")
    finally:
        del os.environ[RECORD]


def lessons() -> list[Path]:
    """The notebooks in a working copy of the project."""
    home = Path(__file__).resolve().parents[2] / "notebooks"
    return sorted(path for pattern in LESSONS for path in home.glob(pattern))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m layerlab.live.record", description="Record real kernels."
    )
    parser.add_argument("sources", nargs="*", type=Path, help="notebooks and programs (default: all lessons)")
    parser.add_argument("--check", action="store_true", help="play the recordings again on this kernel")
    parser.add_argument(
        "--into", type=Path, default=HOME, help="where recordings are kept (default: the package)"
    )
    asked = parser.parse_args(arguments)
    try:
        return _check(asked.into) if asked.check else _record(asked.sources or lessons(), asked.into)
    except Refused as refused:
        print(f"nothing can be mounted here: {refused}", file=sys.stderr)
        return 1


def _check(home: Path) -> int:
    """Play all recordings again."""
    differs = 0
    for name, differences in check(home):
        differs += bool(differences)
        for difference in differences:
            print(f"{name}: {difference}".replace(": engine ", ": recorded "))
    print(f"{len(list(home.glob('*.json')))} recordings, {differs} differ")
    return 1 if differs else 0


def _record(sources: Sequence[Path], home: Path) -> int:
    """Run all sources."""
    mount(()).close()  # before any work is done: can it be done at all?
    missing = [source for source in sources if not source.is_file()]
    if missing:
        print(f"no such file: {missing[0]}", file=sys.stderr)
        return 2
    before = set(home.glob("*.json"))
    for source in sources:
        print(f"running {source.name}")
        run(source, home)
    print(f"{len(set(home.glob('*.json')) - before)} new recordings in {home.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
