"""Random walks of calls, on Linux and on the engine, in all five configurations and on a plain tree."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from twin.compare import compare
from twin.config import CONFIGS, PLAIN, Config
from twin.engine import Engine
from twin.server import Kernel
from twin.shrink import report

LENGTH = 60
CHUNK = 250
CHUNKS = 8
SAMPLE = 25


def take(kernel: Kernel, config: Config, seeds: range, plain: bool = False) -> None:
    """Walk from every seed; fails with the first difference, shrunk. Half of the calls must succeed."""
    engine = Engine(config)
    calls = good = 0
    kernel.ask_walk(seeds[0], LENGTH, plain)
    for seed in seeds:
        ops, theirs = kernel.answer()
        if seed + 1 in seeds:  # the kernel walks on while the engine follows
            kernel.ask_walk(seed + 1, LENGTH, plain)
        ours = engine.run(ops)
        if compare(ops, ours, theirs, config.user):
            if seed + 1 in seeds:
                kernel.answer()
            seen = report(f"{config}, seed {seed}", ops, engine.run, kernel.run, config.user)
            pytest.fail(seen, pytrace=False)
        calls += len(theirs)
        good += sum(not (isinstance(result, int) and result < 0) for result in theirs)
    assert good >= calls / 2, f"only {good} of {calls} calls succeeded"


@pytest.mark.proof
@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_overlay(config: Config, chunk: int, full: bool, kernel: Callable[[Config], Kernel]) -> None:
    """2,000 walks in each configuration, the upper rotated into the lowers again and again."""
    first = chunk * CHUNK
    seeds = range(first, first + (CHUNK if full else SAMPLE if chunk == 0 else 2))
    take(kernel(config), config, seeds)


@pytest.mark.proof
def test_plain(full: bool, kernel: Callable[[Config], Kernel]) -> None:
    """The same walks on one plain directory."""
    take(kernel(PLAIN), PLAIN, range(2000 if full else 100), plain=True)
