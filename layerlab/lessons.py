"""The lessons as they are shipped, and their copy in a directory of the learner's.

A learner's work is never written over. The copy keeps a manifest of what was shipped, so that a file the
learner has changed is told from one that is merely old: the old one is brought up to date, the changed one
stays, and where a newer lesson exists it is put beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath

from layerlab.jupyter import PRIVATE

FIRST = "00_welcome.ipynb"
DEMOS = "demos"
KEPT_BACK = {"solutions", ".ipynb_checkpoints", PRIVATE}
"""Not handed out: the solutions serve `layerlab check`."""


class LessonsError(Exception):
    """The lessons are not there, or cannot be copied to where they were asked for."""


class Fate(Enum):
    """What became of one lesson in the learner's directory."""

    COPIED = "copied"
    UPDATED = "brought up to date"
    SAME = "as shipped"
    KEPT = "changed by you, left as it is"
    BESIDE = "changed by you, left as it is; the new version lies beside it"


@dataclass(frozen=True, slots=True)
class Copied:
    """One lesson and its fate; `beside` is the new version's path where one was put beside the learner's."""

    path: PurePosixPath
    fate: Fate
    beside: PurePosixPath | None = None


def notebooks() -> Path:
    """The directory of all notebooks, solutions included: in an installed package, else in the checkout."""
    package = Path(__file__).parent
    for directory in (package / "notebooks", package.parent / "notebooks"):
        if directory.is_dir():
            return directory
    raise LessonsError("this installation of layerlab holds no lessons: install it again from a release")


def shipped(source: Path) -> Iterator[PurePosixPath]:
    """Every file under `source` that a learner gets, relative to it, in order."""
    for folder, folders, files in os.walk(source):
        folders[:] = sorted(set(folders) - KEPT_BACK)
        for name in sorted(files):
            yield PurePosixPath((Path(folder) / name).relative_to(source).as_posix())


def copy_lessons(target: Path, source: Path | None = None) -> tuple[Copied, ...]:
    """Bring the lessons in `target` up to date, never touching a file that the learner has changed.

    Raises `LessonsError` when `target` cannot be written.
    """
    source = source or notebooks()
    try:
        target.mkdir(parents=True, exist_ok=True)
        before = _manifest(target)
        done = tuple(_copy(source, target, path, before.get(str(path))) for path in shipped(source))
        digests = {str(path): _digest((source / path).read_bytes()) for path in shipped(source)}
        _write(target / PRIVATE / "shipped.json", json.dumps({**before, **digests}, indent=1).encode())
    except FileExistsError:
        raise LessonsError(f"{target} is a file; the lessons need a directory") from None
    except OSError as error:
        raise LessonsError(
            f"cannot put the lessons into {target}: {error.strerror}: {error.filename}"
        ) from None
    return done


def _copy(source: Path, target: Path, path: PurePosixPath, was: str | None) -> Copied:
    """Decide the fate of one lesson, given the digest `was` that was shipped here last, and carry it out."""
    new, mine = (source / path).read_bytes(), target / path
    if not os.path.lexists(mine):
        _write(mine, new)
        return Copied(path, Fate.COPIED)
    now = _digest(mine.read_bytes()) if mine.is_file() else None
    if now == _digest(new):
        return Copied(path, Fate.SAME)
    if now is not None and now == was and not mine.is_symlink():
        _write(mine, new)
        return Copied(path, Fate.UPDATED)
    if _digest(new) == was:
        return Copied(path, Fate.KEPT)
    return _put_beside(target, path, new)


def _put_beside(target: Path, path: PurePosixPath, new: bytes) -> Copied:
    """Write the new version as `NAME.new.ipynb`, which JupyterLab still opens as a notebook."""
    beside = path.with_name(f"{path.stem}.new{path.suffix}")
    if os.path.lexists(target / beside):
        number = 2
        while os.path.lexists(target / path.with_name(f"{path.stem}.new{number}{path.suffix}")):
            number += 1
        beside = path.with_name(f"{path.stem}.new{number}{path.suffix}")
    _write(target / beside, new)
    return Copied(path, Fate.BESIDE, beside)


def first_lesson(target: Path) -> str | None:
    """The page to open: the welcome, else the first notebook there is."""
    if (target / FIRST).is_file():
        return FIRST
    return next((path.name for path in sorted(target.glob("*.ipynb"))), None)


def demos(source: Path | None = None) -> tuple[str, ...]:
    """The names of the instructor demos."""
    return tuple(sorted(path.stem for path in ((source or notebooks()) / DEMOS).glob("*.ipynb")))


def sign(target: Path) -> None:
    """Mark the lessons that are as shipped as trusted, so that their stored pictures show before any run.

    The signatures live among the lessons, not in the home directory. A changed notebook is left to
    JupyterLab's own rule: what the learner ran there is trusted, what came from elsewhere is not.
    """
    from nbformat import read
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary(data_dir=str(target.resolve() / PRIVATE))
    for name, digest in _manifest(target).items():
        lesson = target / name
        if lesson.suffix == ".ipynb" and lesson.is_file() and _digest(lesson.read_bytes()) == digest:
            notary.sign(read(lesson, as_version=4))


def _manifest(target: Path) -> Mapping[str, str]:
    """What was shipped to `target` before: path → digest; empty where nothing legible is noted."""
    try:
        noted = json.loads((target / PRIVATE / "shipped.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _digest(content: bytes) -> str:
    """The digest of a file; of a notebook that of its cells alone.

    JupyterLab notes its Python's version in a notebook that was merely looked at: no work of a learner's.
    """
    with suppress(ValueError, TypeError, KeyError):  # not a notebook: all its bytes count
        content = json.dumps(json.loads(content)["cells"], sort_keys=True).encode()
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Write all of `path` or nothing of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)
