"""A store whose only names are digests: putting bytes in says what they are called.

Equal bytes have one name, so they are stored once; and nobody can change what a name stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from layerlab.engine.content.digest import Digest, digest_of


@dataclass(frozen=True)
class Store:
    """Bytes named by their digest; a value, so an old store stays valid.

    >>> store, digest = Store().put(b"hello")
    >>> store.get(digest)
    b'hello'
    >>> store.put(b"hello")[0] is store
    True
    """

    blobs: Mapping[Digest, bytes] = field(default_factory=lambda: MappingProxyType({}))

    def put(self, raw: bytes, algorithm: str = "sha256") -> tuple[Store, Digest]:
        """A store that has these bytes too, and their name."""
        digest = digest_of(raw, algorithm)
        if digest in self.blobs:
            return self, digest
        return Store(MappingProxyType({**self.blobs, digest: raw})), digest

    def get(self, digest: Digest) -> bytes:
        """The bytes of this name. KeyError if the store has none."""
        return self.blobs[digest]

    def keep(self, digests: set[Digest]) -> Store:
        """A store of these blobs only: what garbage collection leaves."""
        return Store(MappingProxyType({name: raw for name, raw in self.blobs.items() if name in digests}))

    @property
    def size(self) -> int:
        """How many bytes are stored."""
        return sum(map(len, self.blobs.values()))
