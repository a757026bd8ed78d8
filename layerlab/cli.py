"""The `layerlab` command line: it reads arguments, calls one function, prints, and ends with the right code.

Exit codes: 0 done, 1 it went wrong or the answer is no, 2 wrong usage, 130 interrupted by Ctrl-C.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import click

from layerlab import jupyter, lessons

DEFAULT_DIRECTORY = "layerlab-lessons"
WRONG_USAGE = 2
INTERRUPTED = 130
PASSED_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="layerlab", message="layerlab %(version)s")
def cli() -> None:
    """Learn what container images, layers, copy-on-write and the build cache really are."""


@cli.command(context_settings=PASSED_ON)
@click.argument("args", nargs=-1, type=click.UNPROCESSED, metavar="[DIR] [JUPYTER ARGS]...")
def lab(args: tuple[str, ...]) -> None:
    """Put the lessons into DIR and open the first in JupyterLab.

    DIR is layerlab-lessons unless given. Files that you changed there are never written over. Everything
    after DIR goes to JupyterLab, such as --no-browser or --port 8899.
    """
    directory, rest = _directory(args)
    _prepare(directory)
    page = lessons.first_lesson(directory)
    _become(jupyter.lab_command(directory, rest, page=page))


@cli.command(context_settings=PASSED_ON)
@click.argument("name")
@click.argument("args", nargs=-1, type=click.UNPROCESSED, metavar="[DIR] [JUPYTER ARGS]...")
def demo(name: str, args: tuple[str, ...]) -> None:
    """Open the instructor demo NAME in slide mode.

    The slides are notebooks in DIR (layerlab-lessons unless given), with live widgets. Everything after
    DIR goes to JupyterLab.
    """
    known = lessons.demos()
    if name not in known:
        raise click.BadParameter(
            f"there is no demo {name!r}; there is: {', '.join(known)}", param_hint="NAME"
        )
    directory, rest = _directory(args)
    _prepare(directory)
    jupyter.forget_layout(directory)
    page = f"{lessons.DEMOS}/{name}.ipynb"
    _become(jupyter.lab_command(directory, rest, page=page, slides=True))


@cli.command()
def probe() -> None:
    """Show what this machine can do: kernel, overlay mounts, user namespaces, Btrfs, fuse.

    Everything is tried in a private namespace and leaves nothing behind. Where the answer is no, it is told
    in the kernel's own words.
    """
    from layerlab.live.probe import probe as ask

    click.echo(str(ask()))


@cli.command()
@click.argument("lesson", metavar="NN")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--timeout", default=30.0, show_default=True, help="Seconds that one cell may take.")
def check(lesson: str, file: Path | None, timeout: float) -> int:
    """Check the exercises of lesson NN in FILE.

    Without FILE the copy near the current directory is meant. Any route to the goal passes; the answer is
    one verdict for each exercise.
    """
    _need("nbval", "checking notebooks")
    from layerlab.teach.check import check_file

    report = check_file(lesson, file, timeout=timeout)
    click.echo(report.text, err=report.exit_code == WRONG_USAGE)
    return report.exit_code


@cli.command()
@click.argument("lesson", metavar="[NN]", required=False)
@click.option(
    "--home", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Where solutions/ is."
)
def release(lesson: str | None, home: Path | None) -> None:
    """Make the learners' exercises from the solutions, of lesson NN or of all.

    For authors: solutions/NN_name.ipynb becomes exercises/NN_name.ipynb, with the answers taken out.
    """
    _need("nbformat", "making exercises")
    from layerlab.teach.notebook import BadNotebook
    from layerlab.teach.release import release as make

    try:
        made = make(lesson, home=home)
    except BadNotebook as problem:
        raise click.ClickException(str(problem)) from None
    for path in made:
        click.echo(f"made {path}")


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code; a user's mistake is one clear message, no traceback."""
    try:
        done = cli.main(
            args=None if argv is None else list(argv), prog_name="layerlab", standalone_mode=False
        )
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except lessons.LessonsError as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    return done if isinstance(done, int) else 0


def _directory(args: Sequence[str]) -> tuple[Path, tuple[str, ...]]:
    """The learner's directory and what is left for JupyterLab."""
    if args and not args[0].startswith("-"):
        return Path(args[0]), tuple(args[1:])
    return Path(DEFAULT_DIRECTORY), tuple(args)


def _prepare(directory: Path) -> None:
    """Copy the lessons, say what was done, and make sure that JupyterLab is there to open them."""
    try:
        copied = lessons.copy_lessons(directory)
    except lessons.LessonsError as error:
        raise click.BadParameter(str(error), param_hint="DIR") from None
    counts = Counter(one.fate for one in copied)
    said = ", ".join(f"{counts[fate]} {fate.value}" for fate in lessons.Fate if counts[fate])
    click.echo(f"Lessons in {directory.resolve()}: {said}", err=True)
    for one in copied:
        if one.beside is not None:
            click.echo(f"  {one.path} is yours; its new version is {one.beside}", err=True)
    _need("jupyterlab", "opening lessons")
    lessons.sign(directory)


def _need(module: str, task: str) -> None:
    """Say how to get what `task` takes, where the extra `lab` is not installed."""
    if find_spec(module) is None:
        raise click.ClickException(f"{task} needs: pip install 'layerlab[lab]'")


def _become(command: jupyter.Command) -> NoReturn:
    """Turn into `command`: the same process where there is such a thing, so that signals reach it."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execve(command.argv[0], command.argv, command.env)
    try:
        raise click.exceptions.Exit(subprocess.call(command.argv, env=command.env))
    except KeyboardInterrupt:
        raise click.exceptions.Exit(INTERRUPTED) from None
