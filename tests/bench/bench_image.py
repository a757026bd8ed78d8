"""Opening a large image: against the time `tarfile` takes to walk its one layer, and memory by the entry."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import Measure

FILES = 100_000
BYTES = 200_000_000

OPEN = """
import sys
sys.path[:0] = {path!r}
if {ours}:
    from layerlab.disk import open_image
    entries = sum(1 for _ in open_image({layout!r}).rootfs().walk())
else:
    import layerlab.disk.read
# Not ru_maxrss, which begins with the size of the process that started this one.
print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))
"""


def write_layout(home: Path, wide: bool, squeezed: bool) -> Path:
    """An OCI layout of one layer, written without us; returns its layer's blob. `wide`: 1,000 files a directory."""
    raw = home / "layer.tar"
    with tarfile.open(raw, "w") as tar:
        here = ""
        for number in range(FILES):
            if number % (1000 if wide else 20) == 0:
                here = f"usr/share/{number // 1000:03d}/part-{number:06d}"
                entry = tarfile.TarInfo(here)
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(entry)
            data = number.to_bytes(4, "big") * (BYTES // FILES // 4)
            entry = tarfile.TarInfo(f"{here}/file-{number:06d}.txt")
            entry.size, entry.mtime = len(data), 1_600_000_000 + number
            tar.addfile(entry, io.BytesIO(data))
    return _store(home, raw, squeezed)


def _store(home: Path, raw: Path, squeezed: bool) -> Path:
    blobs = home / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    diff_id = _digest(raw)
    if squeezed:
        with raw.open("rb") as source, gzip.open(home / "layer.gz", "wb", 6) as target:
            while piece := source.read(1 << 20):
                target.write(piece)
        raw.unlink()
        raw = home / "layer.gz"
    layer = _blob(blobs, raw.rename(home / "blob"), "layer.v1.tar" + ("+gzip" if squeezed else ""))
    config = home / "config"
    config.write_text(
        json.dumps(
            {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [diff_id]}}
        )
    )
    manifest = home / "manifest"
    manifest.write_text(
        json.dumps({"schemaVersion": 2, "config": _blob(blobs, config, "config.v1+json"), "layers": [layer]})
    )
    index = {"schemaVersion": 2, "manifests": [_blob(blobs, manifest, "manifest.v1+json")]}
    (home / "index.json").write_text(json.dumps(index))
    (home / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return blobs / layer["digest"].removeprefix("sha256:")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def _blob(blobs: Path, path: Path, kind: str) -> dict[str, object]:
    described = {
        "mediaType": f"application/vnd.oci.image.{kind}",
        "digest": _digest(path),
        "size": path.stat().st_size,
    }
    path.rename(blobs / described["digest"].removeprefix("sha256:"))
    return described


def seconds(work: Callable[[], None]) -> float:
    """How long one run takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(layout: Path, layer: Path) -> tuple[float, float]:
    """Our time and tarfile's, the shortest of three runs taken in turn."""
    from layerlab.disk import open_image

    def ours() -> None:
        assert sum(1 for _ in open_image(layout).rootfs().walk()) > FILES

    def theirs() -> None:
        with tarfile.open(layer) as tar:
            for _ in tar:
                tar.members = []  # type: ignore[attr-defined]

    times = [(seconds(ours), seconds(theirs)) for _ in range(3)]
    return min(one for one, _ in times), min(one for _, one in times)


def peak(layout: Path, ours: bool) -> int:
    """The largest resident size, in bytes, of a process that opens the image, or only imports what it needs."""
    text = OPEN.format(path=sys.path, layout=str(layout), ours=ours)
    return int(subprocess.check_output([sys.executable, "-c", text])) * 1024


def bench_open() -> Iterator[Measure]:
    """Open, verify, merge and walk; and the memory that takes."""
    for wide, squeezed in ((True, False), (False, True)):
        shape = f"{1000 if wide else 20} files a directory, {'gzip' if squeezed else 'plain tar'}"
        with tempfile.TemporaryDirectory() as home:
            layer = write_layout(Path(home), wide, squeezed)
            ours, theirs = paired(Path(home), layer)
            yield Measure(
                f"open an image, of tarfile's walk: {shape}",
                ours / theirs,
                0.6,
                f"{ours:.2f} s, tarfile {theirs:.2f} s",
            )
            used = peak(Path(home), True) - peak(Path(home), False)
            yield Measure(
                f"bytes of memory an entry: {shape}", used / FILES, 400, f"{used / 1e6:.0f} MB in all"
            )
