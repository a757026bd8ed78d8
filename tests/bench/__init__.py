"""What `make bench` measures.

Each `bench_*.py` here holds functions `bench_…() -> Measure | Sequence[Measure]`.

A measure is a ratio with a limit, never bare seconds, so that it means the same on every machine: our cost
divided by that of something everyone can run (tarfile, pyfakefs, ourselves at another size). Lower is better.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured figure and what it may be at most.

    `name` says what is compared with what; `ratio` is measured and `limit` the promise (both in the unit
    that `name` states, usually "times"); `detail` holds the raw figures, for a reader.
    """

    name: str
    ratio: float
    limit: float
    detail: str = ""

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return self.ratio <= self.limit
