"""A file's bytes as a value: in memory, a slice of something outside, or pieces with holes between them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

PIECE = 64 * 1024
"""Neighbouring pieces are joined up to this many bytes; larger files are edited piecewise."""

STEP = 1024 * 1024
"""How many bytes are compared at a time."""

BLOCK = 512
"""What tar counts in."""

START_BITS = 36
"""A `Member` starts below block 2**36, which is 32 TiB."""

START_MASK = (1 << START_BITS) - 1


class Source(Protocol):
    """Bytes outside memory: an open archive, a directory of blobs."""

    def read(self, start: int, length: int) -> bytes:
        """Exactly `length` bytes from `start`."""


class Data(ABC):
    """Some bytes, of which `size` are known to exist; equal if the bytes are equal."""

    __slots__ = ()
    size: int

    @abstractmethod
    def read(self, start: int = 0, length: int | None = None) -> bytes:
        """At most `length` bytes from `start`, fewer at the end, none behind it."""

    def stored(self) -> int:
        """How many bytes are not in a hole."""
        return self.size

    def clip(self, start: int, length: int | None) -> int:
        """How many bytes a read of `length` at `start` gives."""
        rest = max(0, self.size - start)
        return rest if length is None else min(length, rest)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Data) or self.size != other.size:
            return False
        return all(self.read(at, STEP) == other.read(at, STEP) for at in range(0, self.size, STEP))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.size} bytes)"


class Bytes(Data):
    """Bytes in memory."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    @property
    def size(self) -> int:  # type: ignore[override]
        """How many bytes."""
        return len(self.raw)

    def read(self, start: int = 0, length: int | None = None) -> bytes:
        return self.raw[start:] if length is None else self.raw[start : start + length]


class Slice(Data):
    """`size` bytes from `start` of a source outside memory."""

    __slots__ = ("size", "source", "start")

    def __init__(self, source: Source, start: int, size: int) -> None:
        self.source, self.start, self.size = source, start, size

    def read(self, start: int = 0, length: int | None = None) -> bytes:
        length = self.clip(start, length)
        return self.source.read(self.start + start, length) if length else b""


class Member(Data, int):  # type: ignore[misc]
    """A `Slice` of a tar in a third of the memory: one number holds where it starts, in blocks, and its size.

    Made by a class of its own for each source (`members_of`), as a hundred thousand files of one archive need
    not each say which archive that is.
    """

    __slots__ = ()
    source: ClassVar[Source]

    @property
    def size(self) -> int:  # type: ignore[override]
        """How many bytes."""
        return int(self) >> START_BITS

    @property
    def start(self) -> int:
        """Where they begin in the source."""
        return (int(self) & START_MASK) * BLOCK

    def read(self, start: int = 0, length: int | None = None) -> bytes:
        length = self.clip(start, length)
        return self.source.read(self.start + start, length) if length else b""

    def __bool__(self) -> bool:
        return True


def members_of(source: Source) -> type[Member]:
    """The class of this source's members: `members_of(source)(size << START_BITS | start // BLOCK)`."""
    return type("Member", (Member,), {"__slots__": (), "source": source})


class Pieces(Data):
    """Pieces at their offsets, in order and apart; what lies between is a hole and reads as zeros."""

    __slots__ = ("pieces", "size")

    def __init__(self, size: int, pieces: tuple[tuple[int, Data], ...] = ()) -> None:
        self.size, self.pieces = size, pieces

    def stored(self) -> int:
        return sum(piece.stored() for _, piece in self.pieces)

    def read(self, start: int = 0, length: int | None = None) -> bytes:
        length = self.clip(start, length)
        end, out = start + length, []
        for at, piece in self.pieces:
            if at >= end:
                break
            if at + piece.size > start:
                out.append(bytes(max(0, at - start)))
                out.append(piece.read(max(0, start - at), end - max(at, start)))
                start = min(end, at + piece.size)
        return b"".join(out) + bytes(end - start)


EMPTY = Bytes(b"")


def cut(data: Data, start: int, end: int) -> Data:
    """The bytes `start` to `end` of `data`, without reading what lies outside memory."""
    match data:
        case Bytes():
            return Bytes(data.raw[start:end])
        case Slice() | Member():
            return Slice(data.source, data.start + start, end - start)
        case _:
            pieces = _between(pieces_of(data), start, end)
            return Pieces(end - start, tuple((at - start, piece) for at, piece in pieces))


def pieces_of(data: Data) -> tuple[tuple[int, Data], ...]:
    """`data` as pieces at their offsets, holes left out."""
    if isinstance(data, Pieces):
        return data.pieces
    return ((0, data),) if data.size else ()


def write(data: Data, start: int, raw: bytes) -> Data:
    """`data` with `raw` at `start`; a gap behind the end becomes a hole."""
    if not raw:
        return data
    end = start + len(raw)
    if isinstance(data, Bytes) and start <= data.size and max(data.size, end) <= PIECE:
        return Bytes(data.raw[:start] + raw + data.raw[end:])
    old = pieces_of(data)
    pieces = [*_between(old, 0, start), (start, Bytes(raw)), *_between(old, end, data.size)]
    return _tidy(max(data.size, end), pieces)


def truncate(data: Data, size: int) -> Data:
    """The first `size` bytes of `data`; what it lacks becomes a hole."""
    if size == data.size:
        return data
    if size < data.size:
        return cut(data, 0, size)
    return Pieces(size, pieces_of(data))


def _between(pieces: tuple[tuple[int, Data], ...], start: int, end: int) -> list[tuple[int, Data]]:
    """The parts of `pieces` that lie between two offsets."""
    found: list[tuple[int, Data]] = []
    for at, piece in pieces:
        low, high = max(at, start), min(at + piece.size, end)
        if low < high:
            found.append((low, piece if high - low == piece.size else cut(piece, low - at, high - at)))
    return found


def _tidy(size: int, pieces: list[tuple[int, Data]]) -> Data:
    """Small neighbours joined, so that many small writes do not leave many small pieces."""
    joined: list[tuple[int, Data]] = []
    for at, piece in pieces:
        if joined and isinstance(piece, Bytes):
            last_at, last = joined[-1]
            if isinstance(last, Bytes) and last_at + last.size == at and last.size + piece.size <= PIECE:
                joined[-1] = (last_at, Bytes(last.raw + piece.raw))
                continue
        joined.append((at, piece))
    if len(joined) == 1 and joined[0][0] == 0 and joined[0][1].size == size:
        return joined[0][1]
    return Pieces(size, tuple(joined))
