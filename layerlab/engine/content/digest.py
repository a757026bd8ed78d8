"""Digests: names made of the bytes they name (OCI image specification, descriptor.md "Digests").

Four kinds of thing are named so, and they must not be mixed up: a `Digest` names stored bytes, a `DiffID` an
uncompressed layer tar, a `ChainID` a stack of layers, an `ImageID` a config.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import NewType, Protocol

Digest = NewType("Digest", str)
"""Names stored bytes: `sha256:` and 64 hexadecimal digits."""

DiffID = NewType("DiffID", str)
"""Names a layer's tar before compression."""

ChainID = NewType("ChainID", str)
"""Names a layer together with all layers below it."""

ImageID = NewType("ImageID", str)
"""Names an image by the digest of its config."""

LENGTHS = {"sha256": 64, "sha512": 128}
"""The algorithms of the specification and their length in hexadecimal digits."""

_FORM = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+")


class Hash(Protocol):
    """A digest being computed."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""

    def hexdigest(self) -> str:
        """The digest so far."""


def parse_digest(text: object) -> Digest:
    """`text` as a digest. ValueError says what is wrong with it.

    >>> parse_digest("sha256:beef")
    Traceback (most recent call last):
    ValueError: a sha256 digest has 64 hexadecimal digits, this one 4
    """
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        raise ValueError("a digest has the form algorithm:hexadecimal")
    algorithm, _, digits = text.partition(":")
    length = LENGTHS.get(algorithm)
    if length is None:
        raise ValueError(f"the algorithm {algorithm} is neither sha256 nor sha512")
    if len(digits) != length:
        raise ValueError(f"a {algorithm} digest has {length} hexadecimal digits, this one {len(digits)}")
    if not re.fullmatch("[0-9a-f]+", digits):
        raise ValueError("a digest is written in lower-case hexadecimal digits")
    return Digest(text)


def algorithm(digest: str) -> str:
    """The algorithm of a parsed digest: `sha256` or `sha512`."""
    return digest.partition(":")[0]


def start(name: str = "sha256") -> Hash:
    """A digest of nothing yet, to be fed."""
    return hashlib.new(name)


def digest_of(raw: bytes, name: str = "sha256") -> Digest:
    """The digest of these bytes.

    >>> digest_of(b"")
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    """
    return Digest(f"{name}:{hashlib.new(name, raw).hexdigest()}")


def chain_ids(diff_ids: Iterable[DiffID]) -> tuple[ChainID, ...]:
    """The chain id of every layer, base first: each is the digest of "the one below, a space, its diff id".

    Source: OCI image specification, config.md "Layer ChainID".
    """
    chain: list[ChainID] = []
    for diff_id in diff_ids:
        chain.append(ChainID(digest_of(f"{chain[-1]} {diff_id}".encode()) if chain else diff_id))
    return tuple(chain)
