"""Idle workers of a Ray cluster."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Slot:
    """A worker that introduced itself."""

    actor: Any
    node: str


class Idle:
    """Idle workers, given to those who wait in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: deque[Slot] = deque()
        self._waiting: deque[Future[Slot]] = deque()

    def put(self, slot: Slot) -> None:
        with self._lock:
            while self._waiting:
                waiter = self._waiting.popleft()
                if waiter.set_running_or_notify_cancel():
                    waiter.set_result(slot)
                    return
            self._slots.append(slot)

    def ask(self) -> Future[Slot]:
        """Resolved with a worker as soon as there is one; cancel it where nobody wants it."""
        waiter: Future[Slot] = Future()
        with self._lock:
            if self._slots:
                waiter.set_result(self._slots.popleft())
            else:
                self._waiting.append(waiter)
        return waiter
