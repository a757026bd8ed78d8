"""The kernel strip: what a twin found, in words. Anything with the attributes of a `Twin` will do."""

from __future__ import annotations

from typing import Any

from layerlab.view.picture import Kernel
from layerlab.view.units import many


def strip(twin: Any) -> Kernel:
    """Engine against kernel: agrees, differs, recorded (elsewhere and earlier) or unchecked, with the counts."""
    if twin.agrees is None:
        return Kernel("unchecked", "not checked against Linux", note=twin.why)
    if not twin.agrees:
        return _differs(twin)
    steps = many(len(twin.steps), "operation")
    if twin.recorded:
        title = f"can't mount here. Recorded on {twin.kernel}: it does the same"
        return Kernel("recorded", title, _facts(twin), f"{steps}; this machine says: {twin.why}")
    return Kernel("agrees", f"{twin.kernel} does the same", _facts(twin), f"{steps} replayed on a real mount")


def _facts(twin: Any) -> tuple[tuple[str, str], ...]:
    counts = twin.counts
    return (
        ("merged view", f"same, {many(counts.merged, 'path')}"),
        ("upper directory", f"same, {many(counts.upper, 'entry', 'entries')}"),
        ("error codes", f"same, {counts.errors} refused" if counts.errors else "same"),
        ("whiteouts", f"same, {counts.whiteouts}"),
    )


def _differs(twin: Any) -> Kernel:
    first = twin.differences[0]
    where = f"{first.field} of {first.path}" if first.path else first.field
    facts = ((where, f"engine {first.engine} / Linux {first.linux}"),)
    source = f"Recorded on {twin.kernel}: it" if twin.recorded else twin.kernel
    note = f"{many(len(twin.differences), 'difference')} in {many(len(twin.steps), 'operation')}"
    return Kernel("differs", f"{source} differs", facts, note)
