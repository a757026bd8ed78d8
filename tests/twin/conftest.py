"""Makes this directory importable as `twin`, and opens one kernel of each configuration per test process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from twin.config import Config
from twin.server import Kernel, NoKernel


@pytest.fixture(scope="session")
def kernels() -> Iterator[dict[Config, Kernel | str]]:
    """The kernels that are open, or why one could not be opened."""
    opened: dict[Config, Kernel | str] = {}
    yield opened
    for kernel in opened.values():
        if isinstance(kernel, Kernel):
            kernel.close()


@pytest.fixture
def kernel(kernels: dict[Config, Kernel | str], need: Callable[..., None]) -> Callable[[Config], Kernel]:
    """`kernel(config)`: a running kernel of this configuration; skips (fails in CI) where there is none."""

    def give(config: Config) -> Kernel:
        if config not in kernels:
            try:
                kernels[config] = Kernel(config)
            except NoKernel as why:
                kernels[config] = str(why)
        found = kernels[config]
        need(ok=isinstance(found, Kernel), why=f"{config}: {found}")
        assert isinstance(found, Kernel)
        return found

    return give
