"""The learner's own kernel: real overlay mounts, and the twin that holds the engine against them.

Read `namespace` (a private corner of the machine), `mount` (an overlay there), `upperdir` (what a layer looks
like on disk), then `replay` (the same operations on both sides). `probe` tells what this machine can do, and
why not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layerlab.live.replay import Twin, twin

__all__ = ["Twin", "twin"]


def __getattr__(name: str) -> Any:
    """`twin` and `Twin`, imported when first asked for: the helper process needs neither."""
    if name in __all__:
        from layerlab.live import replay

        return getattr(replay, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
