"""The names a learner types; each is fetched when it is first used, so importing layerlab costs nothing.

>>> from layerlab import Unlink, layer, look_up
>>> look_up((layer({"/etc/motd": "hello"}),), "/etc/motd").layer
0
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layerlab.disk import open_image as open_image
    from layerlab.disk import save_image as save_image
    from layerlab.disk.sample import make_sample_image as make_sample_image
    from layerlab.engine.files.ops import *  # noqa: F403
    from layerlab.engine.files.union import look_up as look_up
    from layerlab.live import twin as twin
    from layerlab.live.probe import probe as probe
    from layerlab.teach.drill import drill as drill
    from layerlab.teach.exercises import exercises as exercises
    from layerlab.teach.play import listing as listing
    from layerlab.teach.question import predict as predict
    from layerlab.teach.question import which as which
    from layerlab.teach.question import who_answers as who_answers
    from layerlab.teach.scene import WHITEOUT as WHITEOUT
    from layerlab.teach.scene import layer as layer
    from layerlab.widgets.stack import Stack as Stack
    from layerlab.widgets.stack import show as show

HOMES = {
    "WHITEOUT": "layerlab.teach.scene",
    "Stack": "layerlab.widgets.stack",
    "drill": "layerlab.teach.drill",
    "exercises": "layerlab.teach.exercises",
    "layer": "layerlab.teach.scene",
    "listing": "layerlab.teach.play",
    "look_up": "layerlab.engine.files.union",
    "make_sample_image": "layerlab.disk.sample",
    "open_image": "layerlab.disk",
    "predict": "layerlab.teach.question",
    "probe": "layerlab.live.probe",
    "save_image": "layerlab.disk",
    "show": "layerlab.widgets.stack",
    "twin": "layerlab.live",
    "which": "layerlab.teach.question",
    "who_answers": "layerlab.teach.question",
}
"""Where each name lives; the moves (`Unlink`, `Mkdir`, …) all live in `layerlab.engine.files.ops`."""

MOVES: tuple[str, ...] = (
    "Append",
    "Chmod",
    "Chown",
    "Create",
    "Link",
    "Listdir",
    "Lstat",
    "MakeSymlink",
    "Mkdir",
    "Mknod",
    "Read",
    "Readlink",
    "RemoveXattr",
    "Rename",
    "Rmdir",
    "SetXattr",
    "Truncate",
    "Unlink",
    "Utime",
    "Write",
)

__all__ = [*HOMES, *MOVES]


def __getattr__(name: str) -> Any:
    """The public name `name`, from the module it lives in."""
    home = HOMES.get(name) or ("layerlab.engine.files.ops" if name in MOVES else None)
    if home is None:
        raise AttributeError(f"module 'layerlab' has no attribute {name!r}")
    found = getattr(import_module(home), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
