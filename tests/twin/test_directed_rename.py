"""renameat2(2): every kind in every place onto every kind in every place, with every flag."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from twin.config import CONFIGS, Config
from twin.script import Call
from twin.server import Kernel
from twin.zoo import GONE, KINDS, PLACES, check, make, names, unmake, zoo

NOREPLACE, EXCHANGE, WHITEOUT = 1, 2, 4
SLASHES = [("/", ""), ("", "/"), ("/", "/"), ("/.", ""), ("", "/.."), ("", "/.")]
TARGETS = {"file", "dir", "full", "link", "dirlink", "dangling", "fifo"}


def sources(kind: str, place: str, count: int) -> tuple[list[Call], list[Call], list[Call]]:
    """`count` objects /s/0, /s/1 … of one kind in one place, as calls for each layer of a zoo."""
    room: Call = ("mkdir", "/s", 0o755)
    layers: tuple[list[Call], list[Call], list[Call]] = ([room], [room], [])
    for number in range(count):
        path = f"/s/{number}"
        if place in {"deep", "twice"}:
            layers[0].extend(make(kind, path, "target"))
        if place in {"low", "twice", "copied", "again"}:
            layers[1].extend(make(kind, path, "target"))
        if place == "copied":
            layers[2].append(("utime", path, (1e9, 1e9), False))
        if place == "again":
            layers[2].extend(unmake(kind, path))
        if place in {"upper", "again"}:
            layers[2].extend(make(kind, path, "target", b"new"))
    return layers


def script(kind: str, place: str, flags: int, slash: tuple[str, str], user: bool) -> Iterator[Call]:
    """One source of this kind for every target."""
    targets = [(k, p) for k, p in names(user) if k in TARGETS]
    goals = [*(f"/t/{k}_{p}" for k, p in targets), *(f"/t/file_{what}" for what in GONE)]
    first, second, third = sources(kind, place, len(goals))
    yield from first
    for call in zoo("/t", user, targets):
        yield call
        if call == ("tree",):
            yield from second
        if call == ("layer",):
            yield from third
    for number, goal in enumerate(goals):
        yield ("rename", f"/s/{number}{slash[0]}", goal + slash[1], flags)
        yield ("lstat", goal)
        yield ("lstat", f"/s/{number}")
    yield ("layer",)
    yield ("rename", "/t", "/u", 0)


@pytest.mark.proof
@pytest.mark.parametrize("flags", [0, NOREPLACE, EXCHANGE, NOREPLACE | EXCHANGE, WHITEOUT], ids=hex)
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_pairs(config: Config, flags: int, full: bool, kernel: Callable[[Config], Kernel]) -> None:
    """Every source kind and place against every target."""
    some = {(kind, place) for kind in ("file", "full") for place in ("low", "upper")}
    chosen = [item for item in names(config.user) if full or item in some]
    check(kernel(config), (list(script(k, p, flags, ("", ""), config.user)) for k, p in chosen))


@pytest.mark.proof
@pytest.mark.parametrize("slash", SLASHES, ids=str)
def test_slashes(slash: tuple[str, str], full: bool, kernel: Callable[[Config], Kernel]) -> None:
    """Trailing slashes and dots on either name."""
    kinds = KINDS if full else ("file", "full", "dirlink")
    places = PLACES if full else ("low",)
    for config in (CONFIGS[0], CONFIGS[1]):
        chosen = [(kind, place, flags) for kind in kinds for place in places for flags in (0, EXCHANGE)]
        check(kernel(config), (list(script(k, p, flags, slash, False)) for k, p, flags in chosen))


@pytest.mark.proof
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_family(config: Config, full: bool, kernel: Callable[[Config], Kernel]) -> None:
    """Into oneself, onto a parent, onto the root, onto the same file, and children moved along."""
    base: list[Call] = [
        *[("mkdir", path, 0o755) for path in ("/a", "/a/b", "/a/b/c")],
        *make("file", "/a/f"),
        ("link", "/a/f", "/a/g", False),
        *make("file", "/a/b/c/deep"),
    ]
    upper: list[Call] = [("mkdir", "/u", 0o755), ("mkdir", "/u/v", 0o755)]
    starts: list[list[Call]] = [[("layer",)], [("layer",), ("utime", "/a/b/c", (1e9, 1e9), True)], []]
    paths = ["/", "/a", "/a/b", "/a/b/c", "/a/f", "/a/g", "/n", "/n/n", "/u", "/u/v"]
    flags = (0, NOREPLACE, EXCHANGE) if full else (0,)
    scripts = (
        [*base, *start, ("rename", a, b, flag), *upper, ("rename", a, b, flag), ("layer",), ("lstat", "/u")]
        for start in (starts if full else starts[:1])
        for a in paths
        for b in paths
        for flag in flags
    )
    check(kernel(config), scripts)
