"""The output of an agent on disk: its beginning and its end, in a file that cannot outgrow."""

from __future__ import annotations

import os


class Record:
    """A file with the first half and the last half of what may be kept, and what was left out."""

    def __init__(self, path: str, most: int) -> None:
        """most: bytes that are kept. The folder is the host's own: no agent lays a link there."""
        flags = os.O_CREAT | os.O_TRUNC | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        self._fd = os.open(path, flags, 0o600)
        self._half = most // 2
        self._head = 0
        self._tail = bytearray()
        self._total = 0
        self._stale = False

    def write(self, data: bytes) -> None:
        self._total += len(data)
        room = self._half - self._head
        if room > 0:
            os.pwrite(self._fd, data[:room], self._head)
            self._head += min(room, len(data))
            data = data[room:]
        if data:
            self._tail += data
            self._stale = True
            if len(self._tail) > 2 * self._half:  # not at each write: it moves all of it
                del self._tail[: -self._half]

    def flush(self) -> None:
        """Put the end on disk, in the place of what was the end before."""
        if not self._stale:
            return
        kept = bytes(self._tail[-self._half :])
        left_out = self._total - self._head - len(kept)
        gap = f"\n[... {left_out:,} bytes left out ...]\n".encode() if left_out else b""
        os.ftruncate(self._fd, self._head)
        os.pwrite(self._fd, gap + kept, self._head)
        self._stale = False
