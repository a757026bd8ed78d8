"""Every other call on every kind in every place, the name spelled plainly, with slashes and with dots."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

import pytest

from twin.config import CONFIGS, Config
from twin.script import Call
from twin.server import Kernel
from twin.zoo import PLACES, check, make, paths, zoo

SPELLINGS = ("{}", "{}/", "{}//", "{}/.", "{}/..", "{}/nothing", "{}/x", "{}/y/../x", ".{}", "//.{}")

CALLS: dict[str, Callable[[str], list[Call]]] = {
    "look": lambda p: [("lstat", p), ("stat", p), ("readlink", p), ("listdir", p)],
    "xattrs": lambda p: [
        call
        for follow in (True, False)
        for call in (
            ("getxattr", p, "user.a", follow),
            ("setxattr", p, "user.a", b"1", 0, follow),
            ("setxattr", p, "trusted.a", b"1", 0, follow),
            ("listxattr", p, follow),
            ("removexattr", p, "user.a", follow),
            ("removexattr", p, "user.a", follow),
        )
    ],
    "mkdir": lambda p: [("mkdir", p, 0o751), ("mkdir", p, 0o700)],
    "rmdir": lambda p: [("rmdir", p), ("lstat", p)],
    "unlink": lambda p: [("unlink", p), ("lstat", p)],
    "remake": lambda p: [("unlink", p), ("rmdir", p), ("mkdir", p, 0o700), ("listdir", p), *make("file", p + "n")],
    "refill": lambda p: [("unlink", p), ("rmdir", p), ("symlink", "/etc", p), ("mknod", p, stat.S_IFIFO, 0)],
    "symlink": lambda p: [("symlink", "to", p)],
    "mknod": lambda p: [("mknod", p, stat.S_IFREG | 0o640, 0)],
    "link from": lambda p: [("link", p, f"/new{p.replace('/', '_')}", False)],
    "link from followed": lambda p: [("link", p, f"/new{p.replace('/', '_')}", True)],
    "link to": lambda p: [*make("file", f"/old{p.replace('/', '_')}"), ("link", f"/old{p.replace('/', '_')}", p, False)],
    "chmod": lambda p: [("chmod", p, 0o611, True), ("lstat", p)],
    "chmod of links": lambda p: [("chmod", p, 0o611, False), ("lstat", p)],
    "lchown": lambda p: [("lchown", p, 0, -1), ("lchown", p, -1, -1), ("lstat", p)],
    "truncate": lambda p: [("truncate", p, 1), ("truncate", p, 5000), ("truncate", p, -1), ("lstat", p)],
    "utime": lambda p: [("utime", p, (1e9, 1e9), True), ("utime", p, None, False), ("lstat", p)],
    "utime of links": lambda p: [("utime", p, (1e9, 1e9), False), ("lstat", p)],
    "append": lambda p: [("open", 0, p, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK, 0), ("write", 0, b"+"), ("fstat", 0)],
}  # fmt: skip


@pytest.mark.proof
@pytest.mark.parametrize("calls", CALLS)
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_spellings(config: Config, calls: str, full: bool, kernel: Callable[[Config], Kernel]) -> None:
    """One kind of call on the whole zoo, in each spelling."""
    start, objects = zoo(user=config.user), paths(user=config.user)
    scripts = (
        [*start, *(call for path in objects for call in CALLS[calls](spelling.format(path)))]
        for spelling in (SPELLINGS if full else SPELLINGS[:2])
    )
    check(kernel(config), scripts)


@pytest.mark.proof
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_on_the_root(config: Config, kernel: Callable[[Config], Kernel]) -> None:
    """Every call on the root directory, and on no name at all."""
    names = ("/", "//", "/.", "/..", "", ".", "..", "/full_low/..")
    check(
        kernel(config), ([*zoo(user=config.user), *CALLS[calls](path)] for calls in CALLS for path in names)
    )


@pytest.mark.proof
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_two_calls(config: Config, full: bool, kernel: Callable[[Config], Kernel]) -> None:
    """Every pair of calls, one after the other, on each object and what lies in it; then the next layer."""
    chosen = [
        name
        for name in CALLS
        if name not in {"look", "link from followed", "chmod of links", "utime of links"}
    ]
    start = zoo(user=config.user)
    objects = [path for path in paths(user=config.user) if full or path.startswith(("/full", "/file"))]
    inner = [f"/full_{place}/x" for place in PLACES]
    scripts = (
        [
            *start,
            *(call for path in (*objects, *inner) for name in (one, two) for call in CALLS[name](path)),
            ("layer",),
        ]
        for one in (chosen if full else ("unlink", "link from"))
        for two in chosen
    )
    check(kernel(config), scripts)
