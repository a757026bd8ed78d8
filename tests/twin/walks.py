"""Random walks: calls chosen by a seed, biased towards names that exist, so that most of them succeed.

The walk is chosen while it runs on the kernel, because what exists depends on what succeeded; it comes out as
a script, which the other side (and the shrinker) runs as it is.
"""

from __future__ import annotations

import os
import random
import stat
from collections.abc import Callable
from typing import Any

from twin import script
from twin.script import Call, Result

NAMES = "abcd"
START = 1_000_000_000
"""Times that a walk sets are START and some whole days; a clock that shows one of them is not believable."""

OPENS = (
    os.O_RDONLY,
    os.O_WRONLY,
    os.O_RDWR,
    os.O_RDWR | os.O_APPEND,
    os.O_WRONLY | os.O_TRUNC,
    os.O_RDONLY | os.O_TRUNC,
)
EXTRA = (0, 0, 0, 0, 0, os.O_EXCL, os.O_DIRECTORY, os.O_NOFOLLOW, os.O_PATH)
RENAMES = (0, 0, 0, 0, 0, 1, 1, 2, 2)
MODES = (0o644, 0o600, 0o755, 0o777, 0o444, 0o4755, 0o2755, 0o1777, 0o000)
NODES = (stat.S_IFIFO, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFREG)
KINDS = {"mkdir": "d", "symlink": "l", "mknod": "n", "open": "f"}

WEIGHTS = {
    "create": 14, "mkdir": 10, "open": 7, "read": 3, "write": 8, "lseek": 2, "fstat": 2,
    "ftruncate": 2, "close": 3, "unlink": 9, "rmdir": 4, "rename": 13, "link": 5, "symlink": 4,
    "mknod": 2, "chmod": 4, "lchown": 3, "truncate": 3, "utime": 3, "setxattr": 3,
    "removexattr": 1, "getxattr": 1, "listxattr": 1, "lstat": 5, "stat": 2, "readlink": 1,
    "listdir": 3, "setcred": 1,
}  # fmt: skip


