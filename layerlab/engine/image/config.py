"""An image's config: how a container of it starts, the diff ids of its layers, and the history of its making.

Source: OCI image specification, config.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from layerlab.engine.content.digest import DiffID
from layerlab.engine.image.descriptor import Platform
from layerlab.engine.image.fields import Fields


@dataclass(frozen=True, slots=True)
class History:
    """One instruction of the build; an empty layer changed the config only."""

    created_by: str = ""
    created: str | None = None
    empty_layer: bool = False
    comment: str = ""
    author: str = ""

    @classmethod
    def read(cls, fields: Fields) -> History:
        """A history entry from JSON."""
        return cls(
            fields.text("created_by", ""),
            fields.get("created", str, None),
            fields.get("empty_layer", bool, False),
            fields.text("comment", ""),
            fields.text("author", ""),
        )

    def json(self) -> dict[str, Any]:
        """The entry as the specification writes it."""
        every = {
            "created": self.created,
            "created_by": self.created_by,
            "author": self.author,
            "comment": self.comment,
            "empty_layer": self.empty_layer,
        }
        return {name: value for name, value in every.items() if value}


@dataclass(frozen=True, slots=True)
class Config:
    """What an image is beside its files. `settings` is the part a container starts with: Env, Cmd, User and so on."""

    platform: Platform = field(default_factory=Platform)
    diff_ids: tuple[DiffID, ...] = ()
    history: tuple[History, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    created: str | None = None
    author: str = ""

    @classmethod
    def read(cls, fields: Fields) -> Config:
        """A config from JSON; refuses a history that does not fit the layers."""
        rootfs = fields.object("rootfs")
        if rootfs.text("type", "layers") != "layers":
            raise rootfs.wrong("type", f"expected layers, found {rootfs.text('type')!a}")
        settings = fields.object("config", {})
        _check_settings(settings)
        config = cls(
            Platform(fields.text("os", "linux"), fields.text("architecture", ""), fields.text("variant", "")),
            tuple(map(DiffID, rootfs.digests("diff_ids"))),
            tuple(map(History.read, fields.objects("history", []))),
            settings.value,
            fields.get("created", str, None),
            fields.text("author", ""),
        )
        filled = sum(not entry.empty_layer for entry in config.history)
        if config.history and filled > len(config.diff_ids):
            raise fields.wrong("history", f"names {filled} layers, rootfs.diff_ids {len(config.diff_ids)}")
        return config

    def json(self) -> dict[str, Any]:
        """The config as the specification writes it."""
        written: dict[str, Any] = {"created": self.created, "author": self.author}
        written = {name: value for name, value in written.items() if value}
        written |= {"architecture": self.platform.architecture, "os": self.platform.os}
        if self.platform.variant:
            written["variant"] = self.platform.variant
        written["config"] = dict(self.settings)
        written["rootfs"] = {"type": "layers", "diff_ids": list(self.diff_ids)}
        return written | ({"history": [entry.json() for entry in self.history]} if self.history else {})

    @property
    def instructions(self) -> tuple[str, ...]:
        """What made each layer, as far as the history says."""
        made = [entry.created_by for entry in self.history if not entry.empty_layer]
        return tuple(made + [""] * (len(self.diff_ids) - len(made)))


def _check_settings(settings: Fields) -> None:
    """The settings that others read must have the types they expect."""
    for name in ("Env", "Cmd", "Entrypoint", "OnBuild", "Shell"):
        settings.texts(name)
    for name in ("User", "WorkingDir", "StopSignal"):
        settings.text(name, "")
    settings.labels("Labels")
    for name in ("ExposedPorts", "Volumes"):
        settings.object(name, {})
