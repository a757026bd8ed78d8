"""Every error of layerlab's own, as a tree.

    Exception
    └── LayerlabError             whatever goes wrong here and is not the kernel's to say
        └── ArchiveError          an image, layout or archive is not what it should be: file, entry, reason
            ├── ChoiceError       several things would fit; `.choices` names them, say which one you mean
            └── SupportError      right, as far as can be seen, but this Python lacks what is needed to read it

File system calls raise `OSError` with the kernel's errno instead: errno is the contract with the kernel.
"""

from __future__ import annotations


class LayerlabError(Exception):
    """Whatever goes wrong in layerlab and is not the kernel's to say."""


class ArchiveError(LayerlabError):
    """An image, layout or archive that cannot be trusted or understood.

    `file` is the archive or blob, `entry` the member, field or digest in it (or None), `reason` what was found
    and what was expected.
    """

    def __init__(self, file: str, entry: str | None, reason: str) -> None:
        super().__init__(file, entry, reason)
        self.file, self.entry, self.reason = file, entry, reason

    def __str__(self) -> str:
        where = self.file if self.entry is None else f"{self.file}: {printable(self.entry)}"
        return f"{where}: {self.reason}"


class ChoiceError(ArchiveError):
    """Several images would fit; `choices` are the names to choose from."""

    def __init__(self, file: str, entry: str | None, reason: str, choices: tuple[str, ...] = ()) -> None:
        super().__init__(file, entry, reason)
        self.choices = choices


class SupportError(ArchiveError):
    """The archive needs something that this Python does not have; the reason says what to install."""


def printable(text: str, limit: int = 200) -> str:
    """`text` as it may be shown: no control characters, no lone surrogates, not endless."""
    shown = text if text.isprintable() else ascii(text)[1:-1]
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."
