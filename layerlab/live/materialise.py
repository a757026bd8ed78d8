"""A tree put on disk as a layer directory, with all that the kernel lets us make; the opposite of `upperdir`.

An ordinary user may not make devices, nor give files to others. What could not be made is told, never hidden.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from layerlab.engine.files.data import Bytes, Data, Pieces, pieces_of
from layerlab.engine.files.node import Device, Dir, File, Node, Symlink, Whiteout, replace, value
from layerlab.engine.files.tree import walk
from layerlab.live.syscalls import words
from layerlab.live.upperdir import Entry

NODE, OWNER = "the node itself", "its owner"


@value
class LeftOut:
    """What of a tree could not be put on disk: the `layer` and `path`, which `part` of it, and the kernel's
    `words`.
    """

    layer: int
    path: str
    part: str
    words: str

    def __str__(self) -> str:
        return f"layer {self.layer}: {self.path}: {self.part}: {self.words}"


def entries(root: Dir) -> Iterator[Entry]:
    """The tree as entries to send to another process: children left out, file data in memory."""
    for path, node in walk(root):
        if isinstance(node, Dir):
            yield path, replace(node, children={})
        elif isinstance(node, File):
            yield path, replace(node, data=_loaded(node.data))
        else:
            yield path, node


def _loaded(data: Data) -> Data:
    """The same bytes, none of them outside memory; holes stay holes."""
    if isinstance(data, Pieces):
        return Pieces(data.size, tuple((at, _loaded(piece)) for at, piece in data.pieces))
    return Bytes(data.read())


class Materialiser:
    """Puts the entries of one layer under `base`; `left_out` lists what could not be made."""

    def __init__(self, base: str, layer: int, marker: str) -> None:
        self.base, self.layer, self.marker = base, layer, marker
        self.left_out: list[LeftOut] = []
        self._links: dict[int, str] = {}
        self._dirs: list[tuple[str, str, Dir]] = []

    def put(self, path: str, node: Node) -> None:
        """Make one entry; its directory was put before."""
        place = self.base + path if path != "/" else self.base
        if isinstance(node, Dir):
            if path != "/":
                os.mkdir(place, 0o700)
            self._dirs.append((path, place, node))
        elif node.ino and node.ino in self._links:
            os.link(self._links[node.ino], place, follow_symlinks=False)
        elif self._try(path, NODE, lambda: _make(place, node)):
            self._links[node.ino] = place
            self._dress(path, place, node)

    def finish(self) -> None:
        """Directories last, so that filling them does not change their times."""
        for path, place, node in reversed(self._dirs):
            self._dress(path, place, node)

    def _dress(self, path: str, place: str, node: Node) -> None:
        """Owner, mode, attributes and times, in an order in which none undoes another."""
        if (node.uid, node.gid) != (0, 0):
            self._try(path, OWNER, lambda: os.lchown(place, node.uid, node.gid))
        if not isinstance(node, Symlink | Whiteout):
            os.chmod(place, node.mode)
        for name, data in (*node.xattrs, *self._markers(node)):
            self._try(path, name, lambda n=name, d=data: os.setxattr(place, n, d, follow_symlinks=False))  # type: ignore[misc]
        os.utime(place, ns=(node.atime, node.mtime), follow_symlinks=False)

    def _markers(self, node: Node) -> Iterator[tuple[str, bytes]]:
        """The attributes by which the kernel knows opaque directories and redirects."""
        if isinstance(node, Dir) and node.opaque:
            yield f"{self.marker}opaque", b"y"
        if isinstance(node, Dir) and node.redirect is not None:
            yield f"{self.marker}redirect", os.fsencode(node.redirect)

    def _try(self, path: str, part: str, action: Callable[[], object]) -> bool:
        """Do it, or note what the kernel said."""
        try:
            action()
        except OSError as error:
            self.left_out.append(LeftOut(self.layer, path, part, words(error)))
            return False
        return True


def _make(place: str, node: Node) -> None:
    """A new node of the right kind, still without its metadata."""
    match node:
        case File(data=data):
            _fill(place, data)
        case Symlink(target=target):
            os.symlink(target, place)
        case Device(major=major, minor=minor):
            os.mknod(place, node.kind | 0o600, os.makedev(major, minor))
        case _:
            os.mknod(place, node.kind | 0o600, os.makedev(0, 0))


def _fill(place: str, data: Data) -> None:
    """A new file with these bytes, its holes not written."""
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.ftruncate(handle, data.size)
        for at, piece in pieces_of(data):
            raw = memoryview(piece.read())
            while raw:
                done = os.pwrite(handle, raw, at)
                raw, at = raw[done:], at + done
    finally:
        os.close(handle)


def materialise(
    root: Dir, base: str, *, marker: str = "trusted.overlay.", layer: int = 0
) -> tuple[LeftOut, ...]:
    """Put the tree into the empty directory `base`; `marker` begins the attributes of the mount to come."""
    return pour(entries(root), base, marker=marker, layer=layer)


def pour(source: Iterable[Entry], base: str, *, marker: str, layer: int) -> tuple[LeftOut, ...]:
    """`materialise` for entries as they come."""
    room = Materialiser(base, layer, marker)
    for path, node in source:
        room.put(path, node)
    room.finish()
    return tuple(room.left_out)
