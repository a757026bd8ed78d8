"""Look-up with provenance: which layer answers for a path, and what stopped the search.

Layers are asked from the top; the first that has the name answers. A directory merges with the directories
below it until an opaque one, a whiteout or anything that is not a directory ends the search (kernel:
`fs/overlayfs/namei.c`).
"""

from __future__ import annotations

from enum import Enum

from layerlab.engine.files.node import Dir, Node, Whiteout, value
from layerlab.engine.files.tree import join, split


class Verdict(Enum):
    """What one layer said when it was asked for a path."""

    FOUND = "found, stop"
    MERGED = "found a directory, look below"
    ABSENT = "no, look below"
    WHITEOUT = "a whiteout, stop"
    OPAQUE = "found an opaque directory, stop"
    HIDDEN = "not asked"


@value
class Probe:
    """One layer's answer; `marker` is the path of the whiteout, opaque directory or file that ended the search there."""

    layer: int
    verdict: Verdict
    node: Node | None = None
    marker: str | None = None


@value
class Lookup:
    """The answer for `path`: the node, the layer that gave it, and every layer's part, top first."""

    path: str
    node: Node | None
    layer: int | None
    probes: tuple[Probe, ...]


def look_up(layers: tuple[Dir, ...], path: str) -> Lookup:
    """Ask `layers` (base to top) for `path`; symbolic links are not followed, a Lookup without node is "no such name"."""
    raise NotImplementedError(join(split(path)), Dir, Whiteout)
