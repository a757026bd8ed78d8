"""open(2): every combination of flags on every kind of object in every place, with and without a slash."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator

import pytest

from twin.config import CONFIGS, Config
from twin.script import Call
from twin.server import Kernel
from twin.zoo import PLACES, check, paths, zoo

FLAGS = (os.O_CREAT, os.O_EXCL, os.O_TRUNC, os.O_APPEND, os.O_DIRECTORY, os.O_NOFOLLOW, os.O_PATH)
COMBINATIONS = [
    access | sum(chosen)
    for access in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR)
    for count in range(len(FLAGS) + 1)
    for chosen in itertools.combinations(FLAGS, count)
]


def used(path: str, flags: int) -> Iterator[Call]:
    """Open it, never waiting on a fifo, and use the handle in every way."""
    yield ("open", 0, path, flags | os.O_NONBLOCK, 0o640)
    yield ("fstat", 0)
    yield ("read", 0, 2)
    yield ("write", 0, b"zz")
    yield ("lseek", 0, 1, os.SEEK_SET)
    yield ("read", 0, 9)
    yield ("ftruncate", 0, 1)
    yield ("fstat", 0)
    yield ("close", 0)
    yield ("lstat", path.rstrip("/"))


@pytest.mark.proof
@pytest.mark.parametrize("slash", ["", "/"], ids=["bare", "slash"])
@pytest.mark.parametrize("config", [CONFIGS[0], CONFIGS[3], CONFIGS[4]], ids=str)
def test_flags(config: Config, slash: str, full: bool, kernel: Callable[[Config], Kernel]) -> None:
    """Every combination, on the whole zoo at once; each object is its own."""
    start, objects = zoo(user=config.user), paths(user=config.user)
    chosen = COMBINATIONS if full else COMBINATIONS[:: 24 if config.user else 12]
    scripts = (
        [*start, *(call for path in objects for call in used(path + slash, flags))] for flags in chosen
    )
    check(kernel(config), scripts)


@pytest.mark.proof
def test_flags_inside(full: bool, kernel: Callable[[Config], Kernel]) -> None:
    """The same on a child of a directory in every place, and through a symbolic link to it."""
    folders = [f"/{kind}_{place}" for kind in ("full", "dirlink") for place in PLACES]
    objects = [f"{folder}/{name}" for folder in folders for name in "xyz"]
    chosen = COMBINATIONS if full else COMBINATIONS[::12]
    scripts = ([*zoo(), *(call for path in objects for call in used(path, flags))] for flags in chosen)
    check(kernel(CONFIGS[0]), scripts)
