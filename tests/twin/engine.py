"""The engine's side: a box as the kernel's, made of values."""

from __future__ import annotations

from typing import Any

from layerlab.engine.files import posix
from twin import script
from twin.config import Config


class Engine:
    """Trees and mounts of the engine, for one configuration."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def tree(self) -> Any:
        """A new empty tree."""
        return posix.FileSystem(userns=self.config.user)

    def mount(self, lowers: tuple[Any, ...], upper: Any) -> Any:
        """The engine's overlay; unprivileged mounts follow the rules of both options off."""
        return posix.mount(
            lowers,
            upper,
            redirect_dir=self.config.redirect_dir,
            index=self.config.index,
            userns=self.config.user,
        )

    def run(self, ops: list[script.Call]) -> list[script.Result]:
        """The result of every call of a script."""
        return script.run(self, ops)
