"""What every test may ask for: tools and kernel features that must exist in CI, and how large a sample to take."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run every outside proof in full (make proof)")


def missing(reason: str) -> None:
    """Skip with the reason; in CI, where everything must be there, fail with it."""
    if IN_CI:
        pytest.fail(f"must exist in CI: {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture
def need() -> Callable[..., None]:
    """`need("skopeo", "umoci")`: programs on PATH; `need(ok=probe.works, why=probe.words)`: anything else."""

    def check(*programs: str, ok: bool = True, why: str = "") -> None:
        for program in programs:
            if not shutil.which(program):
                missing(f"{program} is not installed (Debian: apt-get install {program})")
        if not ok:
            missing(why)

    return check


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether every case is wanted (`make proof`) or a seeded sample (`make test`)."""
    return bool(request.config.getoption("--full"))
