"""A layer's signature: hue and hatch belong to its content, the number to its place in one image.

Hue and hatch follow the order in which a lesson first shows the layers, so that a layer keeps its look when
an
instruction moves. A pair of hue and hatch repeats after 42 layers.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

HUES, HATCHES = 6, 7


@dataclass(frozen=True, slots=True)
class Signature:
    """Hue 1 to 6 and hatch 1 to 7; 0 and 0 is the container layer: blank paper."""

    hue: int
    hatch: int


BLANK = Signature(0, 0)


def signature(order: int) -> Signature:
    """The look of the layer that was the `order`-th to be seen, counted from 0.

    >>> signature(0), signature(7)
    (Signature(hue=1, hatch=1), Signature(hue=2, hatch=1))
    """
    return Signature(order % HUES + 1, order % HATCHES + 1)


@dataclass
class Palette:
    """Hands out signatures by first appearance; one per lesson, keyed by `diff_id`."""

    seen: dict[Hashable, int] = field(default_factory=dict)

    def of(self, key: Hashable) -> Signature:
        """The signature of `key`, the next free one if it was never seen."""
        return signature(self.seen.setdefault(key, len(self.seen)))
