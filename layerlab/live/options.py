"""The options of an overlay mount: what is asked for, and what the kernel made of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from layerlab.engine.files.node import value

NAMES = ("redirect_dir", "index", "metacopy")
"""The options that are on or off, as Linux names them."""


@value
class Options:
    """`userxattr` keeps the markers in `user.overlay.*`, as it must be in a user namespace; `xino` is told,
    not asked.
    """

    redirect_dir: bool = False
    index: bool = False
    userxattr: bool = False
    metacopy: bool = False
    xino: str = ""

    def words(self) -> list[str]:
        """As mount(8) writes them; what root leaves out is not left to the module's defaults."""
        if self.userxattr:
            return ["userxattr"] + [f"{name}=on" for name in NAMES if getattr(self, name)]
        return [f"{name}={'on' if getattr(self, name) else 'off'}" for name in NAMES]

    def ignored(self, effective: Options) -> list[str]:
        """What was asked for and not done."""
        return [name for name in NAMES if getattr(self, name) and not getattr(effective, name)]


def mounted(directory: str) -> dict[str, str] | None:
    """The options of what is mounted at `directory`, from /proc/self/mountinfo (proc(5)), or None."""
    told = None
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields = line.split(" ")
        if fields[4] == directory:
            words = (word.partition("=") for word in fields[-1].split(","))
            told = {key: text for key, _, text in words}
    return told


def effective(directory: str) -> Options:
    """The options that the overlay mounted at `directory` really has.

    The kernel lists an option only where it differs from the module's default, so that default answers for
    the rest.
    """
    told = mounted(directory) or {}
    on = {name: _on(told.get(name, default(name))) for name in NAMES}
    return Options(**on, userxattr="userxattr" in told, xino=told.get("xino", _xino()))


def _xino() -> str:
    """The default of the option that makes inode numbers unique over several file systems."""
    return "auto" if _on(default("xino_auto")) else "off"


@cache
def default(name: str) -> str:
    """What the overlay module does if an option is not given."""
    try:
        return Path(f"/sys/module/overlay/parameters/{name}").read_text().strip()
    except OSError:
        return "N"


def _on(text: str) -> bool:
    """Whether an option's value means on; `nofollow` and `follow` are two ways of off."""
    return text in ("on", "Y")
