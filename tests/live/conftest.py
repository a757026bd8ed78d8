"""Looking from outside: what processes, namespaces and mounts a test's helpers have left."""

from __future__ import annotations

import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from layerlab.engine.files.data import Bytes
from layerlab.engine.files.node import Dir, File, Symlink
from layerlab.live.mount import Refused, mount

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

MARK = "LAYERLAB_TEST_MARK"


@dataclass
class Outside:
    """Finds by /proc everything that carries this test's mark in its environment."""

    mark: str

    def processes(self) -> list[int]:
        """Processes that are neither this one nor zombies."""
        found = []
        for place in Path("/proc").iterdir():
            if place.name.isdigit() and int(place.name) != os.getpid():
                try:
                    marked = f"{MARK}={self.mark}".encode() in (place / "environ").read_bytes().split(b"\0")
                except OSError:
                    continue
                if marked:
                    found.append(int(place.name))
        return found

    def helpers(self) -> list[int]:
        """Those of them that are helpers."""
        return [pid for pid in self.processes() if b"layerlab.live.server" in self.command(pid)]

    def command(self, pid: int) -> bytes:
        """A process's command line."""
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return b""

    def namespace(self, pid: int) -> str:
        """A process's mount namespace."""
        return os.readlink(f"/proc/{pid}/ns/mnt")

    def holders(self, namespace: str) -> list[int]:
        """All processes on the machine, anybody's, that are in a mount namespace."""
        found = []
        for place in Path("/proc").iterdir():
            if place.name.isdigit():
                try:
                    if os.readlink(place / "ns/mnt") == namespace:
                        found.append(int(place.name))
                except OSError:
                    continue
        return found

    def mounts(self) -> list[str]:
        """The mounts of this process's own namespace that could come from us."""
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        return [line for line in lines if "layerlab" in line or " - overlay " in line]

    def gone(self, seconds: float = 10) -> bool:
        """Whether everything marked ends within so many seconds."""
        return self.until(lambda: not self.processes(), seconds)

    def until(self, true: Callable[[], bool], seconds: float = 10) -> bool:
        """Wait until something is true."""
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Outside]:
    """Marks every process that the test starts, and demands in the end that none and nothing is left."""
    monkeypatch.setenv(MARK, uuid.uuid4().hex)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("LAYERLAB_NO_MOUNT", raising=False)
    monkeypatch.delenv("LAYERLAB_RECORD", raising=False)
    found = Outside(os.environ[MARK])
    before = found.mounts()
    yield found
    assert found.gone(), [found.command(pid) for pid in found.processes()]
    assert found.mounts() == before
    assert not list(tmp_path.glob("layerlab*"))


@pytest.fixture
def base() -> Dir:
    """A small layer."""
    motd = File(data=Bytes(b"hello\n"), mtime=10**18)
    return Dir(
        children={"etc": Dir(children={"motd": motd}), "link": Symlink(target="/etc/motd"), "empty": Dir()}
    )


@pytest.fixture(params=[False, True], ids=["root", "user"])
def user(request: pytest.FixtureRequest, need: Callable[..., None]) -> bool:
    """Whether to mount in a user namespace; both where the machine can."""
    wanted = bool(request.param)
    try:
        mount([Dir()], user=wanted).close()
    except Refused as refused:
        need(ok=False, why=str(refused))
    return wanted
