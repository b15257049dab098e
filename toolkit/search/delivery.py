"""Hands trials to those who wait for them, in one order, whichever thread brings them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from ..records import Trial
from .replay import Attempt


class Delivery:
    """The trials that a searcher has been told of, and those that it is about to be told of.

    lock: its scheduler's, which is held whenever something is put out, and never while a future is
    resolved: what waits for a future runs in the thread that resolves it, and may ask the lab for
    more.
    """

    def __init__(self, lock: threading.RLock) -> None:  # type: ignore[valid-type, unused-ignore]
        self._lock = lock
        self._history: list[Trial] = []
        self._outbox: deque[tuple[Trial, Future[Trial]]] = deque()
        self._turn = threading.Lock()

    @property
    def history(self) -> Sequence[Trial]:
        """Trials handed over so far, in the order in which they finished."""
        with self._lock:
            return tuple(self._history)

    def put_out(self, trial: Trial, future: Future[Trial]) -> None:
        """Take a trial for whoever waits for it."""
        self._outbox.append((trial, future))

    def take(self, attempts: Sequence[Attempt], trials: Mapping[int, Trial]) -> None:
        """Take recorded trials, in their order.

        One that nobody asked for is history at once: there is no future to resolve.
        """
        for attempt in attempts:
            trial = trials[attempt.number]
            if attempt.future:
                self.put_out(trial, attempt.future)
            else:
                self._history.append(trial)
                attempt.passed = True

    def deliver(self) -> None:
        """Resolve futures in the order in which they were put out.

        One thread at a time delivers: two of them would tell a searcher of the second trial before
        the first. What another adds meanwhile is taken along, and looked for once more after the
        turn is given back, since it may have come between the last look and that.
        """
        while self._outbox and self._turn.acquire(blocking=False):
            try:
                while self._outbox:
                    trial, future = self._outbox.popleft()
                    self._tell(trial, future)
            finally:
                self._turn.release()

    def _tell(self, trial: Trial, future: Future[Trial]) -> None:
        with self._lock:
            self._history.append(trial)
        if not future.done():
            future.set_result(trial)
