"""What came of an operation, in the past tense and in order: pictures and text twins are made of these.

`layer` counts from 0 at the base; the upper is the highest. Sizes are bytes.
"""

from __future__ import annotations

from layerlab.engine.files.node import value


@value
class Event:
    """Something that happened to `path`."""

    path: str


@value
class LookedUp(Event):
    """The path was looked for; `layer` answered, or None if there is no such name."""

    layer: int | None = None


@value
class CopiedUp(Event):
    """The whole node was copied from `layer` into the upper; `size` bytes of data, `kind` as in Made."""

    layer: int = 0
    size: int = 0
    kind: str = "file"
    parent: bool = False


@value
class Made(Event):
    """A new node came to be in the upper; `kind` is file, directory, symlink, fifo, socket, device."""

    kind: str = "file"


@value
class Written(Event):
    """Data of a file in the upper changed from `offset` on."""

    offset: int = 0
    size: int = 0


@value
class Changed(Event):
    """Metadata of a node in the upper changed; `field`: mode, owner, times, size, or an attribute."""

    field: str = "mode"


@value
class Removed(Event):
    """A name left the upper."""


@value
class WhiteoutMade(Event):
    """A whiteout now hides this name in the layers below."""


@value
class MadeOpaque(Event):
    """A directory in the upper now hides all lower directories of its name."""


@value
class Redirected(Event):
    """A directory in the upper now merges with the lower directory `target` (redirect_dir)."""

    target: str = ""


@value
class Linked(Event):
    """A node got a further name `new`."""

    new: str = ""


@value
class Renamed(Event):
    """A name moved to `new`."""

    new: str = ""
