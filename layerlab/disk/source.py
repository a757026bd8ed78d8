"""Bytes in real files, as the engine's data: nothing is held in memory, the file stays open as long as it is used."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from layerlab.engine.errors import ArchiveError
from layerlab.engine.files.data import Data, Slice

STEP = 1 << 17
"""How many bytes are read at a time."""


class OpenFile:
    """A file opened for reading, closed when nobody uses it any more."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self.file, self.name, self.lock = file, name, threading.Lock()

    def read(self, start: int, length: int) -> bytes:
        """Exactly `length` bytes from `start`; ArchiveError if the file no longer has them."""
        if hasattr(os, "pread"):
            raw = os.pread(self.file.fileno(), length, start)
            while len(raw) < length and (
                more := os.pread(self.file.fileno(), length - len(raw), start + len(raw))
            ):
                raw += more
        else:
            with self.lock:
                self.file.seek(start)
                raw = self.file.read(length)
        if len(raw) < length:
            raise ArchiveError(
                self.name, None, f"truncated: {length - len(raw)} bytes are missing at {start}"
            )
        return raw

    def __del__(self) -> None:
        self.file.close()


def open_data(path: Path) -> Data:
    """The whole of a regular file."""
    file = path.open("rb", buffering=0)
    return Slice(OpenFile(file, str(path)), 0, os.fstat(file.fileno()).st_size)


def blocks(data: Data, step: int = STEP) -> Iterator[bytes]:
    """All of `data`, piece by piece."""
    for at in range(0, data.size, step):
        yield data.read(at, min(step, data.size - at))
