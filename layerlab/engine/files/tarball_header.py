"""One tar header: 512 bytes of fixed fields, as V7, ustar, GNU tar and star laid them out.

Sources: POSIX pax "ustar Interchange Format"; GNU tar manual, "Basic Tar Format"; tar(5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from zlib import adler32

from layerlab.engine.files.data import BLOCK

SECOND = 1_000_000_000
MAX_ID = 2**32 - 2
MAX_TIME = 2**40
"""Times further than this many seconds from 1970 are nonsense."""

REGULAR = b"0\07"
LINK, SYMLINK, CHAR, BLOCK_DEVICE, DIRECTORY, FIFO = b"1", b"2", b"3", b"4", b"5", b"6"
SPARSE = b"S"
ADLER = 65_521


class HeaderError(ValueError):
    """A header that cannot be read; the reader adds the file and the entry."""


@dataclass(slots=True)
class Header:
    """What one entry says of itself. `mtime` is in nanoseconds, `size` what is stored in the archive."""

    name: bytes
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    type: bytes
    link: bytes
    major: int = 0
    minor: int = 0
    xattrs: dict[str, bytes] = field(default_factory=dict)
    holes: tuple[tuple[int, int], ...] | None = None
    """For a sparse file the (offset, length) of what is stored; `real_size` is the size with the holes."""
    real_size: int = 0
    raw: bytes = b""


def check(head: bytes) -> None:
    """HeaderError unless the checksum is that of the header, its own eight bytes counted as spaces.

    Adler-32's low half is one more than the sum of all bytes (modulo 65,521), and far quicker than `sum`.
    """
    try:
        told = int(head[148:156].strip(b" \0"), 8)
    except ValueError:
        raise HeaderError("bad checksum: not an octal number") from None
    if (told + sum(head[148:156]) - 255) % ADLER == adler32(head) & 0xFFFF and told < ADLER:
        return
    rest = head[:148] + b" " * 8 + head[156:]
    signed = sum(rest) - 256 * sum(byte > 127 for byte in rest)
    if told not in (sum(rest), signed):
        raise HeaderError(f"bad checksum: the header says {told}, its bytes add up to {sum(rest)}")


def number(raw: bytes, what: str) -> int:
    """A number field: octal digits, or base 256 if the first bit is set (GNU)."""
    if raw[0] & 0x80:
        value = int.from_bytes(raw, "big") & ((1 << (8 * len(raw) - 1)) - 1)
        return value - (1 << (8 * len(raw) - 1)) if raw[0] & 0x40 else value
    digits = raw.partition(b"\0")[0].strip(b" \0")
    try:
        if not digits.isdigit() and digits:
            raise ValueError
        return int(digits, 8) if digits else 0
    except ValueError:
        raise HeaderError(f"bad {what}: {raw!a} is not an octal number") from None


def text(raw: bytes) -> bytes:
    """A text field: up to the first NUL."""
    return raw.partition(b"\0")[0]


def parse(head: bytes) -> Header:
    """The fields of a header whose checksum is right."""
    name, magic = text(head[:100]), head[257:265]
    if magic[:6] == b"ustar\0" and head[345]:
        end = 476 if head[508:512] == b"tar\0" else 500
        name = text(head[345:end]) + b"/" + name
    kind = head[156:157]
    header = Header(
        name=name,
        mode=number(head[100:108], "mode") & 0o7777,
        uid=number(head[108:116], "uid"),
        gid=number(head[116:124], "gid"),
        size=number(head[124:136], "size"),
        mtime=number(head[136:148], "mtime") * SECOND,
        type=kind,
        link=text(head[157:257]),
        raw=head,
    )
    if kind in (CHAR, BLOCK_DEVICE):
        header.major, header.minor = (
            number(head[329:337], "device number"),
            number(head[337:345], "device number"),
        )
    return header


def finish(header: Header) -> Header:
    """The header once everything that overrides it is in; HeaderError if a number cannot be."""
    for what, value in (("uid", header.uid), ("gid", header.gid)):
        if not 0 <= value <= MAX_ID:
            raise HeaderError(f"bad {what}: {value} is not between 0 and {MAX_ID}")
    if not 0 <= header.size < 2**63 or not 0 <= header.real_size < 2**63:
        raise HeaderError(
            f"bad size: {header.size if header.size < 0 else max(header.size, header.real_size)}"
        )
    if abs(header.mtime) > MAX_TIME * SECOND:
        raise HeaderError(f"bad mtime: {header.mtime // SECOND} seconds")
    if not 0 <= header.major < 2**32 or not 0 <= header.minor < 2**32:
        raise HeaderError(f"bad device number: {header.major}, {header.minor}")
    if b"\0" in header.name or b"\0" in header.link:
        raise HeaderError("a name cannot hold a NUL byte")
    if header.type in (b"\0", b"0", b"7") and header.name.endswith(b"/"):
        header.type = DIRECTORY
    if header.type in (LINK, SYMLINK, CHAR, BLOCK_DEVICE, DIRECTORY, FIFO):
        header.size = 0
    return header


def padded(size: int) -> int:
    """`size` up to the next full block."""
    return -(-size // BLOCK) * BLOCK
