"""Writing a layer as a tar: equal trees give equal bytes, on every machine and at any time.

Names come sorted, a directory before what is in it. A header is ustar where it fits, with a PAX header before
it where it does not. Sockets are left out, as every tool leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.engine.errors import ArchiveError
from layerlab.engine.files.data import BLOCK, Data
from layerlab.engine.files.node import Device, Dir, Fifo, File, Node, Passage, Socket, Symlink, Whiteout
from layerlab.engine.files.tarball_header import BLOCK_DEVICE, CHAR, DIRECTORY, FIFO, LINK, SECOND, SYMLINK
from layerlab.engine.files.tarball_place import MARK, OPAQUE

STEP = 1 << 20
"""How many bytes of a file are read at a time."""

Entry = tuple[bytes, Node, bytes | None]
"""A name in the archive, the node, and the name it is a hard link to."""


def write_tar(layer: Dir, *, whiteouts: bool = True) -> Iterator[bytes]:
    """The tar of a layer, piece by piece; without `whiteouts` of a tree whose names may begin with `.wh.`."""
    for name, node, target in entries(layer, whiteouts):
        yield header(name, node, target)
        if isinstance(node, File) and target is None:
            yield from _contents(node.data)
    yield bytes(2 * BLOCK)


def tar_size(layer: Dir) -> int:
    """How many bytes `write_tar` gives, without reading any file."""
    size = 2 * BLOCK
    for name, node, target in entries(layer, True):
        size += len(header(name, node, target))
        if isinstance(node, File) and target is None:
            size += -(-node.data.size // BLOCK) * BLOCK
    return size


class TarData(Data):
    """The tar of a layer as data, written anew whenever it is read: nothing is kept."""

    __slots__ = ("layer", "size")

    def __init__(self, layer: Dir) -> None:
        self.layer, self.size = layer, tar_size(layer)

    def blocks(self) -> Iterator[bytes]:
        """All of it, piece by piece."""
        return write_tar(self.layer)

    def read(self, start: int = 0, length: int | None = None) -> bytes:
        end, at, out = start + self.clip(start, length), 0, []
        for block in self.blocks():
            if at >= end:
                break
            if at + len(block) > start:
                out.append(block[max(0, start - at) : end - at])
            at += len(block)
        return b"".join(out)


def entries(layer: Dir, whiteouts: bool) -> Iterator[Entry]:
    """The entries of the tar, in order."""
    linked: dict[int, tuple[bytes, Node]] = {}
    todo: list[tuple[bytes, Node]] = [(b"", layer)]
    while todo:
        path, node = todo.pop()
        if isinstance(node, Dir):
            if not isinstance(node, Passage):
                yield path + b"/" if path else b"./", node, None
            if node.opaque:
                yield _inside(path, OPAQUE), File(mode=0), None
            todo.extend(
                (_named(path, name, child, whiteouts), child)
                for name, child in sorted(node.children.items(), key=_by_name, reverse=True)
            )
        elif isinstance(node, Whiteout):
            yield path, File(mode=0), None
        elif not isinstance(node, Socket):
            first = linked.setdefault(node.ino, (path, node)) if node.ino else (path, node)
            same = first[0] != path and (first[1] is node or first[1] == node)
            yield path, node, first[0] if same else None


def _by_name(item: tuple[str, Node]) -> bytes:
    return item[0].encode("utf-8", "surrogateescape")


def _inside(path: bytes, name: str) -> bytes:
    raw = name.encode("utf-8", "surrogateescape")
    return path + b"/" + raw if path else raw


def _named(path: bytes, name: str, node: Node, whiteouts: bool) -> bytes:
    """The name of a child in the archive; a whiteout's begins with `.wh.`, and nothing else's may."""
    if isinstance(node, Whiteout):
        return _inside(path, MARK + name)
    if whiteouts and name.startswith(MARK):
        shown = _inside(path, name).decode("utf-8", "surrogateescape")
        raise ArchiveError("layer.tar", shown, "a name that begins with .wh. cannot be stored in a layer")
    return _inside(path, name)


def header(name: bytes, node: Node, target: bytes | None) -> bytes:
    """The header of one entry, with the PAX header it may need before it."""
    link = target or (node.target.encode("utf-8", "surrogateescape") if isinstance(node, Symlink) else b"")
    size = node.data.size if isinstance(node, File) and target is None else 0
    records: list[tuple[bytes, bytes]] = []
    prefix, short = _split(name)
    if short is None:
        records.append((b"path", name))
    if len(link) > 100 or not link.isascii():
        records.append((b"linkpath", link))
    if any(not _is_utf8(text) for _, text in records):
        records.insert(0, (b"hdrcharset", b"BINARY"))
    records += [
        (key, b"%d" % value)
        for key, value, limit in ((b"uid", node.uid, 8**7), (b"gid", node.gid, 8**7), (b"size", size, 8**11))
        if value >= limit
    ]
    seconds, rest = divmod(node.mtime, SECOND)
    if rest or not 0 <= seconds < 8**11:
        records.append((b"mtime", _time(node.mtime)))
    if target is None:
        records += [
            (b"SCHILY.xattr." + key.encode("utf-8", "surrogateescape"), text) for key, text in node.xattrs
        ]
    kind, major, minor = _kind(node, target)
    plain = _block(
        short if short is not None else name[:100], prefix, node, size, seconds, kind, link, major, minor
    )
    return _pax(records) + plain if records else plain


def _split(name: bytes) -> tuple[bytes, bytes | None]:
    """Prefix and name for ustar's two fields; the name None if they cannot hold it."""
    if not name.isascii():
        return b"", None
    if len(name) <= 100:
        return b"", name
    at = name.find(b"/", len(name) - 101, len(name) - 1)
    return (name[:at], name[at + 1 :]) if 0 < at <= 155 else (b"", None)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _time(time: int) -> bytes:
    """Nanoseconds as a PAX time."""
    seconds, rest = divmod(abs(time), SECOND)
    told = f"{'-' if time < 0 else ''}{seconds}.{rest:09d}"
    return told.rstrip("0").rstrip(".").encode()


