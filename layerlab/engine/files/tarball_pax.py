"""What extended headers add to a tar entry: PAX records, GNU long names, and the maps of sparse files.

Sources: POSIX pax "pax Extended Header"; GNU tar manual, "Storing Sparse Files"; tar(5) for the attributes.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable

from layerlab.engine.files.data import BLOCK
from layerlab.engine.files.tarball_header import SECOND, SPARSE, Header, HeaderError, number

Records = list[tuple[bytes, bytes]]
MAX_EXTENDED = 16 << 20
"""The most bytes of extended header that one entry may have."""

MAX_PIECES = 1 << 20
"""The most pieces that one sparse file may have."""

MAX_XATTRS = 4096


def records(body: bytes) -> Records:
    """The records `length key=value newline` of an extended header, in order."""
    found: Records = []
    while body:
        digits, space, _ = body[:20].partition(b" ")
        if not space or not digits.isdigit():
            raise HeaderError("bad PAX record: it does not begin with its length")
        length = int(digits)
        record = body[len(digits) + 1 : length]
        if length > len(body) or length <= len(digits) + 1 or not record.endswith(b"\n"):
            raise HeaderError(f"bad PAX record: its length {length} does not fit")
        key, equals, text = record[:-1].partition(b"=")
        if not equals or not key:
            raise HeaderError("bad PAX record: no key")
        found.append((key, text))
        body = body[length:]
    return found


def override(header: Header, pairs: Records) -> None:
    """Put the records into `header`; an empty value leaves the field as it was."""
    given = {
        key: text for key, text in pairs if text or key.startswith((b"SCHILY.xattr.", b"LIBARCHIVE.xattr."))
    }
    header.name = given.get(b"GNU.sparse.name", given.get(b"path", header.name))
    header.link = given.get(b"linkpath", header.link)
    header.size = _whole(given, b"size", header.size)
    header.uid, header.gid = _whole(given, b"uid", header.uid), _whole(given, b"gid", header.gid)
    header.major = _whole(given, b"SCHILY.devmajor", header.major)
    header.minor = _whole(given, b"SCHILY.devminor", header.minor)
    if b"mtime" in given:
        header.mtime = nanoseconds(given[b"mtime"])
    for key, text in given.items():
        if key.startswith(b"LIBARCHIVE.xattr."):
            _attribute(header, _unquote(key[17:]), _unbase64(text))
    for key, text in given.items():
        if key.startswith(b"SCHILY.xattr."):
            _attribute(header, key[13:], text)
    _sparse_records(header, pairs, given)


def nanoseconds(text: bytes) -> int:
    """A PAX time, `-1.5` or `1700000000.123456789`, in nanoseconds."""
    found = re.fullmatch(rb"(-?)([0-9]{1,20})(?:\.([0-9]*))?", text)
    if found is None:
        raise HeaderError(f"bad PAX time: {text[:40]!a}")
    sign, seconds, part = found.groups(b"")
    time = int(seconds) * SECOND + int(part[:9].ljust(9, b"0"))
    return -time if sign else time


def _whole(given: dict[bytes, bytes], key: bytes, default: int) -> int:
    text = given.get(key)
    if text is None:
        return default
    if not text.isdigit() or len(text) > 20:
        raise HeaderError(f"bad PAX {key.decode()}: {text[:40]!a} is not a number")
    return int(text)


def _attribute(header: Header, name: bytes, value: bytes) -> None:
    if not name or b"\0" in name or len(name) > 255:
        raise HeaderError("bad extended attribute name")
    header.xattrs[name.decode("utf-8", "surrogateescape")] = value
    if len(header.xattrs) > MAX_XATTRS:
        raise HeaderError(f"more than {MAX_XATTRS} extended attributes")


def _unquote(text: bytes) -> bytes:
    """`%20` and the like made bytes again."""
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), text)


def _unbase64(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)
    except (binascii.Error, ValueError):
        raise HeaderError("bad LIBARCHIVE.xattr: not base64") from None


def _sparse_records(header: Header, pairs: Records, given: dict[bytes, bytes]) -> None:
    """GNU.sparse 0.0 (offset and numbytes again and again) and 0.1 (a map); 1.0 keeps its map in the data."""
    if given.get(b"GNU.sparse.major") == b"1" and given.get(b"GNU.sparse.minor", b"0") == b"0":
        header.real_size = _whole(given, b"GNU.sparse.realsize", header.size)
        header.holes = ()
        header.type = b"1.0"
        return
    if b"GNU.sparse.map" in given:
        numbers = [_digits(part) for part in given[b"GNU.sparse.map"].split(b",")]
    else:
        numbers = [
            _digits(text) for key, text in pairs if key in (b"GNU.sparse.offset", b"GNU.sparse.numbytes")
        ]
    if not numbers and b"GNU.sparse.size" not in given:
        return
    if len(numbers) % 2 or len(numbers) > 2 * MAX_PIECES:
        raise HeaderError("bad sparse map")
    header.real_size = _whole(given, b"GNU.sparse.size", header.size)
    header.holes = tuple(zip(numbers[::2], numbers[1::2], strict=True))


def map_in_data(take: Callable[[int], bytes]) -> tuple[tuple[tuple[int, int], ...], int]:
    """The map of a GNU.sparse 1.0 file at the beginning of its data, and how many bytes it took."""
    text, used = take(BLOCK), BLOCK
    lines, wanted = text.split(b"\n"), 1
    while len(lines) - 1 < wanted:
        text, used = lines.pop() + take(BLOCK), used + BLOCK
        lines += text.split(b"\n")
        wanted = _wanted(lines, wanted)
    wanted = _wanted(lines, wanted)
    while len(lines) - 1 < wanted:
        text, used = lines.pop() + take(BLOCK), used + BLOCK
        lines += text.split(b"\n")
    numbers = [_digits(line) for line in lines[1:wanted]]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True)), used


def _wanted(lines: list[bytes], default: int) -> int:
    """How many lines the map has, once its first says so."""
    if len(lines) < 2:
        if len(lines[0]) > 20:
            raise HeaderError("bad sparse map")
        return default
    count = _digits(lines[0])
    if count > MAX_PIECES:
        raise HeaderError(f"a sparse map of {count} pieces")
    return 1 + 2 * count


def old_gnu_map(head: bytes, take: Callable[[int], bytes]) -> tuple[tuple[tuple[int, int], ...], int]:
    """The map and the real size of an old GNU sparse file, in its header and the blocks behind it."""
    pieces = _pairs(head[386:482], 4)
    size, more = number(head[483:495], "sparse size"), head[482]
    while more:
        block = take(BLOCK)
        pieces += _pairs(block, 21)
        more = block[504]
        if len(pieces) > MAX_PIECES:
            raise HeaderError("a sparse map without end")
    return tuple(pieces), size


def _pairs(raw: bytes, count: int) -> list[tuple[int, int]]:
    fields = (raw[at : at + 24] for at in range(0, 24 * count, 24))
    return [(number(one[:12], "sparse offset"), number(one[12:], "sparse size")) for one in fields if one[0]]


def check_map(header: Header) -> None:
    """HeaderError unless the pieces lie in order, apart, inside the file, and make up what is stored."""
    end = 0
    for offset, length in header.holes or ():
        if offset < end or length < 0 or offset + length > header.real_size:
            raise HeaderError("bad sparse map: its pieces overlap or lie outside the file")
        end = offset + length
    stored = sum(length for _, length in header.holes or ())
    if stored != header.size:
        raise HeaderError(f"bad sparse map: its pieces make {stored} bytes, {header.size} are stored")


def _digits(text: bytes) -> int:
    if not text.isdigit() or len(text) > 20:
        raise HeaderError(f"bad sparse map: {text[:40]!a} is not a number")
    return int(text)


__all__ = [
    "MAX_EXTENDED",
    "SPARSE",
    "Records",
    "check_map",
    "map_in_data",
    "nanoseconds",
    "old_gnu_map",
    "override",
    "records",
]
