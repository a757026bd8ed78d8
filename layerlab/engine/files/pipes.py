"""What is in a fifo while it is open: the bytes on their way, and who is at its two ends (pipe(7), fifo(7)).

Nobody can wait in here: where Linux would make a caller wait, the answer is EAGAIN, as for O_NONBLOCK.
"""

from __future__ import annotations

import errno

from layerlab.engine.files.inode import failure

CAPACITY, ATOMIC = 65536, 4096
"""How many bytes fit in, and up to how many go in together or not at all."""


class Pipe:
    """One fifo that is open somewhere."""

    def __init__(self) -> None:
        self.readers = self.writers = 0
        self.content = bytearray()

    def join(self, reads: bool, writes: bool, change: int = 1) -> None:
        """Count who has opened it, or has closed it (`change` -1)."""
        self.readers += change * reads
        self.writers += change * writes

    @property
    def idle(self) -> bool:
        """Whether nobody has it open; then what is in it is lost."""
        return not self.readers and not self.writers

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none if nobody could write any more."""
        if size and not self.content and self.writers:
            raise failure(errno.EAGAIN)
        found = bytes(self.content[:size])
        del self.content[:size]
        return found

    def write(self, raw: bytes) -> int:
        """Put in as much as fits; EPIPE if nobody could read it."""
        if not raw:
            return 0
        if not self.readers:
            raise failure(errno.EPIPE)
        room = CAPACITY - len(self.content)
        if not room or (len(raw) <= ATOMIC and len(raw) > room):
            raise failure(errno.EAGAIN)
        self.content += raw[:room]
        return min(len(raw), room)
