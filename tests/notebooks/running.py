"""Running notebooks under nbval as CI does, in a process of its own, on copies."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOME = ROOT / "notebooks"
TIMEOUT = 60
LESSONS = sorted(HOME.glob("*.ipynb"))
SOLUTIONS = sorted((HOME / "solutions").glob("*.ipynb"))
DEMOS = sorted((HOME / "demos").glob("*.ipynb"))
EXERCISES = sorted((HOME / "exercises").glob("*.ipynb"))
RUN = [*LESSONS, *SOLUTIONS, *DEMOS]


def nbval(
    *notebooks: Path, folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run these notebooks against their stored outputs; `folder` holds the settings and the homes of the run."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    homes = {name: str(folder / name.lower()) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "HOME")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", "-c"]
    command += [str(folder / "pytest.ini"), "--rootdir", str(folder)]
    command += ["--nbval", "--nbval-current-env", f"--nbval-cell-timeout={TIMEOUT}", *map(str, notebooks)]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **homes, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
