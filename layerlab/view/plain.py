"""Small words that several sentences share."""

from __future__ import annotations

from layerlab.view.scene import Scene


def printable(text: str) -> str:
    """`text` as it can be shown: bytes that are not UTF-8 and control characters as escapes."""
    plain = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in plain)


def short(path: str) -> str:
    """The last name of a path, as it can be shown."""
    return printable(path.rpartition("/")[2] or "/")


def layer_words(scene: Scene, layer: int) -> str:
    """`layer 2`, or `the container layer`."""
    return "the container layer" if layer >= len(scene.lowers) else f"layer {layer + 1}"
