"""Chips, lids and plates: what one layer, or the merged view, has under one path."""

from __future__ import annotations

from itertools import groupby

from layerlab.engine.files.node import Device, Dir, Fifo, File, Node, Socket, Symlink, Whiteout
from layerlab.engine.files.tree import find, split
from layerlab.engine.files.union import Lookup, Probe, Verdict
from layerlab.view import words
from layerlab.view.picture import Chip, Column, Lid
from layerlab.view.scene import Scene
from layerlab.view.units import size

Layers = tuple[Dir, ...]

KINDS: tuple[tuple[type[Node], str], ...] = (
    (File, "file"),
    (Dir, "directory"),
    (Symlink, "link"),
    (Whiteout, "whiteout"),
    (Fifo, "fifo"),
    (Socket, "socket"),
    (Device, "device"),
)


def kind(node: Node) -> str:
    """What a node is, in one word."""
    return next(word for cls, word in KINDS if isinstance(node, cls))


def detail(node: Node) -> str:
    """The second line of a chip: a size, a target, or what it is."""
    match node:
        case File():
            return size(node.data.size)
        case Symlink():
            return f"→ {words.printable(node.target)}"
        case Device():
            return f"{'block' if node.block else 'char'} {node.major}:{node.minor}"
        case _:
            return words.KINDS[kind(node)]


def name_of(path: str, node: Node | None) -> str:
    """The last name of a path, with a slash if it is a directory."""
    name = words.printable(path.rpartition("/")[2])
    return f"{name}/" if isinstance(node, Dir) else name or "/"


def plate(scene: Scene, layer: int | None) -> str:
    """What stands on the number plate of a layer: its number, nothing (a pen is drawn) for the container
    layer.
    """
    return "" if layer is None or layer >= len(scene.lowers) else str(layer + 1)


def key(scene: Scene, layer: int) -> str:
    """The key of a layer's row."""
    return "container" if layer >= len(scene.lowers) else str(layer + 1)


def hue(scene: Scene, layer: int) -> int:
    """The hue of a layer, 0 for the container layer."""
    return 0 if layer >= len(scene.lowers) else scene.signature(layer).hue


def entry(scene: Scene, layers: Layers, found: Lookup, probe: Probe) -> Chip | None:
    """The chip of the layer that `probe` asked, None if it has nothing under this very path."""
    node = probe.node if probe.node is not None else find(layers[probe.layer], found.path)
    if node is None:
        return None
    at = probe.layer
    name, note, look = name_of(found.path, node), detail(node), "plain"
    if probe.verdict is Verdict.HIDDEN:
        look, note = "hidden", words.hidden_note(scene, stopper(found))
    elif isinstance(node, Dir) and node.opaque:
        note = words.OPAQUE
    elif at >= len(scene.lowers) and not isinstance(node, Whiteout):
        look = "new"
    spoken = f"{name}, {note}"
    return Chip(kind(node), look, name, note, key(scene, at), plate(scene, at), hue(scene, at), spoken)


def stopper(found: Lookup) -> int:
    """The layer that ended the search."""
    return min(probe.layer for probe in found.probes if probe.verdict is not Verdict.HIDDEN)


def answer(scene: Scene, layers: Layers, found: Lookup) -> Chip | None:
    """The chip of the merged view: with its owner, or gone, or None if no layer ever had the path."""
    if found.node is not None and found.layer is not None:
        at = found.layer
        name, note = name_of(found.path, found.node), detail(found.node)
        spoken = words.from_layer(scene, at, f"{name}, {note}")
        return Chip(
            kind(found.node), "plain", name, note, key(scene, at), plate(scene, at), hue(scene, at), spoken
        )
    below = [probe.layer for probe in found.probes if probe.verdict is Verdict.HIDDEN]
    there = [node for node in (find(layers[at], found.path) for at in below) if node is not None]
    if not any(not isinstance(node, Whiteout) for node in there):
        return None
    note = words.DELETED if _whited_out(found) else words.HIDDEN
    name = name_of(found.path, there[0])
    return Chip("file", "gone", name, note, "", "", 0, f"{name}, {note}")


def _whited_out(found: Lookup) -> bool:
    return any(probe.verdict is Verdict.WHITEOUT for probe in found.probes)


def lids(layer: Dir, cols: tuple[Column, ...]) -> tuple[Lid, ...]:
    """What in `layer` covers whole columns from above: opaque directories, and what took a directory's place."""
    covers = [_cover(layer, column.path) for column in cols]
    made = []
    for cover, group in groupby(range(len(cols)), key=lambda at: covers[at]):
        places = list(group)
        if cover is not None:
            made.append(Lid(cover[0], cover[1], places[0], places[-1], *words.lid(*cover)))
    return tuple(made)


def _cover(layer: Dir, path: str) -> tuple[str, str] | None:
    """The first directory above `path` that lets nothing below through: (opaque, whiteout or file, its path)."""
    node: Node = layer
    below = ""
    for name in split(path)[:-1]:
        if not isinstance(node, Dir) or name not in node.children:
            return None
        node, below = node.children[name], f"{below}/{name}"
        if isinstance(node, Whiteout):
            return "whiteout", below
        if not isinstance(node, Dir):
            return "file", below
        if node.opaque:
            return "opaque", below
    return None
