"""Computing digests beside other work: hashing needs no interpreter lock, so a second thread can do it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from queue import Queue

from layerlab.engine.content.digest import start

AHEAD = 2
"""How many blocks may wait to be hashed."""


class Hashing:
    """The digests of a stream by each of some algorithms. Feed it, then ask `digests`, which ends it."""

    def __init__(self, algorithms: Iterable[str]) -> None:
        self.hashes = {name: start(name) for name in algorithms}
        self.queue: Queue[bytes | None] = Queue(AHEAD)
        self.thread: threading.Thread | None = threading.Thread(target=self._work, daemon=True)
        try:
            self.thread.start()
        except RuntimeError:
            self.thread = None

    def _work(self) -> None:
        while (block := self.queue.get()) is not None:
            self._update(block)

    def _update(self, block: bytes) -> None:
        for one in self.hashes.values():
            one.update(block)

    def feed(self, block: bytes) -> None:
        """Take in the next bytes."""
        if self.thread is None:
            self._update(block)
        else:
            self.queue.put(block)

    def through(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The same blocks, taken in on their way."""
        for block in blocks:
            self.feed(block)
            yield block

    def digests(self) -> set[str]:
        """The digests of all that was fed."""
        self.close()
        return {f"{name}:{one.hexdigest()}" for name, one in self.hashes.items()}

    def close(self) -> None:
        """End the thread."""
        if self.thread is not None:
            self.queue.put(None)
            self.thread.join()
            self.thread = None
