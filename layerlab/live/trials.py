"""The probe's trials."""

from __future__ import annotations

from collections.abc import Callable

TRIALS: dict[str, Callable[[], object]] = {}
