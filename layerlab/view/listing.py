"""What a directory of the merged view lists, and what a layer holds, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from layerlab.engine.files.node import Dir, File, Whiteout
from layerlab.engine.files.tree import find, walk
from layerlab.engine.files.union import look_up
from layerlab.view.units import many, size

Layers = tuple[Dir, ...]


def listing(layers: Layers, folder: str) -> tuple[str, ...]:
    """The sorted names that the merged view has in `folder`; none if it is not a directory.

    Names are taken from every layer and each is looked up, so that this file needs no rule of its own.
    """
    names: set[str] = set()
    for layer in layers:
        node = find(layer, folder)
        if isinstance(node, Dir):
            names |= node.children.keys()
    stem = folder.rstrip("/")
    return tuple(name for name in sorted(names) if look_up(layers, f"{stem}/{name}").node is not None)


@dataclass(frozen=True, slots=True)
class Holds:
    """What lies in one layer. A hard-linked file's bytes count once."""

    files: int = 0
    directories: int = 0
    whiteouts: int = 0
    size: int = 0

    @property
    def note(self) -> str:
        """`2 files, 5.0 KB`; directories are named only where there is nothing else."""
        parts = []
        if self.files:
            parts.append(f"{many(self.files, 'file')}, {size(self.size)}")
        if self.whiteouts:
            parts.append(many(self.whiteouts, "whiteout"))
        if self.directories and not parts:
            parts.append(many(self.directories, "directory", "directories"))
        return ", ".join(parts) or "no files"


def holds(layer: Dir) -> Holds:
    """Counts of everything in `layer` but its root; symbolic links and the like are files of no bytes."""
    files = directories = whiteouts = total = 0
    inodes: set[int] = set()
    for path, node in walk(layer):
        if isinstance(node, Whiteout):
            whiteouts += 1
        elif isinstance(node, Dir):
            directories += path != "/"
        else:
            files += 1
            if isinstance(node, File) and not (node.ino and node.ino in inodes):
                total += node.data.size
            inodes.add(node.ino)
    return Holds(files, directories, whiteouts, total)
