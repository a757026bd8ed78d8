"""Decompressing a stream that may be hostile: bounded, piece by piece, in as many members as it has."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from layerlab.engine.errors import ArchiveError, SupportError

GZIP_MAGIC, ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
PIECE = 1 << 17
"""The most bytes that come out at a time."""


def compression(head: bytes) -> str:
    """How a stream that begins so is compressed: "gzip", "zstd" or "". Tools go by this, not by the media type."""
    if head[:2] == GZIP_MAGIC:
        return "gzip"
    if head[:4] == ZSTD_MAGIC or (head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F):
        return "zstd"
    return ""


def inflate(blocks: Iterable[bytes], how: str, file: str, limit: int) -> Iterator[bytes]:
    """What `blocks` decompress to; ArchiveError if they are damaged, or come to more than `limit` bytes."""
    total = 0
    for piece in _gunzip(blocks, file) if how == "gzip" else _unzstd(blocks, file):
        total += len(piece)
        if total > limit:
            raise ArchiveError(
                file,
                None,
                f"decompresses to more than {limit} bytes; if that is right, allow more with max_bytes",
            )
        yield piece


def _gunzip(blocks: Iterable[bytes], file: str) -> Iterator[bytes]:
    machine, rest, begun = zlib.decompressobj(31), b"", False
    try:
        for block in blocks:
            rest += block
            while rest:
                if machine.eof:
                    rest = rest.lstrip(b"\0") if begun else rest
                    if not rest:
                        break
                    machine = zlib.decompressobj(31)
                out = machine.decompress(rest, PIECE)
                begun = True
                rest = machine.unused_data if machine.eof else machine.unconsumed_tail
                if out:
                    yield out
        while not machine.eof and (out := machine.decompress(machine.unconsumed_tail, PIECE)):
            yield out
    except zlib.error as error:
        raise ArchiveError(file, None, f"damaged gzip data: {error}") from None
    if not machine.eof:
        raise ArchiveError(file, None, "truncated gzip data")


def _zstd(file: str) -> Any:
    """The zstd module of Python 3.14, or the package that brings it to older ones."""
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return importlib.import_module(name)
        except ImportError:
            pass
    raise SupportError(
        file,
        None,
        "is compressed with zstd, which Python has from 3.14 on; older ones: pip install 'layerlab[zstd]'",
    )


def _unzstd(blocks: Iterable[bytes], file: str) -> Iterator[bytes]:
    zstd = _zstd(file)
    machine, whole = zstd.ZstdDecompressor(), False
    try:
        for block in blocks:
            while True:
                if machine.eof:
                    block = machine.unused_data + block
                    if not block:
                        break
                    machine = zstd.ZstdDecompressor()
                out = machine.decompress(block, PIECE)
                block = b""
                if out:
                    yield out
                if not machine.eof and machine.needs_input:
                    break
            whole = machine.eof
    except zstd.ZstdError as error:
        raise ArchiveError(file, None, f"damaged zstd data: {error}") from None
    if not whole:
        raise ArchiveError(file, None, "truncated zstd data")
