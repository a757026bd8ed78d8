"""Descriptors point to bytes by digest; manifests and indexes are lists of them.

Source: OCI image specification, descriptor.md, manifest.md, image-index.md; Docker's "Image Manifest V2,
Schema 2", which is the same with other media types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from layerlab.engine.content.digest import Digest
from layerlab.engine.image.fields import Fields

OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker."
OCI_INDEX = OCI + "index.v1+json"
OCI_MANIFEST = OCI + "manifest.v1+json"
OCI_CONFIG = OCI + "config.v1+json"
OCI_LAYER = OCI + "layer.v1.tar"
INDEXES = {OCI_INDEX, DOCKER + "distribution.manifest.list.v2+json"}
MANIFESTS = {OCI_MANIFEST, DOCKER + "distribution.manifest.v2+json"}
CONFIGS = {OCI_CONFIG, DOCKER + "container.image.v1+json"}
GZIP, ZSTD, PLAIN = "gzip", "zstd", ""
LAYERS = {
    OCI_LAYER: PLAIN,
    OCI_LAYER + "+gzip": GZIP,
    OCI_LAYER + "+zstd": ZSTD,
    OCI + "layer.nondistributable.v1.tar": PLAIN,
    OCI + "layer.nondistributable.v1.tar+gzip": GZIP,
    OCI + "layer.nondistributable.v1.tar+zstd": ZSTD,
    DOCKER + "image.rootfs.diff.tar": PLAIN,
    DOCKER + "image.rootfs.diff.tar.gzip": GZIP,
    DOCKER + "image.rootfs.diff.tar.zstd": ZSTD,
    DOCKER + "image.rootfs.foreign.diff.tar": PLAIN,
    DOCKER + "image.rootfs.foreign.diff.tar.gzip": GZIP,
}
"""How the layers of each media type are compressed."""

REF_NAME = "org.opencontainers.image.ref.name"
IMAGE_NAME = "io.containerd.image.name"
REFERENCE_TYPE = "vnd.docker.reference.type"
"""BuildKit marks its attestations with this annotation: they are no images."""


@dataclass(frozen=True, slots=True)
class Platform:
    """What an image runs on, such as linux/arm64/v8."""

    os: str = "linux"
    architecture: str = "amd64"
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))

    @classmethod
    def parse(cls, text: str) -> Platform:
        """`linux/arm64/v8` or `linux/amd64`. ValueError if it is neither."""
        os, slash, rest = text.partition("/")
        architecture, _, variant = rest.partition("/")
        if not slash or not os or not architecture or "/" in variant:
            raise ValueError(
                f"a platform is written os/architecture or os/architecture/variant, not {text!r}"
            )
        return cls(os, architecture, variant)

    def fits(self, wanted: Platform) -> bool:
        """Whether this is what is `wanted`; a variant nobody asked for does not matter."""
        same = (self.os, self.architecture) == (wanted.os, wanted.architecture)
        return same and (not wanted.variant or wanted.variant == self.variant)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Bytes elsewhere: what they are, their digest, how many."""

    media_type: str
    digest: Digest
    size: int
    platform: Platform | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, fields: Fields) -> Descriptor:
        """A descriptor from JSON."""
        platform = None
        if fields.value.get("platform") is not None:
            told = fields.object("platform")
            platform = Platform(told.text("os", ""), told.text("architecture", ""), told.text("variant", ""))
        return cls(
            fields.text("mediaType", ""),
            fields.digest("digest"),
            fields.size("size"),
            platform,
            fields.labels("annotations"),
        )

    def json(self) -> dict[str, Any]:
        """The descriptor as the specification writes it."""
        written: dict[str, Any] = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        if self.annotations:
            written["annotations"] = dict(sorted(self.annotations.items()))
        if self.platform is not None:
            names = {"architecture": self.platform.architecture, "os": self.platform.os}
            written["platform"] = names | (
                {"variant": self.platform.variant} if self.platform.variant else {}
            )
        return written


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image for one platform: its config and its layers, base first."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    media_type: str = OCI_MANIFEST
    annotations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, fields: Fields) -> Manifest:
        """A manifest from JSON."""
        _version_two(fields)
        return cls(
            Descriptor.read(fields.object("config")),
            tuple(map(Descriptor.read, fields.objects("layers"))),
            fields.text("mediaType", OCI_MANIFEST),
            fields.labels("annotations"),
        )

    def json(self) -> dict[str, Any]:
        """The manifest as the specification writes it."""
        written: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": self.media_type,
            "config": self.config.json(),
            "layers": [layer.json() for layer in self.layers],
        }
        return written | ({"annotations": dict(sorted(self.annotations.items()))} if self.annotations else {})


@dataclass(frozen=True, slots=True)
class Index:
    """Several manifests, or indexes again: one per platform, or one per name."""

    manifests: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, fields: Fields) -> Index:
        """An index from JSON."""
        _version_two(fields)
        return cls(tuple(map(Descriptor.read, fields.objects("manifests", []))), fields.labels("annotations"))

    def json(self) -> dict[str, Any]:
        """The index as the specification writes it."""
        return {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [manifest.json() for manifest in self.manifests],
        }


def _version_two(fields: Fields) -> None:
    version = fields.get("schemaVersion", int)
    if version != 2:
        raise fields.wrong("schemaVersion", f"expected 2, found {version}")
