"""The levels of lesson 00: read a stack of layers, and change what it shows without changing the image."""

from __future__ import annotations

from layerlab.teach.level import Choices, Level, NearMiss


def _belief(asked: str, chosen: object) -> str:
    """The belief behind a wrong layer."""
    if chosen == "base":
        return "The oldest layer is asked last, not first."
    if chosen == "nobody":
        return "A name that lies in any layer shows, unless a layer above hides it."
    return "Look straight down from the top: the first layer that has the name answers."


WHO_ANSWERS = Choices(
    name="ex1",
    task="Say for each path which layer answers: 'base', 'tools', 'site' or 'nobody'.",
    truth={"/etc/motd": "site", "/bin/sh": "base", "/etc/hosts": "nobody"},
    options=("base", "tools", "site", "nobody"),
    why=_belief,
    par={"/etc/motd": "site", "/bin/sh": "base", "/etc/hosts": "nobody"},
    near_misses=(
        NearMiss(
            {"/etc/motd": "base", "/bin/sh": "base", "/etc/hosts": "nobody"}, "The oldest layer is asked last"
        ),
        NearMiss({"/etc/motd": "site", "/bin/sh": "base"}, "/etc/hosts: not answered yet"),
        NearMiss({"/etc/motd": "site", "/bin/sh": "nobody", "/etc/hosts": "nobody"}, "/bin/sh: not 'nobody'"),
    ),
    hints=(
        "Put a finger on the top layer of the picture and go down.",
        "A layer that hides a name ends the search, though the file is still below.",
    ),
    found="The first layer that has the name answers, seen from the top.",
)

LEVELS: tuple[Level, ...] = (WHO_ANSWERS,)
