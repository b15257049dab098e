"""The line from the keeper to the host."""

from __future__ import annotations

import collections
import json
import socket
import time
from typing import Any

WAITING_BYTES = 4 << 20
PATIENCE_S = 20.0
OUTPUT, STARTED, REFUSED, ENDED = b"o", b"s", b"r", b"x"


class Line:
    """Messages that begin with a letter, in memory until the host takes them.

    An agent that prints faster than the host reads waits for it. Where the host takes nothing for a
    while, output is left out instead: an agent must not hang because its host does.
    """

    def __init__(self, host: socket.socket) -> None:
        self.host = host
        host.setblocking(False)
        self._waiting: collections.deque[bytes] = collections.deque()
        self._bytes = 0
        self._taken_at = time.monotonic()

    @property
    def full(self) -> bool:
        """True while it is worth waiting for the host."""
        waited_s = time.monotonic() - self._taken_at
        return self._bytes >= WAITING_BYTES and waited_s < PATIENCE_S

    def output(self, data: bytes, *, last: bool = False) -> None:
        """Pass output on. last: the rest of the pipe when all had ended, which always has room."""
        if last or self._bytes < WAITING_BYTES:
            self._send(OUTPUT + data)

    def tell(self, letter: bytes, value: Any = None) -> None:
        self._send(letter + json.dumps(value).encode())

    def _send(self, message: bytes) -> None:
        if not self._waiting:
            self._taken_at = time.monotonic()
        self._waiting.append(message)
        self._bytes += len(message)
        self.push()

    @property
    def waits(self) -> bool:
        return bool(self._waiting)

    def push(self) -> None:
        """Hand over as much as the host takes now."""
        try:
            while self._waiting:
                self.host.send(self._waiting[0])
                self._bytes -= len(self._waiting.popleft())
                self._taken_at = time.monotonic()
        except BlockingIOError:
            pass
        except OSError:  # the host is gone, which is seen by reading
            self._waiting.clear()
            self._bytes = 0

    def close(self) -> None:
        """Hand over all that waits; blocks until the host has it or is gone."""
        self.host.setblocking(True)
        self.push()
        self.host.close()
