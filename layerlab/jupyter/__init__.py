"""How JupyterLab is started on a directory of lessons: which command, in which environment.

The learner's own Jupyter configuration is read as ever and never written. What must not stand between a
learner and the first lesson (the news question, a build prompt) is settled by the two directories beside
this module, `lab` and `slides`, which Jupyter is pointed at by environment variables and therefore asks
first; and the kernel `python3` is this Python's, even where the home directory has another of that name.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PRIVATE = ".layerlab"
"""The directory among the lessons that holds what is ours: the manifest, signatures, window layouts."""

QUIET = ("--LabApp.extension_manager=readonly", "--LanguageServerManager.autodetect=False")
"""No look at package indexes for extensions, none through the machine for language servers."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, and the whole environment it runs in."""

    argv: tuple[str, ...]
    env: Mapping[str, str]


def lab_command(
    directory: Path, args: Sequence[str] = (), *, page: str | None = None, slides: bool = False
) -> Command:
    """The command that serves `directory` in JupyterLab and opens `page`, a path in it with `/` between.

    `args` go to JupyterLab after ours, so that they win (`--no-browser`, `--port 8899`, …). With `slides`
    notebooks open in presentation mode.
    """
    private = directory.resolve() / PRIVATE
    argv = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={directory.resolve()}", "-y"]
    argv += [f"--NotebookNotary.data_dir={private}", *QUIET]
    if page is not None:
        argv.append(f"--LabApp.default_url=/lab/tree/{page}")
    if runs_as_root() and not any(arg.startswith("--allow-root") for arg in args):
        argv.append("--allow-root")
    return Command((*argv, *args), environment(private, slides=slides))


def runs_as_root() -> bool:
    """Whether this is Unix's superuser, whom JupyterLab serves only when told to."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def environment(private: Path, *, slides: bool = False) -> dict[str, str]:
    """This process's environment, our settings and kernel before the user's, our programs on PATH."""
    layout = private / ("slides" if slides else "lab")
    ours = [HERE / "slides", HERE / "lab"] if slides else [HERE / "lab"]
    return {
        **os.environ,
        "JUPYTER_CONFIG_PATH": _before("JUPYTER_CONFIG_PATH", *ours),
        "JUPYTER_PATH": _before("JUPYTER_PATH", Path(sys.prefix) / "share" / "jupyter"),
        "JUPYTERLAB_WORKSPACES_DIR": str(layout / "workspaces"),
        **({"JUPYTERLAB_SETTINGS_DIR": str(layout / "settings")} if slides else {}),
        "PATH": _before("PATH", Path(sys.executable).parent),
    }


def _before(variable: str, *paths: Path) -> str:
    """The search path in `variable` with `paths` put first."""
    rest = [os.environ[variable]] if os.environ.get(variable) else []
    return os.pathsep.join([*map(str, paths), *rest])


def forget_layout(directory: Path) -> None:
    """Start the next presentation as on its first day: in slide mode, with nothing else open."""
    shutil.rmtree(directory / PRIVATE / "slides", ignore_errors=True)