class Chooser:
    """Chooses the next call; remembers, roughly, which names exist and what they are."""

    def __init__(self, seed: int, user: bool) -> None:
        self.dice = random.Random(seed)
        self.user = user
        # root of a user namespace has no CAP_FSETID outside it: writing clears her set-user-id bits
        self.modes = tuple(mode & 0o1777 for mode in MODES) if user else MODES
        self.kinds: dict[str, str] = {}
        self.below: dict[str, str] = {}
        self.open_slots: list[int] = []
        self.steps: dict[str, Callable[[], Call]] = {name: getattr(self, name) for name in WEIGHTS}
        if user:
            del self.steps["setcred"]
        self.weights = [WEIGHTS[name] for name in self.steps]

    def next(self) -> Call:
        """The next call."""
        return self.dice.choices(list(self.steps.values()), self.weights)[0]()

    def learn(self, call: Call, result: Result) -> None:
        """Remember what a call that succeeded has changed."""
        name = call[0]
        if isinstance(result, int) and result < 0:
            return
        if name == "open":
            if call[1] not in self.open_slots:
                self.open_slots.append(call[1])
            if call[3] & os.O_CREAT:
                self.kinds.setdefault(tidy(call[2]), "f")
        elif name == "close":
            self.open_slots.remove(call[1])
        elif name in {"tree", "layer", "remount"}:
            self.open_slots = []
            self.below |= self.kinds
            self.kinds = {} if name == "tree" else dict(self.below)
            self.below = {} if name != "tree" else self.below
        elif name in KINDS:
            self.kinds[tidy(call[2] if name == "symlink" else call[1])] = KINDS[name]
        elif name in {"unlink", "rmdir"}:
            self.kinds.pop(tidy(call[1]), None)
        elif name == "link":
            self.kinds[tidy(call[2])] = self.kinds.get(tidy(call[1]), "f")
        elif name == "rename":
            self.renamed(tidy(call[1]), tidy(call[2]), call[3])

    def renamed(self, a: str, b: str, flags: int) -> None:
        """Move names, with all that lies below them."""
        there = self.take(b)
        for rest, kind in self.take(a).items():
            self.kinds[b + rest] = kind
        if flags & 2:
            for rest, kind in there.items():
                self.kinds[a + rest] = kind

    def take(self, path: str) -> dict[str, str]:
        """Remove a name and what is below it."""
        under = [p for p in self.kinds if p == path or p.startswith(path + "/")]
        return {p.removeprefix(path): self.kinds.pop(p) for p in under}

    # names

    def any(self) -> str:
        """Any path, up to three names deep."""
        return "".join("/" + self.dice.choice(NAMES) for _ in range(self.dice.choice((1, 1, 2, 2, 3))))

    def some(self, kinds: str = "dfln") -> str:
        """A path that exists and is of one of these kinds, mostly."""
        there = [path for path, kind in self.kinds.items() if kind in kinds]
        if there and self.dice.random() < 0.9:
            return self.spell(self.dice.choice(there))
        return self.spell(self.any())

    def free(self) -> str:
        """A path that can be made, mostly."""
        if self.dice.random() < 0.1:
            return self.spell(self.any())
        for _ in range(6):
            above = self.dice.choice(
                ["", *(p for p, kind in self.kinds.items() if kind == "d" and p.count("/") < 3)]
            )
            path = f"{above}/{self.dice.choice(NAMES)}"
            if path not in self.kinds:
                return self.spell(path)
        return self.spell(path)

    def spell(self, path: str) -> str:
        """Now and then, the same path in other letters."""
        luck = self.dice.random()
        if luck < 0.02:
            return path + "/"
        if luck < 0.025:
            return path + "/."
        if luck < 0.03:
            return path + "/.."
        if luck < 0.04:
            return path.replace("/", "//./", 1)
        return path

    def slot(self) -> int:
        """A slot that holds a handle, mostly."""
        return self.dice.choice(self.open_slots) if self.open_slots else 0

    def data(self) -> bytes:
        """A few bytes that tell where they came from."""
        return bytes(self.dice.choices(b"pqrstuvwxyz", k=self.dice.choice((0, 1, 3, 9))))

    def time(self) -> int:
        """A time to set."""
        return START + 86400 * self.dice.randrange(100)

    # calls

    def create(self) -> Call:
        flags = (
            os.O_CREAT
            | os.O_NONBLOCK
            | self.dice.choice((os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_EXCL, os.O_RDONLY))
        )
        return ("open", self.dice.randrange(4), self.free(), flags, self.dice.choice(self.modes))

    def open(self) -> Call:
        flags = self.dice.choice(OPENS) | self.dice.choice(EXTRA) | os.O_NONBLOCK
        if self.dice.random() < 0.2:
            flags |= os.O_CREAT
        return ("open", self.dice.randrange(4), self.some("ffffffdl"), flags, 0o640)

    def read(self) -> Call:
        return ("read", self.slot(), self.dice.choice((1, 4, 100)))

    def write(self) -> Call:
        return ("write", self.slot(), self.data())

    def lseek(self) -> Call:
        return ("lseek", self.slot(), self.dice.choice((-1, 0, 2, 20)), self.dice.choice((0, 1, 2)))

    def fstat(self) -> Call:
        return ("fstat", self.slot())

    def ftruncate(self) -> Call:
        return ("ftruncate", self.slot(), self.dice.choice((0, 1, 5, 30)))

    def close(self) -> Call:
        return ("close", self.slot())

    def unlink(self) -> Call:
        return ("unlink", self.some("ffflnd" if self.dice.random() < 0.1 else "fln"))

    def rmdir(self) -> Call:
        empty = [
            p
            for p, k in self.kinds.items()
            if k == "d" and not any(q.startswith(p + "/") for q in self.kinds)
        ]
        if empty and self.dice.random() < 0.8:
            return ("rmdir", self.spell(self.dice.choice(empty)))
        return ("rmdir", self.some("d"))

    def mkdir(self) -> Call:
        return ("mkdir", self.free(), self.dice.choice(self.modes[2:4] + self.modes))

    def rename(self) -> Call:
        source = self.some()
        flags = self.dice.choice(RENAMES)
        if flags == 2:
            return ("rename", source, self.some(), flags)
        if self.dice.random() < 0.4:
            alike = "d" if self.kinds.get(tidy(source)) == "d" else "fln"
            return ("rename", source, self.some(alike), flags)
        return ("rename", source, self.free(), flags)

    def link(self) -> Call:
        return ("link", self.some("ffffffflnd"), self.free(), self.dice.random() < 0.3)

    def symlink(self) -> Call:
        target = self.some() if self.dice.random() < 0.7 else self.any()
        if self.dice.random() < 0.5:
            target = self.dice.choice(("", "../", "./")) + target[1:]
        return ("symlink", target, self.free())

    def mknod(self) -> Call:
        # majors 60 to 63 are kept for local use: no driver answers, so that open(2) says ENXIO everywhere
        kinds = (stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFREG) if self.user else NODES
        kind = self.dice.choice(kinds)
        device = (
            os.makedev(*self.dice.choice(((60, 1), (61, 0)))) if kind in {stat.S_IFCHR, stat.S_IFBLK} else 0
        )
        return ("mknod", self.free(), kind | self.dice.choice(self.modes), device)

    def chmod(self) -> Call:
        return ("chmod", self.some(), self.dice.choice(self.modes), self.dice.random() < 0.9)

    def lchown(self) -> Call:
        ids = (0, -1) if self.user else (0, 1, 2, -1)
        return ("lchown", self.some(), self.dice.choice(ids), self.dice.choice(ids))

    def truncate(self) -> Call:
        return ("truncate", self.some("ffffffdl"), self.dice.choice((0, 1, 5, 30)))

    def utime(self) -> Call:
        times = (self.time(), self.time()) if self.dice.random() < 0.9 else None
        return ("utime", self.some(), times, self.dice.random() < 0.5)

    def xattr(self) -> tuple[str, str]:
        space = "user" if self.user or self.dice.random() < 0.7 else "trusted"
        return (self.some("dddfffffln"), f"{space}.{self.dice.choice('xy')}")

    def setxattr(self) -> Call:
        return (
            "setxattr",
            *self.xattr(),
            self.data(),
            self.dice.choice((0, 0, 0, 1, 2)),
            self.dice.random() < 0.7,
        )

    def removexattr(self) -> Call:
        return ("removexattr", *self.xattr(), self.dice.random() < 0.7)

    def getxattr(self) -> Call:
        return ("getxattr", *self.xattr(), self.dice.random() < 0.7)

    def listxattr(self) -> Call:
        return ("listxattr", self.some(), self.dice.random() < 0.7)

    def lstat(self) -> Call:
        return ("lstat", self.some())

    def stat(self) -> Call:
        return ("stat", self.some())

    def readlink(self) -> Call:
        return ("readlink", self.some("lllllf"))

    def listdir(self) -> Call:
        return ("listdir", self.some("ddddddddfl"))

    def setcred(self) -> Call:
        return ("setcred", *self.dice.choice(((0, 0), (0, 0), (1, 1), (1, 2), (2, 2))))


def tidy(path: str) -> str:
    """A path without empty and dotted names."""
    return "/" + "/".join(name for name in path.split("/") if name not in {"", "."})


def walk(
    box: script.Box, seed: int, length: int, plain: bool = False, user: bool = False
) -> tuple[list[Call], list[Result]]:
    """Choose and run: a base of a few calls, sometimes a second plain tree, then `length` calls on overlays.

    If `plain`, all calls are on one plain tree.
    """
    chooser = Chooser(seed, user)
    world = script.World(box)
    ops: list[Call] = []
    results: list[Any] = []

    def do(call: Call) -> None:
        ops.append(call)
        results.append(world.do(call))
        chooser.learn(call, results[-1])

    dice = chooser.dice
    for _ in range(0 if plain else dice.choice((1, 1, 1, 2, 3))):
        if ops:
            do(("tree",))
        for _ in range(dice.choice((0, 4, 8, 16, 24))):
            do(chooser.next())
    if not plain:
        do(("layer",))
    for _ in range(length):
        if not plain and dice.random() < 0.08:
            do(("layer",) if dice.random() < 0.75 else ("remount",))
            do(("setcred", 0, 0))
        do(chooser.next())
    results.append(world.close())
    return ops, results
