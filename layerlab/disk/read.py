"""Opening an image: find what kind of archive it is, choose, verify, and make a value of it."""

from __future__ import annotations

import os
from pathlib import Path

from layerlab.disk import docker_archive, layout
from layerlab.disk.choose import choose
from layerlab.disk.shelf import DirectoryShelf, Shelf, TarShelf, allowed
from layerlab.disk.unpack import Budget
from layerlab.engine.content.digest import ImageID
from layerlab.engine.errors import ArchiveError
from layerlab.engine.image.config import Config
from layerlab.engine.image.descriptor import CONFIGS, LAYERS, Index, Manifest, Platform
from layerlab.engine.image.fields import Fields
from layerlab.engine.image.image import Image


def open_image(
    path: str | os.PathLike[str],
    *,
    platform: str | Platform | None = None,
    ref: str | None = None,
    max_bytes: int | None = None,
) -> Image:
    """The image in an OCI layout (directory or tar) or a `docker save` archive, with every digest verified.

    `ref` says which one if there are several, `platform` ("linux/arm64") for which machine, by default this one.
    `max_bytes` bounds what its layers may unpack to; without it 1 GiB, or 100 times the archive if that is more.
    File data stays on disk. ArchiveError tells file, entry and reason; ChoiceError, one of its kind, the choices.
    """
    wanted = Platform.parse(platform) if isinstance(platform, str) else platform
    shelf = open_shelf(Path(path), max_bytes)
    budget = Budget(allowed(max_bytes, shelf.size))
    if shelf.get("index.json") is not None:
        return _open_oci(shelf, ref, wanted, budget)
    if shelf.get("manifest.json") is not None:
        found = docker_archive.find(shelf, ref, wanted)
        return docker_archive.build(shelf, found, budget)
    raise ArchiveError(
        shelf.file,
        None,
        "is neither an OCI layout (no index.json) nor a docker save archive (no manifest.json)",
    )


def open_shelf(path: Path, max_bytes: int | None) -> Shelf:
    """The files of a directory or an archive. OSError if it cannot be opened at all."""
    return DirectoryShelf(path) if path.is_dir() else TarShelf(path, max_bytes)


def _open_oci(shelf: Shelf, ref: str | None, wanted: Platform | None, budget: Budget) -> Image:
    """The chosen image of an OCI layout."""
    layout.check_version(shelf)
    index = Index.read(Fields.of(layout.small(shelf, "index.json"), f"{shelf.file}: index.json"))
    found = layout.candidates(shelf, index, (), ())
    one = choose(found, shelf.file, ref, wanted)
    raw = layout.blob_bytes(shelf, one.descriptor)
    manifest = Manifest.read(Fields.of(raw, f"{shelf.file}: {one.descriptor.digest}"))
    if manifest.config.media_type not in CONFIGS:
        raise ArchiveError(
            shelf.file,
            one.descriptor.digest,
            f"is not an image: its config is {manifest.config.media_type!a}",
        )
    for layer in manifest.layers:
        if layer.media_type not in LAYERS:
            raise ArchiveError(shelf.file, layer.digest, f"is not a layer but {layer.media_type!a}")
    config_raw = layout.blob_bytes(shelf, manifest.config)
    config = Config.read(Fields.of(config_raw, f"{shelf.file}: {manifest.config.digest}"))
    if len(config.diff_ids) != len(manifest.layers):
        raise ArchiveError(
            shelf.file,
            manifest.config.digest,
            f"names {len(config.diff_ids)} diff ids for {len(manifest.layers)} layers",
        )
    blobs = [(layout.blob(shelf, layer), layer) for layer in manifest.layers]
    return Image(
        manifest,
        config,
        layout.open_layers(blobs, config, shelf.file, budget),
        one.descriptor.digest,
        ImageID(manifest.config.digest),
        one.names,
        raw,
        config_raw,
    )
