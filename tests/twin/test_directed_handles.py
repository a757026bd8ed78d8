"""Handles: held across copy-up, unlink, rename, rmdir and one another; the truths about copy-up."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from twin.config import CONFIGS, Config
from twin.script import Call
from twin.server import Kernel
from twin.zoo import PLACES, check, make, zoo

USES: list[Call] = [
    ("fstat", 0),
    ("read", 0, 2),
    ("write", 0, b"HELD"),
    ("lseek", 0, 0, os.SEEK_CUR),
    ("lseek", 0, 0, os.SEEK_END),
    ("lseek", 0, 1, os.SEEK_SET),
    ("read", 0, 100),
    ("fstat", 0),
]


def happenings(path: str) -> dict[str, list[Call]]:
    """What may happen to a file while somebody holds it open."""
    other: Call = ("open", 1, path, os.O_RDWR, 0)
    return {
        "nothing": [],
        "written by another": [other, ("write", 1, b"other"), ("fstat", 1), ("close", 1)],
        "opened by another": [other],
        "appended": [("open", 1, path, os.O_WRONLY | os.O_APPEND, 0), ("write", 1, b"more")],
        "chmod": [("chmod", path, 0o600, True)],
        "chown": [("lchown", path, 0, 0)],
        "utime": [("utime", path, (1e9, 1e9), True)],
        "xattr": [("setxattr", path, "user.a", b"1", 0, True)],
        "truncated": [("truncate", path, 1)],
        "truncated by open": [("open", 1, path, os.O_RDONLY | os.O_TRUNC, 0)],
        "linked": [("link", path, "/link", False), ("lstat", "/link")],
        "unlinked": [("unlink", path)],
        "unlinked after copy": [("chmod", path, 0o600, True), ("unlink", path)],
        "linked, unlinked": [("link", path, "/link", False), ("unlink", path), ("lstat", "/link"), ("unlink", "/link")],
        "renamed": [("rename", path, "/moved", 0), ("lstat", "/moved")],
        "replaced": [*make("file", "/new"), ("rename", "/new", path, 0)],
        "made anew": [("unlink", path), *make("file", path, mark=b"anew")],
        "exchanged": [*make("file", "/new"), ("rename", "/new", path, 2), ("lstat", "/new")],
        "cut through handle": [("ftruncate", 0, 2)],
        "failed link": [*make("file", "/new"), ("link", path, "/new", False)],
    }  # fmt: skip


OPENS = (os.O_RDONLY, os.O_RDWR, os.O_WRONLY, os.O_RDWR | os.O_APPEND, os.O_PATH, os.O_RDONLY | os.O_TRUNC)


@pytest.mark.proof
@pytest.mark.parametrize("flags", OPENS, ids=hex)
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_held(config: Config, flags: int, full: bool, kernel: Callable[[Config], Kernel]) -> None:
    """A file in every place, open in every way, and all that may happen, one after another as well."""
    events = happenings("")
    scripts = (
        [
            *zoo(only=[("file", place), ("full", place)]),
            ("open", 0, path, flags, 0),
            *USES,
            *what,
            *USES,
            *more,
            *USES,
        ]
        for place in PLACES
        for path in (f"/file_{place}", f"/full_{place}/x")
        for what in happenings(path).values()
        for more in (happenings(path)[name] for name in (events if full else ["written by another"]))
    )
    check(kernel(config), scripts)


@pytest.mark.proof
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_held_directory(config: Config, full: bool, kernel: Callable[[Config], Kernel]) -> None:
    """A directory that is open while it, or what it holds, changes."""
    empty: list[Call] = [("unlink", "{}/x"), ("rmdir", "{}/y")]
    changes: list[list[Call]] = [
        [],
        [("mkdir", "{}/new", 0o755)],
        [*empty, ("rmdir", "{}")],
        [*empty, ("rmdir", "{}"), ("mkdir", "{}", 0o700)],
        [("rename", "{}", "/moved", 0)],
        [("chmod", "{}", 0o700, True)],
        [("utime", "{}", (1e9, 1e9), True)],
        [*empty, ("mkdir", "/e", 0o755), ("rename", "/e", "{}", 0)],
        [("mkdir", "/e", 0o755), ("rename", "/e", "{}", 2)],
        [("chmod", "{}/x", 0o600, True)],
    ]
    uses: list[Call] = [
        ("fstat", 0),
        ("read", 0, 1),
        ("write", 0, b"x"),
        ("ftruncate", 0, 0),
        ("lseek", 0, 0, 0),
    ]

    def at(path: str, calls: list[Call]) -> list[Call]:
        return [tuple(arg.format(path) if isinstance(arg, str) else arg for arg in call) for call in calls]

    scripts = (
        [
            *zoo(only=[("full", place)]),
            ("open", 0, f"/full_{place}", os.O_RDONLY, 0),
            *uses,
            *at(f"/full_{place}", change),
            *uses,
            ("lstat", f"/full_{place}"),
            ("lstat", "/"),
            ("layer",),
        ]
        for place in PLACES
        for change in changes
    )
    check(kernel(config), scripts)


@pytest.mark.proof
@pytest.mark.parametrize("config", CONFIGS, ids=str)
@pytest.mark.parametrize("where", ["base", "upper"])
def test_hard_links(config: Config, where: str, full: bool, kernel: Callable[[Config], Kernel]) -> None:
    """Three links of one file, in a lower layer or in the upper: each of two things done to each of them."""
    base: list[Call] = [
        *make("file", "/a"),
        ("mkdir", "/d", 0o755),
        ("link", "/a", "/b", False),
        ("link", "/a", "/d/c", False),
    ]
    start = [*base, ("layer",)] if where == "base" else [("layer",), *base]
    names = ("/a", "/b", "/d/c")
    look: list[Call] = [("lstat", name) for name in (*names, "/link", "/moved", "/new")]
    changes = [change for name in names for change in happenings(name).values()]
    some = [change for name in names[:2] for change in happenings(name).values()]
    scripts = (
        [
            *start,
            ("open", 0, "/b", os.O_RDWR if held else os.O_RDONLY, 0),
            *one,
            *look,
            ("fstat", 0),
            *two,
            *look,
            ("fstat", 0),
            ("layer",),
            *look,
            ("chmod", "/a", 416, True),
            *look,
        ]
        for held in ((False, True) if full else (False,))
        for one in (changes if full else changes[::3])
        for two in (some if full else some[::5])
    )
    check(kernel(config), scripts)
