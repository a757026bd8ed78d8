"""Seeded root file systems, layer upon layer, with what real images hold and what only strange ones do."""

from __future__ import annotations

from random import Random

from layerlab.engine.files.data import Bytes, Data, Pieces
from layerlab.engine.files.node import Device, Dir, Fifo, File, Node, Symlink, Whiteout, Xattrs

NAMES = (
    "a", "b", "opt", "lib", "motd", "with space", "ünïcode", "日本", "-dash", "a.tar.gz", "x" * 99, "y" * 101, "z" * 255,
    "per%cent", "new\nline", "quote'\"", ".hidden", "back\\slash",
)  # fmt: skip
"""Names that reach ustar's limits and past them."""

ODD_NAMES = ("\udce9t\udce9", "half\udcc3")
"""Names that are not UTF-8."""

MODES = (0o644, 0o755, 0o600, 0o4755, 0o2750, 0o000)


def layers(
    seed: int, count: int = 3, *, odd: bool = True, xattrs: bool = True, lines: bool = True
) -> list[Dir]:
    """`count` layer trees, base first; upper ones change, hide and replace what lies below.

    `odd`: names that are not UTF-8; `lines`: names of more than one line.
    """
    return _Maker(seed, odd, xattrs, lines).layers(count)


class _Maker:
    def __init__(self, seed: int, odd: bool, xattrs: bool, lines: bool) -> None:
        self.random = Random(seed)
        self.names = NAMES + (ODD_NAMES if odd else ())
        if not lines:
            self.names = tuple(name for name in self.names if "\n" not in name)
        self.with_xattrs = xattrs
        self.last_ino = 0
        self.shared: list[File] = []

    def layers(self, count: int) -> list[Dir]:
        below: list[str] = []
        made = []
        for level in range(count):
            self.shared = []
            tree = self.directory(depth=3, below=below if level else [])
            tree.mode, tree.uid, tree.gid, tree.xattrs = 0o755, 0, 0, ()  # type: ignore[misc]
            below += list(tree.children)
            made.append(tree)
        return made

    def directory(self, depth: int, below: list[str]) -> Dir:
        random = self.random
        children: dict[str, Node] = {}
        for name in random.sample(self.names, random.randint(2, 7)):
            children[name] = self.node(depth - 1)
        for name in below:
            if name not in children and random.random() < 0.3:
                children[name] = Whiteout()
        return Dir(**self.meta(random.choice((0o755, 0o700, 0o1777, 0o2775))), children=children)

    def node(self, depth: int) -> Node:
        kind = self.random.choice(
            ("file",) * 5 + ("dir",) * 4 + ("symlink", "link", "fifo", "device", "sparse")
        )
        if kind == "dir":
            return self.directory(depth, []) if depth > 0 else Dir(**self.meta(0o755))
        if kind == "link" and self.shared:
            return self.random.choice(self.shared)
        if kind == "symlink":
            target = self.random.choice(
                ("a", "../b", "/etc/motd", "/no/where", "../../../../out", "s" * 150, "日本/x")
            )
            return Symlink(**(self.meta(0o777) | {"xattrs": ()}), target=target)
        if kind == "fifo":
            return Fifo(**(self.meta(0o622) | {"xattrs": ()}))
        if kind == "device":
            major, block = self.random.choice(((1, False), (7, True)))
            return Device(
                **(self.meta(0o660) | {"xattrs": ()}),
                major=major,
                minor=self.random.randint(1, 300),
                block=block,
            )
        return self.file(self.sparse() if kind == "sparse" else Bytes(self.random.randbytes(self.size())))

    def file(self, data: Data) -> File:
        self.last_ino += 1
        file = File(**self.meta(self.random.choice(MODES)), ino=self.last_ino, data=data)
        self.shared.append(file)
        return file

    def size(self) -> int:
        return self.random.choice((0, 1, 511, 512, 513, 4096, 70_000))

    def sparse(self) -> Data:
        return Pieces(300_000, ((0, Bytes(b"head")), (200_000, Bytes(self.random.randbytes(5000)))))

    def meta(self, mode: int) -> dict[str, object]:
        random = self.random
        xattrs: Xattrs = ()
        if self.with_xattrs and random.random() < 0.15:
            xattrs = (("user.bin", random.randbytes(8) + b"\0\n="), ("user.note", b"hello"))
        owner = random.choice((0, 0, 0, 33, 1000, 65534, 3_000_000))
        mtime = random.choice((0, 1_700_000_000, 2_000_000_000)) * 10**9
        return {"mode": mode, "uid": owner, "gid": owner, "mtime": mtime, "xattrs": xattrs}
