"""Named files to read an image from, wherever they lie: in a directory, or in a tar."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Protocol, cast

from layerlab.disk.inflate import compression, inflate
from layerlab.disk.source import OpenFile, blocks, open_data
from layerlab.engine.errors import ArchiveError
from layerlab.engine.files.data import Data, Slice
from layerlab.engine.files.node import Dir, File, Symlink
from layerlab.engine.files.tarball import read_tar
from layerlab.engine.files.tree import find, join, split
from layerlab.engine.files.walking import MAX_LINKS, resolve


class Shelf(Protocol):
    """`file` names it in errors, `size` is about how many bytes it takes on disk."""

    file: str
    size: int

    def get(self, path: str) -> Data | None:
        """The file at `path`, relative to the top, or None. ArchiveError if it lies outside."""


class DirectoryShelf:
    """Files in a directory; symbolic links are followed as long as they stay in it."""

    def __init__(self, root: Path) -> None:
        self.root, self.file = root.resolve(), str(root)
        self.size = sum(one.stat().st_size for one in root.rglob("*") if one.is_file())

    def get(self, path: str) -> Data | None:
        """The file at `path`, or None."""
        _check(self.file, path)
        real = (self.root / path).resolve()
        if not real.is_relative_to(self.root):
            raise ArchiveError(self.file, path, "a symbolic link that leads outside")
        return open_data(real) if real.is_file() else None


class TarShelf:
    """Files in a tar, which may be compressed; they are read where they lie."""

    def __init__(self, path: Path, limit: int | None) -> None:
        self.file = str(path)
        data = open_data(path)
        self.size = data.size
        how = compression(data.read(0, 4))
        if how:
            data = spooled(data, how, self.file, allowed(limit, self.size))
        self.root = read_tar(blocks(data), data, file=self.file, whiteouts=False)

    def get(self, path: str) -> Data | None:
        """The file at `path`, or None; symbolic links are followed inside the archive."""
        parts = _check(self.file, path)
        for _ in range(MAX_LINKS):
            real = resolve(self.root, parts[:-1])
            above = None if real is None else find(self.root, join(real))
            node = above.children.get(parts[-1]) if isinstance(above, Dir) and parts else None
            if not isinstance(node, Symlink):
                return node.data if isinstance(node, File) else None
            base = () if node.target.startswith("/") else (real or ())
            parts = _normal(self.file, path, (*base, *node.target.split("/")))
        raise ArchiveError(self.file, path, "too many symbolic links")


def allowed(limit: int | None, size: int) -> int:
    """How many bytes an archive of `size` may decompress to: what the caller said, else 1 GiB or 100 times it."""
    return max(1 << 30, 100 * size) if limit is None else limit


def spool() -> IO[bytes]:
    """A nameless temporary file, gone when it is closed."""
    import tempfile  # costs memory, and is needed for compressed layers only

    return cast(IO[bytes], tempfile.TemporaryFile(buffering=0, prefix="layerlab-"))


def spooled(data: Data, how: str, file: str, limit: int) -> Data:
    """`data` decompressed into a nameless temporary file."""
    target, size = spool(), 0
    for block in inflate(blocks(data), how, file, limit):
        target.write(block)
        size += len(block)
    return Slice(OpenFile(target, file), 0, size)


def _check(file: str, path: str) -> tuple[str, ...]:
    """The names of a path; ArchiveError if it is absolute, leaves the top, or holds a NUL."""
    if path.startswith("/") or "\0" in path or ":" in path.split("/")[0] or "\\" in path:
        raise ArchiveError(file, path, "not a path inside the archive")
    return _normal(file, path, split(path))


def _normal(file: str, path: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for name in parts:
        if name == "..":
            if not names:
                raise ArchiveError(file, path, "a path that leads outside")
            names.pop()
        elif name not in ("", "."):
            names.append(name)
    return tuple(names)
