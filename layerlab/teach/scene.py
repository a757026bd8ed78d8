"""Layers written down the short way: `layer({"/etc/motd": b"hello", "/srv/": ...})`."""

from __future__ import annotations

from collections.abc import Mapping
from types import EllipsisType

from layerlab.engine.files.data import Bytes
from layerlab.engine.files.node import Dir, File, Node, Whiteout
from layerlab.engine.files.tree import find, put, split

WHITEOUT = Whiteout()
OPAQUE = Dir(opaque=True)


def layer(files: Mapping[str, bytes | str | Node | EllipsisType]) -> Dir:
    """A layer with these files: text or bytes for a file, `...` for a directory, or any node.

    Directories on the way are made; a directory node given for a path gets the later names below it.
    """
    root = Dir()
    for path, what in files.items():
        parts = split(path)
        for depth in range(1, len(parts)):
            if not isinstance(find(root, "/" + "/".join(parts[:depth])), Dir):
                root = put(root, parts[:depth], Dir())
        root = put(root, parts, _node(what))
    return root


def _node(what: bytes | str | Node | EllipsisType) -> Node:
    """The node that a short form stands for."""
    match what:
        case bytes():
            return File(data=Bytes(what))
        case str():
            return File(data=Bytes(what.encode()))
        case Node():
            return what
        case _:
            return Dir()
