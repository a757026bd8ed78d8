"""What a learner has reached, in one small file among the lessons; nothing depends on it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from layerlab.jupyter import PRIVATE
from layerlab.teach.level import Verdict

NAME = "progress.json"


class Progress:
    """The progress file of one lessons directory; a missing or damaged file means that nothing was noted."""

    def __init__(self, lessons: Path) -> None:
        self.file = lessons / PRIVATE / NAME

    def read(self) -> dict[str, dict[str, str]]:
        """What was noted: lesson → exercise → how it stood."""
        try:
            noted = json.loads(self.file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(noted, dict):
            return {}
        return {lesson: dict(stood) for lesson, stood in noted.items() if isinstance(stood, dict)}

    def note(self, lesson: str, verdicts: Iterable[Verdict]) -> None:
        """Add how these exercises stand; what was right once stays so."""
        noted = self.read()
        stood = noted.setdefault(lesson, {})
        for verdict in verdicts:
            if stood.get(verdict.name) != "right":
                stood[verdict.name] = verdict.status.value
        self._write(json.dumps(noted, indent=1, sort_keys=True) + "\n")

    def _write(self, text: str) -> None:
        """All of it or nothing."""
        self.file.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.file.parent, prefix=f".{NAME}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(name, self.file)
        except BaseException:
            os.unlink(name)
            raise


def lessons_of(notebook: Path) -> Path | None:
    """The lessons directory a notebook lies in: the nearest above it that `layerlab lab` made, or None."""
    for folder in notebook.resolve().parents:
        if (folder / PRIVATE).is_dir():
            return folder
    return None
