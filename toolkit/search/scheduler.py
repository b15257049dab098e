"""Starts, charges, records and delivers one cell's attempts.

Whatever a searcher's threads ask for, in which order they ask, and whenever the host is killed: an
attempt is charged and on disk as `started` before its program runs, and on disk as `finished`
before anybody is told. So nothing is lost, nothing is paid twice, and what a searcher has seen is
what a resumed one will see again (see replay.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from time import monotonic

from ..bench.shares import Tariff
from ..ledger.cell import CellState
from ..ledger.entries import Started
from ..ledger.notebook import Notebook
from ..records import Candidate, Scored, Trial
from .budget import Meter
from .charges import Abandoned, Charges, Unanswered
from .desk import Desk
from .proposals import recordable
from .register import Register
from .replay import Attempt, Replay

CLOSED_S = 0.05
STEP_S = 0.2
"""between two looks at whether what is waited for can still come"""
MOST_UNANSWERED = 3
"""trials in a row that no language model answers, before the cell ends: a server is down"""

Watcher = Callable[[CellState, Trial], None]
"""told of each trial as it becomes part of the record"""


class Scheduler(Register):
    """One cell's attempts; thread-safe. It reads the cell and writes by way of the notebook."""

    def __init__(
        self, cell: CellState, notebook: Notebook, desk: Desk, prices: Tariff, meter: Meter,
        watch: Watcher = lambda cell, trial: None,
    ) -> None:  # fmt: skip
        super().__init__(cell, notebook)
        self.desk, self.prices, self.meter = desk, prices, meter
        self.fault: BaseException | None = None
        self._watch = watch
        self._attempts = {n: Attempt(start) for n, start in cell.started.items()}
        self._replay = Replay(cell, self._attempts)
        self._live = False
        self._next = max(cell.started, default=0) + 1
        self._unanswered = 0
        self.went_on = False
        self.stopped = False
        """its searcher ended by choice, and said why"""
        meter.sessions = self.sessions
        self._charges = Charges(cell, prices, meter)

    @property
    def diverged(self) -> bool:
        """True if the searcher asked for other things than are on record."""
        return self._replay.diverged

    @property
    def busy(self) -> bool:
        """True if an evaluation or a completion is under way."""
        with self._lock:
            if self._replay.is_overdue(self.active_at):
                self._diverge()
        self._delivery.deliver()
        return self._completing > 0 or self._is_running()

    def submit(
        self, candidate: Candidate, share: float, *, smoke: bool, again: int = 0
    ) -> Future[Trial]:
        """A trial, later: from the record where it is there, else of an evaluation that starts."""
        candidate = recordable(candidate)
        with self._lock:
            if self.closed:
                time.sleep(CLOSED_S)  # a searcher that swallows this must not take the core
                raise Abandoned(self.closed)
            attempt = self._replay.find(candidate, share, smoke, again)
            if attempt is None:
                future = self._start(candidate, share, smoke, again)
            else:
                future = self._answer(attempt)
            self.active_at = monotonic()
        self._delivery.deliver()
        return future

    def adopt(self) -> bool:
        """Make the whole record history, at once; False where nothing is left to go on with.

        For a searcher that cannot be replayed. What a kill cut off runs again under its number.
        """
        with self._lock:
            self._live = True
            self._looks.adopt()
            self._stages.adopt()
            finished, cut_off = self._replay.adopt()
            for attempt in finished:
                self._charges.take_over(attempt)
            self._delivery.take(finished, self.cell.trials)
            for attempt in cut_off:
                self._charges.take_over(attempt)
                attempt.future = Future()
                self._again(attempt)
            self.went_on = self.continued and self.meter.left > 0
        self._delivery.deliver()
        return self.went_on or not self.continued

    def superseded(self) -> list[int]:
        """Places of steps on record that a whole replay has not repeated."""
        return [] if self.diverged else self._stages.superseded()

    def drain(self) -> None:
        """Wait until nothing runs; a fault of the host is raised here if nobody saw it yet."""
        with self._idle:
            while self._is_running() and not self.fault and not self.closed:
                self._idle.wait(1.0)
        if self.fault:
            raise self.fault

    def settle(self) -> None:
        """Wait until every trial that was asked for is history; a fault of the host is raised here.

        A trial that has run is not history yet: it waits for its turn to be delivered, so what is
        waited for are the futures, which are resolved after that.
        """
        with self._lock:
            asked = [one.future for one in self._attempts.values() if one.future]
        while wait(asked, STEP_S).not_done and not self.fault and not self.closed:
            pass
        if self.fault:
            raise self.fault

    def settle_orphans(self) -> None:
        """End the attempts that a kill cut off and that the replay did not ask for again.

        They stay charged: each may have run, and nobody waits for its result any more.
        """
        lost = Scored(status="lost", detail="the run was stopped in mid-trial")
        with self._lock:
            for attempt in self._unclaimed():
                if attempt.number not in self.cell.trials:
                    self._record(attempt, lost)

    def _unclaimed(self) -> list[Attempt]:
        return [one for _, one in sorted(self._attempts.items()) if not one.claimed]

    def _is_running(self) -> bool:
        with self._lock:
            return any(attempt.running for attempt in self._attempts.values())

    def _answer(self, attempt: Attempt) -> Future[Trial]:
        """The trial of a recorded attempt; one that a kill cut off runs again."""
        self._charges.take_over(attempt)
        future = attempt.future = Future()
        if not self.cell.is_done(attempt.number):
            self._again(attempt)
        self._release()
        if attempt.passed:
            future.set_result(self.cell.trials[attempt.number])
        return future

    def _again(self, attempt: Attempt) -> None:
        """A trial in flight at a kill runs again under its number; the second loss is its end.

        What takes the machine down with it would else take it down at every resume.
        """
        if attempt.start.attempts >= 2:
            detail = "the machine failed this trial twice"
            self._record(attempt, Scored(status="lost", detail=detail))
            return
        self.notebook.started(attempt.start)
        self._launch(attempt)

    def _start(self, candidate: Candidate, share: float, smoke: bool, again: int) -> Future[Trial]:
        self._go_live()
        items = self._reserve(candidate, share, smoke, again)
        start = Started(self._next, candidate, share, items, smoke, again=again)
        self._next += 1
        self.notebook.started(start)
        self._charges.began(start)
        future: Future[Trial] = Future()
        attempt = self._attempts[start.number] = Attempt(start, future, charged=True)
        self._launch(attempt)
        return future

    def _reserve(self, candidate: Candidate, share: float, smoke: bool, again: int) -> int:
        try:
            return self._charges.reserve(candidate, share, smoke, again)
        except Abandoned as end:
            self.closed = str(end)
            raise

    def _go_live(self) -> None:
        """Leave the replay: every recorded attempt counts, also those that it did not ask for."""
        # what starts from now on is asked for as it starts
        unclaimed, self._live = [] if self._live else self._unclaimed(), True
        for attempt in unclaimed:
            self._charges.take_over(attempt)
        if unclaimed and not self.diverged:
            self._diverge()

    def _diverge(self) -> None:
        self._replay.diverged = True
        self._release()

    def _launch(self, attempt: Attempt) -> None:
        attempt.running = True
        start, view = attempt.start, self.cell.objective
        run = self.desk.run(
            self.cell.key, start.candidate, share=start.share, smoke=start.smoke, view=view,
            again=start.again,
        )  # fmt: skip
        run.add_done_callback(partial(self._finish, attempt))

    def _finish(self, attempt: Attempt, run: Future[Scored]) -> None:
        """Finish a trial in a thread of the desk. A failure here is the host's own."""
        try:
            if not run.cancelled():
                result = run.result()
                with self._idle:
                    if not self.closed:
                        self._record(attempt, result)
        except BaseException as error:
            self.fault = error
            if attempt.future:
                attempt.future.set_exception(error)
        finally:
            with self._idle:
                attempt.running = False
                self._idle.notify_all()
        self._delivery.deliver()

    def _record(self, attempt: Attempt, result: Scored) -> None:
        """Write `finished`, and only then put the trial out for delivery."""
        self.notebook.finished(attempt.number, result, self.desk.isolation)
        trial = self.cell.trials[attempt.number]
        self.meter.settle(trial.usage)
        self.sessions.checkpoint()
        self.active_at = monotonic()
        self._watch(self.cell, trial)
        self._unanswered = self._unanswered + 1 if trial.status == "unanswered" else 0
        if trial.status == "answer_limit" or self._unanswered >= MOST_UNANSWERED:
            self._give_up(attempt, trial)
        elif attempt.future:
            self._delivery.put_out(trial, attempt.future)

    def _give_up(self, attempt: Attempt, trial: Trial) -> None:
        """End the cell: no more of its programs would be answered."""
        self.closed = self.closed or trial.told.partition("\n")[0]
        if attempt.future:
            attempt.future.set_exception(Unanswered(self.closed))

    def _release(self) -> None:
        """Hand over recorded trials as far as the log allows."""
        self._delivery.take(self._replay.release(), self.cell.trials)
