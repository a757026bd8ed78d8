"""Look-up with provenance: which layer answers for a path, and what stopped the search.

Layers are asked from the top; the first that has the name answers. A directory merges with the directories
below it until an opaque one, a whiteout or anything that is not a directory ends the search (kernel:
`fs/overlayfs/namei.c`). A mount looks names up with the same code (`merged`), but keeps only the answer.
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
    """One layer's answer; `marker` is the whiteout, opaque directory or file that ended the search."""

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
    """Ask `layers` (base to top) for `path`, links not followed; no node: there is no such name."""
    search = _Search(split(path))
    probes = [search.ask(layer, layers[layer]) for layer in reversed(range(len(layers)))]
    found = next((probe for probe in probes if probe.node is not None), None)
    node, layer = (found.node, found.layer) if found else (None, None)
    return Lookup(join(split(path)), node, layer, tuple(probes))


class _Search:
    """A look-up on its way down: what to ask the next layer for, and whether to ask it at all.

    A redirect in one layer changes the names that the layers below are asked for.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.stopped = self.directory = False

    def ask(self, layer: int, root: Dir) -> Probe:
        """One layer's part."""
        if self.stopped:
            return Probe(layer, Verdict.HIDDEN)
        names, node, marker = self.names, root, None
        for at, name in enumerate(names):
            below = node.children.get(name)
            if isinstance(below, Whiteout):
                return self.stop(Probe(layer, Verdict.WHITEOUT, None, join(names[: at + 1])))
            if below is None:
                verdict = Verdict.OPAQUE if self.stopped else Verdict.ABSENT
                return Probe(layer, verdict, None, marker)
            if not isinstance(below, Dir):
                return self.file(layer, below, names[: at + 1], at + 1 == len(names))
            if below.opaque:
                self.stopped, marker = True, join(names[: at + 1])
            elif below.redirect is not None:
                self.redirect(below.redirect, names, at)
                marker = None if not self.stopped else marker
            node = below
        self.directory = True
        return Probe(layer, Verdict.OPAQUE if self.stopped else Verdict.MERGED, node, marker)

    def file(self, layer: int, node: Node, names: tuple[str, ...], last: bool) -> Probe:
        """Something that is no directory ends the search; it answers only if nothing was found above it."""
        answers = last and not self.directory
        marker = None if answers else join(names)
        return self.stop(
            Probe(layer, Verdict.FOUND if answers else Verdict.ABSENT, node if answers else None, marker)
        )

    def redirect(self, target: str, names: tuple[str, ...], at: int) -> None:
        """Go on below with another name; an absolute one leads out of an opaque directory again."""
        home = () if target.startswith("/") else self.home(names, at)
        if target.startswith("/"):
            self.stopped = False
        self.names = (*home, *split(target), *names[at + 1 :])

    def home(self, names: tuple[str, ...], at: int) -> tuple[str, ...]:
        """The directory of the name at `at`, as the layers below know it."""
        return self.names[: len(self.names) - (len(names) - at)]

    def stop(self, probe: Probe) -> Probe:
        """The last probe that counts."""
        self.stopped = True
        return probe
