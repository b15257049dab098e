"""Progress of an attribution, as a line every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

EVERY_S = 10.0


class Progress:
    """Progress lines at a limited rate. Not thread-safe.

    say: shows a line; clock: gives seconds.
    """

    def __init__(
        self, say: Callable[[str], None] = lambda text: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.say, self._clock = say, clock
        self._subject, self._stage = "", ""
        self._said = clock()

    def begin(self, subject: str, stage: str) -> None:
        self._subject, self._stage, self._said = subject, stage, self._clock()

    def stage(self, name: str) -> None:
        """Begin a stage; later lines name it."""
        self._stage = name

    def step(self, done: str) -> None:
        """Report one more program. done: how far the stage is, as `12 of 40 programs`."""
        if self._clock() - self._said >= EVERY_S:
            self._said = self._clock()
            self.say(f"{self._subject}: {self._stage}, {done}")