def _kind(node: Node, target: bytes | None) -> tuple[bytes, int, int]:
    """The type of an entry, and a device's numbers."""
    if target is not None:
        return LINK, 0, 0
    match node:
        case Dir():
            return DIRECTORY, 0, 0
        case Symlink():
            return SYMLINK, 0, 0
        case Device():
            return BLOCK_DEVICE if node.block else CHAR, node.major, node.minor
        case Fifo():
            return FIFO, 0, 0
        case _:
            return b"0", 0, 0


def _octal(value: int, width: int) -> bytes:
    """A number field; zero if it does not fit, the PAX header then says it."""
    return b"%0*o\0" % (width - 1, value) if 0 <= value < 8 ** (width - 1) else b"0" * (width - 1) + b"\0"


def _block(
    name: bytes,
    prefix: bytes,
    node: Node,
    size: int,
    mtime: int,
    kind: bytes,
    link: bytes,
    major: int,
    minor: int,
) -> bytes:
    """512 bytes of ustar."""
    head = b"".join(
        (
            name.ljust(100, b"\0"),
            _octal(node.mode, 8),
            _octal(node.uid, 8),
            _octal(node.gid, 8),
            _octal(size, 12),
            _octal(mtime, 12),
            b" " * 8,
            kind,
            link[:100].ljust(100, b"\0"),
            b"ustar\x0000",
            bytes(64),
            _octal(major, 8),
            _octal(minor, 8),
            prefix.ljust(155, b"\0"),
            bytes(12),
        )
    )
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def _pax(records: list[tuple[bytes, bytes]]) -> bytes:
    """A PAX header that says these records of the next entry."""
    body = b"".join(_record(key, text) for key, text in records)
    padding = bytes(-len(body) % BLOCK)
    return _block(b"PaxHeaders/entry", b"", File(), len(body), 0, b"x", b"", 0, 0) + body + padding


def _record(key: bytes, text: bytes) -> bytes:
    """`length key=value newline`, where the length counts its own digits."""
    rest = len(key) + len(text) + 3
    length = rest + len(str(rest))
    length = rest + len(str(length))
    return b"%d %s=%s\n" % (length, key, text)


def _contents(data: Data) -> Iterator[bytes]:
    """A file's bytes and the padding behind them."""
    for at in range(0, data.size, STEP):
        yield data.read(at, STEP)
    if data.size % BLOCK:
        yield bytes(-data.size % BLOCK)
