"""Writing an image: an OCI layout, or what `docker load` takes; whole, or not at all.

Both forms hold the same blobs. The docker form is an OCI layout too, as Docker 25 and later write it, whose
layers are uncompressed and whose `manifest.json` older Dockers read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Literal, cast

from layerlab.disk.source import blocks
from layerlab.engine.content import strictjson
from layerlab.engine.content.digest import Digest
from layerlab.engine.errors import ArchiveError
from layerlab.engine.files.data import Bytes, Data
from layerlab.engine.files.node import Dir, File
from layerlab.engine.files.tarball_write import TarData, write_tar
from layerlab.engine.image.descriptor import IMAGE_NAME, OCI_LAYER, REF_NAME, Descriptor, Index
from layerlab.engine.image.image import Image, Layer, assemble

Form = Literal["oci", "docker"]
Files = dict[str, Data]


def save_image(
    image: Image,
    path: str | os.PathLike[str],
    format: Form = "oci",
    *,
    name: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write `image` to `path`: one tar if the name ends in `.tar`, else a directory. The path written.

    `name` is its tag or name there, by default the one it has, else "latest". What exists at `path` stays unless
    `overwrite` is given and it is an image, too: FileExistsError. Nothing half-written is ever at `path`.
    """
    if format not in ("oci", "docker"):
        raise ValueError(f"the format is oci or docker, not {format!r}")
    target = Path(path)
    _check_target(target, overwrite)
    files = _oci(image, name) if format == "oci" else _docker(image, name)
    write = _write_tar if target.suffix == ".tar" else _write_directory
    with _beside(target) as fresh:
        write(files, fresh)
        _swap(fresh, target)
    return target


def _oci(image: Image, name: str | None) -> Files:
    """The files of an OCI layout."""
    names = (name,) if name else image.names or ("latest",)
    blobs: Files = {_place(layer.descriptor.digest): layer.blob for layer in image.layers}
    blobs[_place(image.id)] = Bytes(image.config_raw)
    blobs[_place(image.digest)] = Bytes(image.manifest_raw)
    basis = Descriptor(
        image.manifest.media_type, image.digest, len(image.manifest_raw), image.config.platform
    )
    index = Index(tuple(replace(basis, annotations=_annotations(one)) for one in names))
    top: Files = {
        "oci-layout": Bytes(strictjson.write({"imageLayoutVersion": "1.0.0"})),
        "index.json": Bytes(strictjson.write(index.json())),
    }
    return top | blobs


def _docker(image: Image, name: str | None) -> Files:
    """The files of what `docker save` writes: the layers uncompressed, and manifest.json."""
    layers = tuple(_uncompressed(layer) for layer in image.layers)
    plain = assemble(layers, image.config, image.config_raw, image.names)
    files = _oci(plain, name)
    names = (name,) if name else image.names
    listed = {
        "Config": _place(plain.id),
        "RepoTags": [_full(one) for one in names] or None,
        "Layers": [_place(layer.diff_id) for layer in layers],
    }
    return files | {"manifest.json": Bytes(strictjson.write([listed]))}


def _uncompressed(layer: Layer) -> Layer:
    descriptor = Descriptor(OCI_LAYER, Digest(layer.diff_id), layer.tar.size)
    return replace(layer, descriptor=descriptor, blob=layer.tar)


def _annotations(name: str) -> dict[str, str]:
    """How an index calls a manifest: its tag, and the whole name if it has more than a tag."""
    tail = name.rsplit("/", 1)[-1]
    tag = tail.split("@")[0].partition(":")[2]
    return {IMAGE_NAME: name, REF_NAME: tag} if tag else {REF_NAME: name}


def _full(name: str) -> str:
    """A name as `docker load` wants it, which knows no tag without a repository."""
    return (
        name
        if ":" in name.rsplit("/", 1)[-1]
        else f"{name}:latest"
        if name != "latest"
        else "layerlab:latest"
    )


def _place(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


def _check_target(target: Path, overwrite: bool) -> None:
    """FileExistsError if something is in the way that must not be lost."""
    if not target.exists() and not target.is_symlink():
        return
    if not overwrite:
        raise FileExistsError(17, "already exists; overwrite=True replaces an image", str(target))
    if not _is_image(target):
        raise FileExistsError(17, "exists and is not an image, so it is not replaced", str(target))


def _is_image(target: Path) -> bool:
    if target.is_dir():
        return (target / "oci-layout").is_file() or (target / "manifest.json").is_file()
    from layerlab.disk.shelf import TarShelf

    try:
        shelf = TarShelf(target, None)
    except (ArchiveError, OSError):
        return False
    return shelf.get("oci-layout") is not None or shelf.get("manifest.json") is not None


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A new directory next to `target`, gone in the end: what is made in it can be moved at one stroke."""
    import shutil
    import tempfile

    where = Path(tempfile.mkdtemp(prefix=f".{target.name[:64]}-", dir=target.parent))
    try:
        yield where / "new"
    finally:
        shutil.rmtree(where, ignore_errors=True)


def _swap(fresh: Path, target: Path) -> None:
    """Put `fresh` where `target` is; a directory that is in the way is moved aside first."""
    if target.is_dir() and not target.is_symlink():
        target.rename(fresh.with_name("old"))
    try:
        fresh.replace(target)
    except OSError:
        if fresh.with_name("old").exists():
            fresh.with_name("old").rename(target)
        raise


def _write_directory(files: Files, where: Path) -> None:
    where.mkdir()
    for path, data in files.items():
        place = where / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            _copy(data, file)


def _write_tar(files: Files, where: Path) -> None:
    root = Dir(children={})
    for path, data in sorted(files.items()):
        here = root
        *above, name = path.split("/")
        for one in above:
            here = cast(Dir, here.children.setdefault(one, Dir(children={})))
        here.children[name] = File(data=data)
    with where.open("xb") as file:
        for block in write_tar(root, whiteouts=False):
            file.write(block)


def _copy(data: Data, file: IO[bytes]) -> None:
    every: Callable[[], Iterator[bytes]] = data.blocks if isinstance(data, TarData) else lambda: blocks(data)
    for block in every():
        file.write(block)
