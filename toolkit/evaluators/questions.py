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


class Questions:
    """Questions of one evaluation. Its thread asks; those that answer wake it by a pipe."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._lock = threading.Lock()
        self._came: deque[tuple[bytes, bytes]] = deque()
        self.woken, self._wake = os.pipe()
        os.set_blocking(self.woken, False)
        self._open = True

    def ask(self, stamp: bytes, frame: bytes) -> bool:
        """Hand on what a program asked under a stamp. False where it is no question."""
        try:
            asked = parse(frame)
            number, messages, most = asked["ask"], asked["messages"], asked["max_tokens"]
        except (ValueError, KeyError, TypeError):
            return False
        if not _is_question(number, messages, most):
            return False

        def told(answer: Mapping[str, Any]) -> None:
            self._tell(stamp, json.dumps({"answer": number, **answer}).encode())

        self._answering.ask(messages, most, told)
        return True

    def answers(self) -> list[tuple[bytes, bytes]]:
        """(stamp of the call that asked, answer) of all that has come since the last time."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.woken, 1 << 16)
        with self._lock:
            found = list(self._came)
            self._came.clear()
        return found

    def _tell(self, stamp: bytes, answer: bytes) -> None:
        with self._lock:
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
        and all(isinstance(text, str) for text in one.values())
        for one in messages
    )  # fmt: skip
