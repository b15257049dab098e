"""Questions that a program asks by its pipe, on their way to whoever answers, and back."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

from ..jobs import Answering
from ..records import parse
from .sandbox.talk import ROLES

MOST_WAITING_BYTES = 32 << 20
EACH_BYTES = 1 << 10
"""what a question takes here at least, however short it is"""


class Questions:
    """Questions of one evaluation. Its thread asks; those that answer wake it by a pipe."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._lock = threading.Lock()
        self._came: deque[tuple[bytes, bytes]] = deque()
        self.woken, self._wake = os.pipe()
        os.set_blocking(self.woken, False)
        self._open = True
        self._turn = self._waiting_bytes = 0

    @property
    def full(self) -> bool:
        """True where so much waits for answers that no more is to be read."""
        with self._lock:
            return self._waiting_bytes > MOST_WAITING_BYTES

    def next_call(self) -> None:
        """Want no answer any more to what was asked so far: the call that asked has returned."""
        with self._lock:
            self._turn += 1

    def ask(self, stamp: bytes, frame: bytes) -> bool:
        """Hand on what a program asked under a stamp. False where it is no question."""
        try:
            asked = parse(frame)
            number, messages, most = asked["ask"], asked["messages"], asked["max_tokens"]
        except (ValueError, KeyError, TypeError):
            return False
        if not _is_question(number, messages, most):
            return False
        size = len(frame) + EACH_BYTES
        with self._lock:
            turn = self._turn
            self._waiting_bytes += size

        def told(answer: Mapping[str, Any]) -> None:
            self._tell(stamp, json.dumps({"answer": number, **answer}).encode(), size)

        def wanted() -> bool:
            return self._open and turn == self._turn

        self._answering.ask(_whole(messages), most, told, wanted)
        return True

    def answers(self) -> list[tuple[bytes, bytes]]:
        """(stamp of the call that asked, answer) of all that has come since the last time."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.woken, 1 << 16)
        with self._lock:
            found = list(self._came)
            self._came.clear()
        return found

    def _tell(self, stamp: bytes, answer: bytes, size: int) -> None:
        with self._lock:
            self._waiting_bytes -= size
            if self._open:
                self._came.append((stamp, answer))
                if len(self._came) == 1:
                    os.write(self._wake, b"!")

    def close(self) -> None:
        """Take no answer any more."""
        with self._lock:
            self._open = False
        for fd in (self.woken, self._wake):
            os.close(fd)


def _is_question(number: Any, messages: Any, most: Any) -> bool:
    """True for what a child of ours would have written: anything else was not written by it."""
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in (number, most))
    return whole and most > 0 and isinstance(messages, list) and bool(messages) and all(
        isinstance(one, dict) and one.keys() == {"role", "content"}
        and one["role"] in ROLES and isinstance(one["content"], str)
        for one in messages
    )  # fmt: skip


def _whole(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """Messages that can be sent: half a surrogate pair is in no UTF-8, so it becomes `?`."""
    return [
        {**one, "content": one["content"].encode(errors="replace").decode()} for one in messages
    ]
