"""The overlay as a volume: look-up, copy-up, change and rename put together.

Read `merged`, `copyup`, `change` and `move`, in this order.
"""

from __future__ import annotations

from collections.abc import Sequence

from layerlab.engine.files.move import Move
from layerlab.engine.files.volume import Plain


class Union(Move):
    """An overlay of `lowers` (base first) and `upper`"""

    def __init__(self, lowers: Sequence[Plain], upper: Plain, redirect_dir: bool, index: bool) -> None:
        super().__init__(lowers, upper, index)
        self.redirecting = redirect_dir
        self.device = 1 + max(disk.device for disk in self.disks)

    def now(self) -> int:
        """The time of a change: all changes are made in the upper."""
        return self.disk.now()

    def forget_names(self) -> None:
        """Forget all that was looked up."""
        self.root.names, self.known, self.whiteout = {}, {}, None
