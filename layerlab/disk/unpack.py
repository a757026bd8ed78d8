"""From the bytes of a layer to its tree, every byte verified on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from layerlab.disk.hashing import Hashing
from layerlab.disk.inflate import compression, inflate
from layerlab.disk.shelf import spool
from layerlab.disk.source import OpenFile, blocks
from layerlab.engine.content.digest import DiffID, algorithm
from layerlab.engine.errors import ArchiveError, SupportError
from layerlab.engine.files.data import Data, Slice
from layerlab.engine.files.node import Dir
from layerlab.engine.files.tarball import read_tar
from layerlab.engine.image.descriptor import Descriptor
from layerlab.engine.image.image import Layer


@dataclass
class Budget:
    """How many bytes of layers may still come out of an image's archive."""

    left: int

    def spend(self, size: int, file: str, entry: str) -> None:
        """Count `size` bytes; ArchiveError if there is no room for them."""
        self.left -= size
        if self.left < 0:
            raise ArchiveError(file, entry, "the layers are larger than max_bytes allows")


def open_layer(
    blob: Data,
    descriptor: Descriptor,
    diff_id: DiffID,
    *,
    file: str,
    lower: Dir | None,
    first_ino: int,
    budget: Budget,
    created_by: str = "",
) -> Layer:
    """The layer that `blob` stores. ArchiveError if its digest or diff id is not the one that was promised."""
    entry, how = descriptor.digest, compression(blob.read(0, 4))
    if not how:
        budget.spend(blob.size, file, entry)
        names = {algorithm(descriptor.digest), algorithm(diff_id)}
        hashing = Hashing(names)
        tree = _verified(
            hashing.through(blocks(blob)),
            blob,
            file,
            entry,
            lower,
            first_ino,
            hashing,
            [descriptor.digest, diff_id],
        )
        return Layer(tree, descriptor, diff_id, blob, blob, created_by)
    outer, inner, target = Hashing([algorithm(descriptor.digest)]), Hashing([algorithm(diff_id)]), spool()
    source = OpenFile(target, f"{file}: {entry}")
    written = [0]

    def plain() -> Iterator[bytes]:
        for block in inflate(outer.through(blocks(blob)), how, f"{file}: {entry}", budget.left):
            target.write(block)
            written[0] += len(block)
            inner.feed(block)
            yield block

    try:
        tree = _verified(
            plain(), source, file, entry, lower, first_ino, inner, [diff_id], outer, descriptor.digest
        )
    finally:
        outer.close()
    budget.spend(written[0], file, entry)
    return Layer(tree, descriptor, diff_id, Slice(source, 0, written[0]), blob, created_by)


def _verified(
    stream: Iterable[bytes],
    source: Data | OpenFile,
    file: str,
    entry: str,
    lower: Dir | None,
    first_ino: int,
    hashing: Hashing,
    promised: list[str],
    outer: Hashing | None = None,
    stored: str = "",
) -> Dir:
    """The tree in `stream`, whose digests must be the promised ones; a wrong digest is told before its results."""
    failed: ArchiveError | None = None
    tree = Dir()
    stream = iter(stream)
    name = f"{file}: {entry}"
    try:
        tree = read_tar(stream, source, file=name, lower=lower, first_ino=first_ino)
    except SupportError:
        hashing.close()
        raise
    except ArchiveError as error:
        failed = error
        _drain(stream)
    except BaseException:
        hashing.close()
        raise
    found = hashing.digests()
    if outer is not None and not failed and stored not in (real := outer.digests()):
        raise ArchiveError(file, entry, f"wrong digest: its bytes have {min(real)}")
    for one in promised:
        if one not in found and (outer is None or not failed):
            what = "digest" if one == entry else "diff id"
            raise ArchiveError(file, entry, f"wrong {what}: its bytes have {min(found)}, {one} was promised")
    if failed is not None:
        raise failed
    return tree


def _drain(stream: Iterable[bytes]) -> None:
    """Read what is left, for its digest."""
    try:
        for _ in stream:
            pass
    except ArchiveError:
        pass
