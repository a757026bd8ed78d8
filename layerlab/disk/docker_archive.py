"""What `docker save` writes: `manifest.json` lists images, each with a config and layer tars by path.

The old form has a directory for each layer (`VERSION`, `json`, `layer.tar`, which may be a symbolic link to
another's), the new one is an OCI layout with a `manifest.json` beside it. Both are read by their manifest.json.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from layerlab.disk import layout
from layerlab.disk.choose import Candidate, choose
from layerlab.disk.inflate import compression
from layerlab.disk.shelf import Shelf
from layerlab.disk.unpack import Budget
from layerlab.engine.content.digest import Digest, digest_of
from layerlab.engine.errors import ArchiveError
from layerlab.engine.files.data import Data
from layerlab.engine.image.config import Config
from layerlab.engine.image.descriptor import OCI_CONFIG, OCI_LAYER, Descriptor, Platform
from layerlab.engine.image.fields import Fields, document, named
from layerlab.engine.image.image import Image, assemble


@dataclass(frozen=True)
class Saved:
    """One image of the archive: its config and the paths of its layers."""

    config: Config
    config_raw: bytes
    layers: tuple[str, ...]
    names: tuple[str, ...]


def find(shelf: Shelf, ref: str | None, wanted: Platform | None) -> Saved:
    """The chosen image of the archive."""
    file = f"{shelf.file}: manifest.json"
    listed = document(layout.small(shelf, "manifest.json"), file)
    if not isinstance(listed, list):
        raise ArchiveError(file, None, f"expected a list of images, found {named(listed)}")
    images: dict[Digest, Saved] = {}
    found: list[Candidate] = []
    for at, one in enumerate(listed):
        saved = _saved(shelf, Fields(one, file, f"[{at}]"))
        digest = digest_of(saved.config_raw)
        images[digest] = saved
        found.append(
            Candidate(
                saved.names, saved.config.platform, Descriptor(OCI_CONFIG, digest, len(saved.config_raw))
            )
        )
    return images[choose(found, shelf.file, ref, wanted).descriptor.digest]


def _saved(shelf: Shelf, fields: Fields) -> Saved:
    path = fields.text("Config")
    raw = layout.small(shelf, path)
    told = re.search("(?:^|/)([0-9a-f]{64})(?:[.]json)?$", path)
    if told and digest_of(raw) != f"sha256:{told[1]}":
        raise ArchiveError(shelf.file, path, f"wrong digest: its bytes have {digest_of(raw)}")
    config = Config.read(Fields.of(raw, f"{shelf.file}: {path}"))
    layers = fields.texts("Layers")
    if len(layers) != len(config.diff_ids):
        raise fields.wrong("Layers", f"names {len(layers)} layers, its config {len(config.diff_ids)}")
    return Saved(config, raw, layers, fields.texts("RepoTags"))


def build(shelf: Shelf, saved: Saved, budget: Budget) -> Image:
    """The image, with a manifest made for it, since these archives have none.

    A compressed layer keeps its own digest; of an uncompressed one it is the diff id.
    """
    blobs: list[tuple[Data, Descriptor]] = []
    for path, diff_id in zip(saved.layers, saved.config.diff_ids, strict=True):
        data = shelf.get(path)
        if data is None:
            raise ArchiveError(shelf.file, path, "the layer is missing")
        how = compression(data.read(0, 4))
        digest = layout.whole_digest(data) if how else Digest(diff_id)
        blobs.append((data, Descriptor(OCI_LAYER + (f"+{how}" if how else ""), digest, data.size)))
    layers = layout.open_layers(blobs, saved.config, shelf.file, budget)
    return assemble(layers, saved.config, saved.config_raw, saved.names)
