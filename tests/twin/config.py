"""The ways to mount an overlay that the proof covers."""

from __future__ import annotations

from typing import NamedTuple


class Config(NamedTuple):
    """Two mount options; `user`: without privileges, in a user namespace, with `userxattr`."""

    redirect_dir: bool = False
    index: bool = False
    user: bool = False

    def __str__(self) -> str:
        who = "user" if self.user else "root"
        return f"{who}-redirect_{'on' if self.redirect_dir else 'off'}-index_{'on' if self.index else 'off'}"

    @property
    def options(self) -> str:
        """The mount options; the ones that `userxattr` forbids or ignores are left out."""
        if self.user:
            return "userxattr"
        return f"redirect_dir={'on' if self.redirect_dir else 'off'},index={'on' if self.index else 'off'}"


PLAIN = Config()
CONFIGS = (PLAIN, Config(True), Config(False, True), Config(True, True), Config(user=True))
