"""Every sentence of the stack's picture: which layer answers, what hides what, and the names of its parts.

What a step did is said in `findings`. Numbers come from the engine; a headline has at most twelve words.
"""

from __future__ import annotations

from layerlab.engine.files.events import CopiedUp
from layerlab.engine.files.node import Dir, Whiteout
from layerlab.engine.files.union import Lookup, Probe, Verdict
from layerlab.view.findings import headline, status
from layerlab.view.listing import holds
from layerlab.view.phases import phases
from layerlab.view.plain import layer_words, printable
from layerlab.view.scene import Scene
from layerlab.view.units import many, size

__all__ = ["headline", "phases", "printable", "status"]

START = "start"
MERGED = "Merged view"
CONTAINER = "Container layer"
DELETED, HIDDEN, OPAQUE = "deleted", "hidden", "opaque"
LOOKING_FOR, LOOKED_FOR = "Looking for", "Before the step, looking for"
WRITABLE = "all writing happens here"

KINDS = {
    "file": "file",
    "directory": "directory",
    "link": "link",
    "whiteout": "whiteout",
    "fifo": "named pipe",
    "socket": "socket",
    "device": "device",
}


def lede(scene: Scene) -> str:
    """One sentence on what is shown and how to read it."""
    return f"{scene.title}. You look down a column; the first layer that answers wins."


def folded(count: int, of: int) -> str:
    """What is said where folded columns are not drawn."""
    return f"{count} of {of} paths are folded away at this width." if count else ""


def many_layers(count: int) -> str:
    """The name of a run of layers in one row."""
    return f"{many(count, 'layer')}, none has these paths"


def merged_note(scene: Scene) -> str:
    """Whose view it is."""
    return "what the container sees" if scene.container else "what a container would see"


def merged_spoken(scene: Scene) -> str:
    """The merged view's row header, spoken."""
    return f"{MERGED}, {merged_note(scene)}"


def row_name(scene: Scene, layer: int) -> str:
    """The instruction that made a layer, or that it is the container's."""
    return CONTAINER if layer >= len(scene.lowers) else printable(scene.names[layer])


def row_note(scene: Scene, layer: int) -> str:
    """What a layer holds."""
    if layer < len(scene.lowers):
        return scene.notes[layer] if scene.notes else holds(scene.lowers[layer]).note
    held = holds(scene.upper)
    return held.note if held.files or held.directories or held.whiteouts else WRITABLE


def row_spoken(scene: Scene, layer: int) -> str:
    """A layer's row header, spoken."""
    if layer >= len(scene.lowers):
        return f"{CONTAINER}, {WRITABLE}"
    return f"Layer {layer + 1}: {row_name(scene, layer)}, {row_note(scene, layer)}"


def from_layer(scene: Scene, layer: int, what: str) -> str:
    """A chip of the merged view, spoken."""
    return f"from {layer_words(scene, layer)}, {what}"


def hidden_note(scene: Scene, by: int) -> str:
    """Why an entry is not seen: a layer covers it, or the container wrote over what stays in the image."""
    return "still here" if by >= len(scene.lowers) else f"hidden by {by + 1}"


def lid(kind: str, path: str) -> tuple[str, str]:
    """Title and note of what covers a directory's columns."""
    shown = printable(path)
    if kind == "opaque":
        return f"{shown} is opaque", "nothing below it shows through"
    if kind == "whiteout":
        return f"{shown} is a whiteout", "all of it is deleted"
    return f"{shown} is not a directory here", "nothing below it shows through"


ANSWERS = {
    Verdict.FOUND: ("found, stop", "found"),
    Verdict.MERGED: ("a directory, look below too", "found"),
    Verdict.ABSENT: ("no, look below", "no"),
    Verdict.WHITEOUT: ("whiteout, stop", "stopped"),
    Verdict.OPAQUE: ("opaque, stop", "stopped"),
    Verdict.HIDDEN: ("not asked", ""),
}


def row_verdict(scene: Scene, found: Lookup, layers: tuple[int, ...]) -> tuple[str, str]:
    """What the layers of one row said, and whether that is no, found, stopped or nothing."""
    probes = [probe for probe in found.probes if probe.layer in layers]
    if not probes:
        return "", ""
    return _verdict(scene, found, probes[-1])


def _verdict(scene: Scene, found: Lookup, probe: Probe) -> tuple[str, str]:
    said, asked = ANSWERS[probe.verdict]
    if probe.verdict is Verdict.ABSENT and probe.marker is not None:
        return ("no directory, stop", "stopped")
    if probe.verdict is Verdict.ABSENT and probe.layer == 0:
        return ("no, and no layer is left", "no")
    if probe.verdict is Verdict.MERGED and probe.layer == 0:
        return ("a directory, the last one", "found")
    if probe.verdict is Verdict.OPAQUE and probe.node is not None and not isinstance(probe.node, Whiteout):
        asked = "found" if isinstance(probe.node, Dir) and found.node is not None else asked
    return said, asked


def search_result(scene: Scene, found: Lookup) -> str:
    """What the search came to."""
    if found.layer is None:
        return "no such name"
    return f"{layer_words(scene, found.layer)} answers"


def lift_label(event: CopiedUp) -> str:
    """The plate on the arrow of a copy-up."""
    return f"{size(event.size)} up" if event.kind == "file" else f"{KINDS.get(event.kind, event.kind)} up"


def lift_progress(event: CopiedUp) -> str:
    """What a half-filled ghost says."""
    return f"of {size(event.size)}" if event.kind == "file" else "copying"


def lift_spoken(event: CopiedUp) -> str:
    """The arrow, spoken."""
    what = size(event.size) if event.kind == "file" else KINDS.get(event.kind, event.kind)
    return f"Copied {what} up to the container layer"
