"""An image as a value: a config, and layers from base to top, whose stack is its root file system.

Before this: `files.layer` (what a layer is) and `files.tarball` (its bytes). After: `disk`, which reads images
from real files and writes them back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from layerlab.engine.content import strictjson
from layerlab.engine.content.digest import ChainID, DiffID, Digest, ImageID, chain_ids, digest_of, start
from layerlab.engine.files import tree
from layerlab.engine.files.data import Data
from layerlab.engine.files.layer import stack_all
from layerlab.engine.files.node import Dir, Node
from layerlab.engine.files.tarball_write import TarData, write_tar
from layerlab.engine.image.config import Config, History
from layerlab.engine.image.descriptor import (
    OCI_CONFIG,
    OCI_LAYER,
    OCI_MANIFEST,
    Descriptor,
    Manifest,
    Platform,
)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: its tree of changes, and the tar it is stored as.

    `tar` is the tar before compression, which `diff_id` names; `blob` is what is stored, which `descriptor`
    names. `created_by` is the instruction that made it, as far as the history says.
    """

    tree: Dir = field(repr=False)
    descriptor: Descriptor
    diff_id: DiffID
    tar: Data = field(repr=False, compare=False)
    blob: Data = field(repr=False, compare=False)
    created_by: str = ""

    @property
    def size(self) -> int:
        """How many bytes are stored."""
        return self.descriptor.size


@dataclass(frozen=True, slots=True)
class RootFS:
    """A merged tree that can be walked; `tree` is its root directory."""

    tree: Dir = field(repr=False)

    def walk(self) -> Iterator[tuple[str, Node]]:
        """Every path and node, the root first, each directory before its names, names sorted."""
        return tree.walk(self.tree)

    def find(self, path: str) -> Node | None:
        """The node at `path`, or None; symbolic links are not followed."""
        return tree.find(self.tree, path)


@dataclass(frozen=True, slots=True)
class Image:
    """An image; two are equal if they have the same manifest. `names` are its tags, as far as it has any."""

    manifest: Manifest = field(compare=False, repr=False)
    config: Config = field(compare=False, repr=False)
    layers: tuple[Layer, ...] = field(compare=False, repr=False)
    digest: Digest
    id: ImageID
    names: tuple[str, ...] = field(default=(), compare=False)
    manifest_raw: bytes = field(default=b"", compare=False, repr=False)
    config_raw: bytes = field(default=b"", compare=False, repr=False)
    _merged: list[Dir] = field(default_factory=list, compare=False, repr=False)

    @property
    def history(self) -> tuple[History, ...]:
        """Every instruction of the build, also those that made no layer."""
        return self.config.history

    @property
    def diff_ids(self) -> tuple[DiffID, ...]:
        """What names each layer's tar, base first."""
        return self.config.diff_ids

    @property
    def chain_ids(self) -> tuple[ChainID, ...]:
        """What names each layer together with those below it, base first."""
        return chain_ids(self.config.diff_ids)

    def rootfs(self) -> RootFS:
        """What a container of this image sees before it writes anything."""
        if not self._merged:
            self._merged.append(stack_all(layer.tree for layer in self.layers))
        return RootFS(self._merged[0])


def layer_of(changes: Dir, created_by: str = "") -> Layer:
    """A layer of these changes, stored as an uncompressed tar, so that its digest is its diff id too."""
    data, hashed = TarData(changes), start()
    for block in write_tar(changes):
        hashed.update(block)
    digest = Digest(f"sha256:{hashed.hexdigest()}")
    return Layer(changes, Descriptor(OCI_LAYER, digest, data.size), DiffID(digest), data, data, created_by)


def image_from_layers(
    layers: Sequence[Dir | Layer],
    config: Mapping[str, Any] | Config | None = None,
    history: Sequence[History | str] = (),
    *,
    names: Sequence[str] = (),
    platform: Platform | None = None,
) -> Image:
    """An image of these layers, base first; one that is not yet a `Layer` is a tree of changes.

    `config` holds the settings of the specification (`{"Cmd": ["sh"], "Env": ["A=b"]}`) or is a whole config to
    go by; `history` is one instruction for each layer, or entries of which as many have a layer.
    """
    entries = tuple(one if isinstance(one, History) else History(one) for one in history)
    basis = config if isinstance(config, Config) else Config(settings=dict(config or {}))
    entries = entries or basis.history
    made = [entry.created_by for entry in entries if not entry.empty_layer]
    if entries and len(made) != len(layers):
        raise ValueError(f"the history names {len(made)} layers, there are {len(layers)}")
    whole = [one if isinstance(one, Layer) else layer_of(one) for one in layers]
    whole = [replace(one, created_by=by) for one, by in zip(whole, made, strict=True)] if made else whole
    done = replace(
        basis,
        platform=platform or basis.platform,
        diff_ids=tuple(layer.diff_id for layer in whole),
        history=entries,
    )
    return assemble(tuple(whole), done, strictjson.write(done.json()), names=tuple(names))


def assemble(layers: tuple[Layer, ...], config: Config, config_raw: bytes, names: tuple[str, ...]) -> Image:
    """The image of these layers and this config, with a manifest of its own."""
    described = Descriptor(OCI_CONFIG, digest_of(config_raw), len(config_raw))
    manifest = Manifest(described, tuple(layer.descriptor for layer in layers), OCI_MANIFEST)
    raw = strictjson.write(manifest.json())
    return Image(manifest, config, layers, digest_of(raw), ImageID(described.digest), names, raw, config_raw)
