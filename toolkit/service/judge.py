"""The judge of one cell, for those who ask in JSON."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

from ..errors import BudgetSpent
from ..records import Trial
from ..search.charges import Abandoned
from ..search.lab import Lab
from . import replies, requests
from .candidates import candidate
from .refusal import BUDGET, DONE, Refusal
from .replies import Reply

STEP_S = 0.5


class Judge:
    """A lab for those who ask in JSON; thread-safe. failures: the most that a look shows.

    Its methods raise Refusal for what is not served.
    """

    def __init__(self, lab: Lab, *, failures: int = 16) -> None:
        self.lab, self.most = lab, failures
        self._done = self._refused = False
        self._running = 0
        self._lock = threading.Lock()

    @property
    def ended(self) -> str:
        """Why nothing can be asked for any more; empty while something can.

        A part of a trial that is left ends it as well, once somebody was refused a whole one.
        """
        left = self.lab.budget.left
        if left <= 0 or (self._refused and left < 1):
            return BUDGET
        return DONE if self._done else self.lab.closed

    @property
    def busy(self) -> bool:
        """True while a trial that was asked for here is not answered."""
        return self._running > 0

    def trial(self, request: Any) -> Reply:
        """Run and judge a candidate: `files` or `patch`, `overrides`, `hypothesis`, `label`,
        `share`. One that cannot be run is charged all the same, as `invalid`.
        """
        asked = requests.trial(request)
        self._require_open()
        parent = replies.best(self.lab).number or None
        found = candidate(self.lab, asked, parent)
        with self._asking():
            return replies.trial(self.lab, self._wait(self.lab.submit(found, share=asked.share)))

    def look(self, request: Any) -> Reply:
        """Failures of a trial by kind: `trial` (default: the best), `against`, `limit`."""
        asked = requests.look(request)
        self._require_open()
        limit = self.most if asked.limit is None else min(asked.limit, self.most)
        best = replies.best(self.lab)
        trial = best if asked.trial is None else self._trial(asked.trial)
        against = self._trial(asked.against or 0)
        with self._asking():
            return replies.look(self.lab.look(trial, against=against, limit=limit))

    def budget(self) -> Reply:
        """The budget that is left, also when nothing is."""
        self._require_undone()
        return {**replies.standing(self.lab), "trials": len(self.lab.history)}

    def program(self) -> Reply:
        """Description of the program and its objective."""
        self._require_undone()
        return replies.program(self.lab)

    def done(self, request: Any = None) -> Reply:
        """End the search, whatever is left."""
        self._require_undone()
        self._done = True
        return replies.standing(self.lab)

    def _trial(self, number: int) -> Trial:
        known = {trial.number: trial for trial in (self.lab.baseline, *self.lab.history)}
        if number not in known:
            listing = ", ".join(map(str, sorted(known)))
            raise requests.malformed(f"no trial {number} has finished (finished: {listing})")
        return known[number]

    def _require_undone(self) -> None:
        if self._done:
            raise Refusal(410, DONE)

    def _require_open(self) -> None:
        self._require_undone()
        if self.lab.closed:
            raise Refusal(503, f"the search has ended: {self.lab.closed}")
        if self.lab.budget.left <= 0:
            raise self._spent("")

    def _spent(self, why: str) -> Refusal:
        return Refusal(429, BUDGET, why=why, **replies.standing(self.lab))

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """Busy meanwhile; what a lab raises becomes a refusal."""
        with self._lock:
            self._running += 1
        try:
            yield
        except BudgetSpent as end:
            self._refused = True
            raise self._spent(str(end)) from None
        except Abandoned as end:
            raise Refusal(503, f"the search has ended: {end}") from None
        finally:
            with self._lock:
                self._running -= 1

    def _wait(self, future: Future[Trial]) -> Trial:
        """A trial as soon as it is on record; the end of the lab is the end of the wait."""
        while True:
            with contextlib.suppress(TimeoutError):
                return future.result(STEP_S)
            if self.lab.closed and not future.done():
                raise Abandoned(self.lab.closed)
