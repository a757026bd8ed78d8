"""The engine's files: against pyfakefs, over many layers, and what undo costs in memory."""

from __future__ import annotations

import gc
import os
import time
import tracemalloc
from collections.abc import Callable
from functools import partial

from layerlab.engine.files.data import Bytes
from layerlab.engine.files.history import History
from layerlab.engine.files.node import Dir, File
from layerlab.engine.files.ops import Chmod, Create, Unlink, Write
from layerlab.engine.files.overlay import Overlay
from layerlab.engine.files.posix import FileSystem, Mount, mount
from tests.bench import Measure

COUNT = 3000


def best(work: Callable[[], None], times: int = 5) -> float:
    """The shortest of several runs, in seconds."""
    found = []
    for _ in range(times):
        gc.collect()
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def bench_pyfakefs() -> Measure:
    """Create, write and stat files."""
    from pyfakefs.fake_filesystem import FakeFilesystem, FakeOsModule

    def use(fs: object) -> None:
        fs.mkdir("/d", 0o755)  # type: ignore[attr-defined]
        for number in range(COUNT):
            path = f"/d/f{number}"
            handle = fs.open(path, os.O_CREAT | os.O_WRONLY, 0o644)  # type: ignore[attr-defined]
            fs.write(handle, b"some bytes")  # type: ignore[attr-defined]
            fs.close(handle)  # type: ignore[attr-defined]
            fs.stat(path)  # type: ignore[attr-defined]

    ours = best(lambda: use(FileSystem()))
    theirs = best(lambda: use(FakeOsModule(FakeFilesystem())), 2)
    detail = f"a file: {ours / COUNT * 1e6:.1f} µs, pyfakefs {theirs / COUNT * 1e6:.1f} µs"
    return Measure("create, write and stat files, of pyfakefs' time", ours / theirs, 1 / 5, detail)


def layered(layers: int) -> Mount:
    """A mount whose names lie spread over so many lowers."""
    lowers = []
    for layer in range(layers):
        names = {f"f{number}": File(data=Bytes(b"x")) for number in range(layer, COUNT, layers)}
        lowers.append(Dir(children={"d": Dir(children={"e": Dir(children=names)})}))
    return mount(lowers, FileSystem())


def bench_look_up() -> tuple[Measure, ...]:
    """Look-up at 127 layers against one, names met for the first time and again."""

    def look(fs: Mount) -> None:
        for number in range(COUNT):
            fs.lstat(f"/d/e/f{number}")

    def first(layers: int) -> float:
        return min(best(partial(look, layered(layers)), 1) for _ in range(5))

    def again(layers: int) -> float:
        fs = layered(layers)
        look(fs)
        return best(lambda: look(fs))

    cold, warm = (first(1), first(127)), (again(1), again(127))
    return tuple(
        Measure(
            f"look-up at 127 layers, of the time at one ({when})",
            many / one,
            1.5,
            f"{many / COUNT * 1e6:.1f} µs a name",
        )
        for when, (one, many) in (("first time", cold), ("again", warm))
    )


def bench_undo() -> Measure:
    """What 1,000 steps over a tree of 60,000 files keep in memory."""
    names = {f"f{number}": File(data=Bytes(b"x")) for number in range(1000)}
    base = Dir(children={f"d{number}": Dir(children=dict(names)) for number in range(60)})
    history = History(Overlay((base,)))
    history.do(Chmod("/d0/f0", 0o600))
    gc.collect()
    tracemalloc.start()
    for number in range(250):
        directory = f"/d{number % 60}"
        history.do(Create(f"{directory}/new{number}", b"data"))
        history.do(Write(f"{directory}/f{number}", b"y"))
        history.do(Chmod(f"{directory}/f{number}", 0o600))
        history.do(Unlink(f"{directory}/f{number + 300}"))
    gc.collect()
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    name = "undo: 1,000 steps over 60,000 files, of 20 MiB"
    return Measure(name, used / (20 << 20), 1.0, f"{used / (1 << 20):.1f} MiB for {len(history)} states")
