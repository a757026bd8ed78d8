"""`python -m tests.bench [WORD …]`: run every benchmark (or those whose name holds a WORD), print a table.

Ends with 1 when a measured ratio exceeds its limit, so that `make bench` can stand in CI.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence

import tests.bench as bench
from tests.bench import Measure

Benchmark = Callable[[], Measure | Sequence[Measure]]


def benchmarks() -> Iterator[tuple[str, Benchmark]]:
    """Every function `bench_…` of every module `bench_…` beside this one, by name."""
    for module in sorted(pkgutil.iter_modules(bench.__path__), key=lambda found: found.name):
        if module.name.startswith("bench_"):
            loaded = importlib.import_module(f"{bench.__name__}.{module.name}")
            for name, value in vars(loaded).items():
                if name.startswith("bench_") and callable(value):
                    yield f"{module.name}.{name}", value


def run(benchmark: Benchmark) -> Sequence[Measure]:
    """The measures of one benchmark, as a sequence whichever way it answers."""
    measured = benchmark()
    return (measured,) if isinstance(measured, Measure) else measured


def row(measure: Measure) -> str:
    """One line of the table."""
    verdict = "ok" if measure.holds else "OVER"
    return f"{verdict:<5}{measure.ratio:>10.3f}{measure.limit:>10.3f}  {measure.name}"


def main(words: Sequence[str]) -> int:
    """Run what was asked for; 0 when every promise holds, 1 when one is broken, 2 when nothing is found."""
    chosen = [(n, b) for n, b in benchmarks() if not words or any(word in n for word in words)]
    if not chosen:
        print("no benchmark found for:", " ".join(words) or "(any)", file=sys.stderr)
        return 2
    print(f"{'':<5}{'measured':>10}{'at most':>10}", flush=True)
    broken = 0
    for name, benchmark in chosen:
        started = time.perf_counter()
        for measure in run(benchmark):
            broken += not measure.holds
            print(row(measure), flush=True)
            if measure.detail:
                print(f"{'':<27}{measure.detail}", flush=True)
        print(f"{'':<27}({name}: {time.perf_counter() - started:.1f} s)", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
