"""Reading a layer's tar: a stream of bytes in, a tree out whose files are slices of what was streamed.

The stream is read once, front to back, and no file's data is kept: a file knows where in the archive it lies.
The formats are in `tarball_header` and `tarball_pax`, what an entry does to the tree in `tarball_place`; here is
the way along the archive, with a short way for the entry that nearly all are: a plain file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zlib import adler32

from layerlab.engine.errors import ArchiveError
from layerlab.engine.files import tarball_pax as pax
from layerlab.engine.files.data import (
    BLOCK,
    EMPTY,
    START_BITS,
    Data,
    Member,
    Pieces,
    Slice,
    Source,
    members_of,
)
from layerlab.engine.files.node import Device, Dir, Fifo, File, Node, Symlink
from layerlab.engine.files.tarball_header import (
    ADLER,
    BLOCK_DEVICE,
    CHAR,
    DIRECTORY,
    FIFO,
    LINK,
    REGULAR,
    SECOND,
    SPARSE,
    SYMLINK,
    Header,
    HeaderError,
    check,
    finish,
    padded,
    parse,
    text,
)
from layerlab.engine.files.tarball_place import MAX_NAME, Unpacker

ZEROS = bytes(BLOCK)
PLAIN = frozenset(b"0\0")
USTAR = b"ustar"
KEPT = 4096
"""How many different owner and time fields are remembered."""


def read_tar(
    blocks: Iterable[bytes],
    source: Source,
    *,
    file: str = "layer.tar",
    lower: Dir | None = None,
    first_ino: int = 1,
    whiteouts: bool = True,
) -> Dir:
    """The layer in a tar that arrives as `blocks`; its files read their data from `source`, which holds the same bytes.

    `lower` is the tree below, for hard links into it; hard links are numbered from `first_ino`; with `whiteouts`
    off names that begin with `.wh.` are ordinary. ArchiveError with `file`, entry and reason if it is not right.
    """
    reader = _Reader(blocks, source, Unpacker(first_ino, lower, whiteouts))
    try:
        reader.run()
        return reader.tree.finish()
    except HeaderError as error:
        entry, _, reason = str(error).rpartition("\0")
        raise ArchiveError(file, entry or reader.entry, reason) from None


class _Reader:
    """Where in the archive we are: `data` is the block at hand, `pos` the place in it, `base` its place in the archive."""

    def __init__(self, blocks: Iterable[bytes], source: Source, tree: Unpacker) -> None:
        self.blocks = _whole_blocks(blocks)
        self.source, self.tree, self.member = source, tree, members_of(source)
        self.data, self.pos, self.base = b"", 0, 0
        self.last = b""
        self.globals: pax.Records = []
        self.local: pax.Records = []
        self.long: dict[bytes, bytes] = {}

    @property
    def entry(self) -> str | None:
        """The name of the entry being read, as far as it is known."""
        name = self.long.get(b"L") or dict(self.local).get(b"path") or self.last
        return name.decode("utf-8", "surrogateescape") or None

    def run(self) -> None:
        """Read to the end of the archive, and of the stream."""
        while (head := self.plain_files()) is not None:
            self.last = text(head[:100])
            if head == ZEROS:
                self.end()
                break
            check(head)
            self.one(parse(head))
        for _ in self.blocks:
            pass

    def header(self) -> bytes | None:
        """The next 512 bytes, or None where the stream ends between two entries."""
        while self.pos >= len(self.data):
            if not self.next_block():
                if self.pos > len(self.data):
                    raise HeaderError(f"truncated: {self.pos - len(self.data)} bytes are missing")
                return None
        head = self.data[self.pos : self.pos + BLOCK]
        if len(head) < BLOCK:
            raise HeaderError("truncated in the middle of a header")
        self.pos += BLOCK
        return head

    def next_block(self) -> bool:
        """Go on to the next block of the stream; whether there is one."""
        block = next(self.blocks, None)
        if block is None:
            return False
        self.pos -= len(self.data)
        self.base += len(self.data)
        self.data = block
        return True

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        parts: list[bytes] = []
        while size:
            if self.pos >= len(self.data) and not self.next_block():
                raise HeaderError(f"truncated: {size} bytes are missing")
            part = self.data[self.pos : self.pos + size]
            self.pos += len(part)
            size -= len(part)
            parts.append(part)
        return b"".join(parts)

    def plain_files(self) -> bytes | None:
        """Take in plain files of known directories as fast as can be; the first header that is anything else.

        All that is unusual is left to `one`: extended headers, numbers not octal, names met before.
        """
        places, member = self.tree.places, self.member
        owners: dict[bytes, tuple[int, int, int]] = {}
        times: dict[bytes, int] = {}
        while (head := self.header()) is not None:
            if self.local or self.long or self.globals or head[156] not in PLAIN or head[257:262] != USTAR:
                return head
            if head[345] and head[262] == 0:
                return head
            raw = head[:100].partition(b"\0")[0]
            parent, _, name = raw.rpartition(b"/")
            children = places.get(parent)
            if children is None or not name or name[:4] == b".wh." or name == b"." or name == b"..":
                return head
            leaf = name.decode("utf-8", "surrogateescape")
            if leaf in children:
                return head
            try:
                told = int(head[148:154], 8)
                size = int(head[124:135], 8)
                owner = owners.get(head[100:124])
                if owner is None:
                    owner = _owner(head, owners)
                mtime = times.get(head[136:148])
                if mtime is None:
                    mtime = _time(head, times)
            except ValueError:
                return head
            if (told + sum(head[148:156]) - 255) % ADLER != adler32(head) & 0xFFFF or size < 0:
                return head
            pos = self.pos
            data = member(size << START_BITS | (self.base + pos) // BLOCK) if size else EMPTY
            mode, uid, gid = owner
            children[leaf] = File(mode, uid, gid, mtime, (), 0, mtime, mtime, data)
            self.last = raw
            self.pos = pos + (size + 511 & -512)
        return None

    def one(self, header: Header) -> None:
        """Take in any entry."""
        if header.type in b"xXgLK" and header.type:
            return self.extended(header)
        if header.type == SPARSE:
            header.holes, header.real_size = pax.old_gnu_map(header.raw, self.take)
        pax.override(header, self.globals + self.local)
        header.name = self.long.get(b"L", header.name)
        header.link = self.long.get(b"K", header.link)
        self.last = header.name
        finish(header)
        if header.type == LINK:
            self.tree.link(header.name, header.link)
        else:
            self.tree.add(header.name, self.node(header))
            self.remember(header.name, header.type)
        self.local, self.long = [], {}

    def remember(self, name: bytes, kind: bytes) -> None:
        """Let the short way know the directory that this name lies in, or is."""
        parent = name.rstrip(b"/") if kind == DIRECTORY else name.rpartition(b"/")[0]
        parts = self.tree.names(parent)
        if not any(part.startswith(".wh.") for part in parts) or not self.tree.whiteouts:
            self.tree.places[parent] = self.tree.children(parts)

    def extended(self, header: Header) -> None:
        """A header that only says more about the next one, or about all that follow."""
        if not 0 <= header.size <= pax.MAX_EXTENDED:
            raise HeaderError(f"an extended header of {header.size} bytes, the limit is {pax.MAX_EXTENDED}")
        body = self.take(padded(header.size))[: header.size]
        if header.type in b"LK":
            self.long[header.type] = text(body)
        elif header.type == b"g":
            self.globals = list(dict([*self.globals, *pax.records(body)]).items())
        else:
            self.local += pax.records(body)

    def node(self, header: Header) -> Node:
        """The node that a header describes; the archive's place moves behind its data."""
        xattrs = tuple(sorted(header.xattrs.items()))
        mode, uid, gid, mtime, kind = header.mode, header.uid, header.gid, header.mtime, header.type
        if kind == DIRECTORY:
            return Dir(mode, uid, gid, mtime, xattrs, 0, mtime, mtime)
        if kind == SYMLINK:
            if not header.link:
                raise HeaderError("a symbolic link to nothing")
            target = header.link.decode("utf-8", "surrogateescape")
            return Symlink(0o777, uid, gid, mtime, xattrs, 0, mtime, mtime, target)
        if kind in (CHAR, BLOCK_DEVICE):
            block = kind == BLOCK_DEVICE
            return Device(mode, uid, gid, mtime, xattrs, 0, mtime, mtime, header.major, header.minor, block)
        if kind == FIFO:
            return Fifo(mode, uid, gid, mtime, xattrs, 0, mtime, mtime)
        if kind in (b"0", b"\0", b"7", SPARSE, b"1.0"):
            return File(mode, uid, gid, mtime, xattrs, 0, mtime, mtime, self.contents(header))
        raise HeaderError(f"an entry of the unknown type {kind!a}")

    def contents(self, header: Header) -> Data:
        """The data of a file, by reference; of a sparse one, the pieces."""
        size, stored = header.size, padded(header.size)
        if header.holes is None:
            at, self.pos = self.base + self.pos, self.pos + stored
            return self.member(size << START_BITS | at // BLOCK) if size else EMPTY
        if header.type == b"1.0":
            header.holes, used = pax.map_in_data(self.take)
            header.size = size - used
            stored -= used
        pax.check_map(header)
        at, self.pos = self.base + self.pos, self.pos + stored
        pieces: list[tuple[int, Data]] = []
        for offset, length in header.holes:
            if length:
                pieces.append((offset, Slice(self.source, at, length)))
            at += length
        return Pieces(header.real_size, tuple(pieces))

    def end(self) -> None:
        """The archive ends with two blocks of zeros, or with the stream."""
        head = self.header()
        if head is not None and head != ZEROS:
            raise HeaderError("a lone block of zeros between entries")


def _owner(head: bytes, owners: dict[bytes, tuple[int, int, int]]) -> tuple[int, int, int]:
    """Mode, uid and gid of a header, remembered; ValueError if they are not plain octal."""
    found = int(head[100:107], 8) & 0o7777, int(head[108:115], 8), int(head[116:123], 8)
    if len(owners) < KEPT and min(found) >= 0:
        owners[head[100:124]] = found
    return found


def _time(head: bytes, times: dict[bytes, int]) -> int:
    """The time of a header in nanoseconds, remembered; ValueError if it is not plain octal."""
    found = int(head[136:147], 8) * SECOND
    if len(times) < KEPT:
        times[head[136:148]] = found
    return found


def _whole_blocks(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, each piece but the last a multiple of 512 long."""
    rest = b""
    for block in blocks:
        whole = rest + block if rest else block
        cut = len(whole) - len(whole) % BLOCK
        rest = whole[cut:]
        if cut:
            yield whole[:cut] if rest else whole
    if rest:
        yield rest


__all__ = ["MAX_NAME", "REGULAR", "Member", "read_tar"]
