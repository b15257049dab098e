"""Output of an agent, as the host has it: bounded, and made harmless to look at."""

from __future__ import annotations

import codecs
import re
import threading
from collections import deque

from ..text import visible

UNREAD_BYTES = 8 << 20
PATIENCE_S = 10.0
TAIL_BYTES = 1 << 20
_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\^_`a-z])"
)
"""colours, movements and titles: what a terminal obeys"""
_BEGUN = re.compile(r"\x1b[^\x1b]{0,200}\Z")
LEFT_OUT = "\n[... {:,} bytes left out ...]\n"


def plain(text: str) -> str:
    """A text without what a terminal obeys; a line that was written over is a line of its own."""
    bare = _SEQUENCE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return visible(bare)


class Output:
    """Output of an agent that is still running; the reader of its line writes, others read.

    The writer waits for who reads, so that nothing is left out between two calls of `read_new`.
    Where nobody reads for a while, it waits no more.
    """

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._unheard = False
        self._tail = bytearray()
        self._unread: deque[bytes] = deque()
        self._unread_bytes = self._dropped = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def write(self, data: bytes) -> None:
        with self._lock:
            self._tail += data
            if len(self._tail) > 2 * TAIL_BYTES:
                del self._tail[:-TAIL_BYTES]
            if not self._lock.wait_for(self._has_room, PATIENCE_S):
                self._unheard = True
            if self._unread_bytes >= UNREAD_BYTES:  # memory stays bounded
                self._dropped += len(data)
                return
            self._unread.append(data)
            self._unread_bytes += len(data)

    def _has_room(self) -> bool:
        return self._unheard or self._unread_bytes < UNREAD_BYTES

    def release(self) -> None:
        """Let the writer wait no more, until somebody reads again."""
        with self._lock:
            self._unheard = True
            self._lock.notify()

    def tail(self, n_bytes: int) -> str:
        """End of the output. At most TAIL_BYTES are known."""
        with self._lock:
            data = bytes(self._tail[-n_bytes:]) if n_bytes > 0 else b""
        return plain(data.decode(errors="replace"))

    def read_new(self) -> str:
        """Output since the last call, cleaned; a sequence that is cut off waits for its end."""
        with self._lock:
            data, dropped = b"".join(self._unread), self._dropped
            self._unread.clear()
            self._unread_bytes = self._dropped = 0
            self._unheard = False
            self._lock.notify()
        text = self._held + self._decoder.decode(data)
        begun = _BEGUN.search(text)
        cut = begun.start() if begun and not _SEQUENCE.match(text, begun.start()) else len(text)
        cut -= text[:cut].endswith("\r")
        text, self._held = text[:cut], text[cut:]
        return plain(text) + (LEFT_OUT.format(dropped) if dropped else "")
