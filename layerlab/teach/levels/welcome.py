"""The levels of lesson 00: read a stack of layers, and change what it shows without changing the image."""

from __future__ import annotations

from layerlab.engine.files.ops import Append, Create, Rename, Truncate, Unlink, Write
from layerlab.teach.level import Choices, Level, NearMiss
from layerlab.teach.levels.image import IMAGE, NAMES
from layerlab.teach.moves import Moves
from layerlab.teach.play import Played

ANSWERS = {"/bin/sh": "base", "/etc/motd": "site", "/etc/nginx.conf": "tools", "/etc/issue": "nobody"}


def _belief(asked: str, chosen: object) -> str:
    """The belief behind a wrong layer."""
    if asked == "/etc/issue":
        return "The file is still in a layer below, but something above it ends the search."
    if chosen == "nobody":
        return "A name that lies in any layer shows, unless a layer above hides it."
    if chosen == "base":
        return "The oldest layer is asked last, not first."
    return "Look straight down from the top: the first layer that has the name answers."


WHO_ANSWERS = Choices(
    name="ex1",
    task="Say for each path which layer answers: 'base', 'tools', 'site' or 'nobody'.",
    start=IMAGE,
    names=NAMES,
    truth=ANSWERS,
    options=(*NAMES, "nobody"),
    why=_belief,
    par=ANSWERS,
    near_misses=(
        NearMiss(ANSWERS | {"/etc/motd": "base"}, "The oldest layer is asked last"),
        NearMiss(ANSWERS | {"/etc/issue": "base"}, "something above it ends the search"),
        NearMiss(ANSWERS | {"/bin/sh": "nobody"}, "shows, unless a layer above hides it"),
        NearMiss(ANSWERS | {"/bin/sh": "site"}, "the first layer that has the name answers"),
        NearMiss(ANSWERS | {"/etc/motd": ...}, "/etc/motd: not answered yet"),
        NearMiss(ANSWERS | {"/etc/motd": "top"}, "choose from 'base', 'tools', 'site' or 'nobody'"),
    ),
    hints=(
        "Put a finger on the top layer of the picture and go straight down.",
        "A whiteout ends the search too, and nobody answers then.",
    ),
    found="The first layer that has the name answers, seen from the top.",
)

GREETING = "hello, layers\n"


def _greeted(now: Played) -> list[str]:
    """What separates /etc/motd from the greeting."""
    text = now.text("/etc/motd")
    if text == GREETING:
        return []
    if text is None:
        return ["/etc/motd is not there any more; it should hold the greeting."]
    if text.startswith(GREETING):
        return [f"The greeting is there, but {len(text) - len(GREETING)} old bytes are left behind it."]
    if text.endswith(GREETING):
        return [f"The greeting is there, but {len(text) - len(GREETING)} old bytes stand before it."]
    if text.strip() == GREETING.strip():
        return [r"Nearly: the line should end with a newline, \n, and hold nothing else."]
    return [f"/etc/motd reads {text!r}; it should read {GREETING!r}."]


GREET = Moves(
    name="ex2",
    task="Make /etc/motd read 'hello, layers' and a newline, nothing else.",
    start=IMAGE,
    names=NAMES,
    goal=_greeted,
    par=[Unlink("/etc/motd"), Create("/etc/motd", data=GREETING.encode())],
    alternatives=(
        [Truncate("/etc/motd"), Write("/etc/motd", data=GREETING.encode())],
        [Write("/etc/motd", data=GREETING.encode()), Truncate("/etc/motd", size=len(GREETING))],
        [Create("/etc/new", data=GREETING.encode()), Rename("/etc/new", new="/etc/motd")],
        [Create("/etc/motd"), Truncate("/etc/motd"), Append("/etc/motd", data=GREETING.encode())],
    ),
    near_misses=(
        NearMiss([Write("/etc/motd", data=GREETING.encode())], "7 old bytes are left behind it"),
        NearMiss([Append("/etc/motd", data=GREETING.encode())], "21 old bytes stand before it"),
        NearMiss([Create("/etc/motd", data=GREETING.encode())], "was refused: EEXIST"),
        NearMiss([Unlink("/etc/motd")], "not there any more"),
        NearMiss([Unlink("/etc/motd"), Create("/etc/motd", data=b"hello, layers")], "end with a newline"),
        NearMiss([Truncate("/etc/motd")], "reads ''"),
        NearMiss([Write("/etc/motd", data="hello")], "files hold bytes"),  # type: ignore[arg-type]
        NearMiss([Unlink("etc/motd")], "paths here start with /"),
        NearMiss(["rm /etc/motd"], "should be a move such as"),
    ),
    hints=(
        "Write puts bytes over the old ones. It does not shorten a file.",
        "You may take the old file away first, or cut it. Truncate cuts.",
    ),
    found="The container shows your greeting. The image still holds the old one.",
)

LEVELS: tuple[Level, ...] = (WHO_ANSWERS, GREET)
