"""The options of an overlay mount: what is asked for, and what the kernel made of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from layerlab.engine.files.node import value

NAMES = ("redirect_dir", "index", "metacopy")
"""The options that are on or off, as Linux names them."""


@value
class Options:
    """`userxattr` keeps the markers in `user.overlay.*`, as it must be in a user namespace."""

    redirect_dir: bool = False
    index: bool = False
    userxattr: bool = False
    metacopy: bool = False

    def words(self) -> list[str]:
        """As mount(8) writes them; what is left out is not left to the kernel's defaults."""
        if self.userxattr:
            return ["userxattr"] + [f"{name}=on" for name in NAMES if getattr(self, name)]
        return [f"{name}={'on' if getattr(self, name) else 'off'}" for name in NAMES]


def effective(directory: str) -> Options:
    """The options of the overlay mounted at `directory`, as /proc/self/mountinfo tells them (proc(5)).

    The kernel lists an option only where it differs from the module's default, so that default answers for the rest.
    """
    told: dict[str, str] = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields = line.split(" ")
        if fields[4] == directory:
            words = (word.partition("=") for word in fields[-1].split(","))
            told = {key: text for key, _, text in words}
    on = {name: _on(told[name]) if name in told else default(name) for name in NAMES}
    return Options(**on, userxattr="userxattr" in told)


@cache
def default(name: str) -> bool:
    """What the overlay module does if an option is not given."""
    try:
        return _on(Path(f"/sys/module/overlay/parameters/{name}").read_text().strip())
    except OSError:
        return False


def _on(text: str) -> bool:
    """Whether an option's value means on; `nofollow` and `follow` are two ways of off."""
    return text in ("on", "Y")
