"""The parts of an archive, by digest or by path: blobs, JSON documents, layers, each verified as it is read."""

from __future__ import annotations

from layerlab.disk.choose import Candidate
from layerlab.disk.shelf import Shelf
from layerlab.disk.source import blocks
from layerlab.disk.unpack import Budget, open_layer
from layerlab.engine.content.digest import Digest, algorithm, digest_of, start
from layerlab.engine.errors import ArchiveError
from layerlab.engine.files.data import Data
from layerlab.engine.files.layer import stack
from layerlab.engine.files.node import Dir
from layerlab.engine.image.config import Config
from layerlab.engine.image.descriptor import (
    CONFIGS,
    IMAGE_NAME,
    INDEXES,
    MANIFESTS,
    REF_NAME,
    REFERENCE_TYPE,
    Descriptor,
    Index,
    Manifest,
    Platform,
)
from layerlab.engine.image.fields import Fields
from layerlab.engine.image.image import Layer

MAX_JSON = 8 << 20
"""The largest manifest, index or config that is read; registries allow 4 MiB."""

MAX_NESTED = 8
"""How deep indexes may point to indexes."""

INO_STEP = 1 << 32
"""Hard links are numbered anew from a multiple of this in every layer."""


def check_version(shelf: Shelf) -> None:
    """The layout says its version; only 1.0.0 exists."""
    file = f"{shelf.file}: oci-layout"
    if shelf.get("oci-layout") is None:
        raise ArchiveError(
            shelf.file, "oci-layout", "is missing: an OCI layout has this file beside its index.json"
        )
    fields = Fields.of(small(shelf, "oci-layout"), file)
    version = fields.text("imageLayoutVersion")
    if version != "1.0.0":
        raise fields.wrong("imageLayoutVersion", f"expected 1.0.0, found {version!a}")


def open_layers(
    blobs: list[tuple[Data, Descriptor]], config: Config, file: str, budget: Budget
) -> tuple[Layer, ...]:
    """Every layer, base first, each read on top of those below it."""
    merged: Dir | None = None
    layers: list[Layer] = []
    for at, (data, descriptor) in enumerate(blobs):
        layer = open_layer(
            data,
            descriptor,
            config.diff_ids[at],
            file=file,
            lower=merged,
            first_ino=at * INO_STEP + 1,
            budget=budget,
            created_by=config.instructions[at],
        )
        merged = stack(merged, layer.tree) if at < len(blobs) - 1 else None
        layers.append(layer)
    return tuple(layers)


def candidates(
    shelf: Shelf, index: Index, names: tuple[str, ...], above: tuple[Digest, ...]
) -> list[Candidate]:
    """Every image an index leads to; attestations and other artifacts are none."""
    found: list[Candidate] = []
    for one in index.manifests:
        called = _names(one) or names
        if one.annotations.get(REFERENCE_TYPE) or str(one.platform).startswith("unknown/"):
            continue
        if one.media_type in INDEXES:
            if one.digest in above or len(above) >= MAX_NESTED:
                raise ArchiveError(
                    shelf.file, one.digest, f"indexes nested in circles, or more than {MAX_NESTED} deep"
                )
            fields = Fields.of(blob_bytes(shelf, one), f"{shelf.file}: {one.digest}")
            found += candidates(shelf, Index.read(fields), called, (*above, one.digest))
        elif one.media_type in MANIFESTS:
            found.append(Candidate(called, one.platform or _platform(shelf, one), one))
    return found


def _names(one: Descriptor) -> tuple[str, ...]:
    """What an index calls a manifest: Docker gives the whole name, others the tag or the name.

    Where the two disagree the specification's own counts: a tool that knows only that one has copied the rest.
    """
    full, tag = one.annotations.get(IMAGE_NAME), one.annotations.get(REF_NAME)
    if full and (not tag or full == tag or full.endswith(f":{tag}")):
        return (full,)
    return (tag,) if tag else ()


def _platform(shelf: Shelf, one: Descriptor) -> Platform:
    """The platform that an image's config tells, where the index does not."""
    manifest = Manifest.read(Fields.of(blob_bytes(shelf, one), f"{shelf.file}: {one.digest}"))
    if manifest.config.media_type not in CONFIGS:
        return Platform("unknown", "unknown")
    raw = blob_bytes(shelf, manifest.config)
    return Config.read(Fields.of(raw, f"{shelf.file}: {manifest.config.digest}")).platform


def blob(shelf: Shelf, descriptor: Descriptor) -> Data:
    """The bytes a descriptor names, of the size it says."""
    data = shelf.get("blobs/" + descriptor.digest.replace(":", "/"))
    if data is None:
        raise ArchiveError(shelf.file, descriptor.digest, "the blob is missing")
    if data.size != descriptor.size:
        raise ArchiveError(
            shelf.file, descriptor.digest, f"wrong size: {data.size} bytes, {descriptor.size} were promised"
        )
    return data


def blob_bytes(shelf: Shelf, descriptor: Descriptor) -> bytes:
    """A small blob, verified."""
    data = blob(shelf, descriptor)
    if data.size > MAX_JSON:
        raise ArchiveError(
            shelf.file, descriptor.digest, f"{data.size} bytes of JSON, the limit is {MAX_JSON}"
        )
    raw = data.read()
    real = digest_of(raw, algorithm(descriptor.digest))
    if real != descriptor.digest:
        raise ArchiveError(shelf.file, descriptor.digest, f"wrong digest: its bytes have {real}")
    return raw


def small(shelf: Shelf, path: str) -> bytes:
    """A small file at the top of the archive."""
    data = shelf.get(path)
    if data is None:
        raise ArchiveError(shelf.file, path, "is missing")
    if data.size > MAX_JSON:
        raise ArchiveError(shelf.file, path, f"{data.size} bytes of JSON, the limit is {MAX_JSON}")
    return data.read()


def whole_digest(data: Data) -> Digest:
    """The digest of bytes that nobody has named yet."""
    hashed = start()
    for block in blocks(data):
        hashed.update(block)
    return Digest(f"sha256:{hashed.hexdigest()}")
