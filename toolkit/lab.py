"""All that a searcher holds. Evaluations go through here: charged, recorded, replayed.

Resume is a replay: the searcher starts again from its seed, and what it asks for is
answered from the ledger by (digest, share, nth occurrence) until it asks for something new.
With several evaluations in flight a recorded finish is released only after every start that
preceded it in the log, so that each ask sees the same history as it did then; without this
10 of 40 asks of a two-slot TPE matched.
"""

from __future__ import annotations

import dataclasses
import json
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from time import monotonic
from typing import Any

from . import patch, space
from .bench import Bench, Result
from .budget import BudgetView, Meter
from .errors import PatchError, PluginError, UserError
from .ledger import Ledger
from .records import DETAIL_CHARS, Candidate, Failure, Trial, Usage
from .space import Param
from .state import CellState

HOLD_S = 30.0
REFUSALS = 1000


class Abandoned(BaseException):
    """Ends a searcher that goes on asking after its budget is spent."""


# told of each trial as it becomes part of the record
Watcher = Callable[[CellState, Trial], None]


class Lab:
    """One cell's lab; thread-safe."""

    def __init__(
        self,
        bench: Bench,
        ledger: Ledger,
        cell: CellState,
        baseline: Trial,
        meter: Meter,
        pool: Executor,
        *,
        baseline_predictions: str | None = None,
        watch: Watcher = lambda cell, trial: None,
    ) -> None:
        self.space: Mapping[str, Param] = bench.study.space
        self.sources: Mapping[str, str] = bench.study.sources
        self.baseline = baseline
        self.seed = cell.seed
        # a text seed is hashed with SHA-512: the same under every PYTHONHASHSEED
        self.rng = random.Random(f"{cell.searcher}:{cell.seed}")
        self.budget = BudgetView(meter)
        self.active_at = monotonic()
        self.diverged = False
        self._bench, self._ledger, self._cell = bench, ledger, cell
        self._meter, self._pool, self._watch = meter, pool, watch
        self._predictions = dict(cell.predictions)
        if baseline_predictions:
            self._predictions[0] = baseline_predictions
        self._history: list[Trial] = []
        self._lock = threading.RLock()
        self._log = list(cell.log)
        self._position = 0
        self._claimed: set[int] = set()
        self._charged: set[int] = set()
        self._passed: set[int] = set()
        self._futures: dict[int, Future[Trial]] = {}
        self._next = max(cell.started, default=0) + 1
        self._refusals = 0
        self._held_since: float | None = None

    @property
    def history(self) -> Sequence[Trial]:
        """Trials handed over so far, in the order in which they finished."""
        with self._lock:
            return tuple(self._history)

    def params(self, candidate: Candidate) -> dict[str, Any]:
        """Every parameter's value under a candidate."""
        return space.settings(self.space, candidate.overrides)

    def files(self, candidate: Candidate) -> Mapping[str, str]:
        """The editable files after a candidate's patch; raises PatchError."""
        return self._bench.sources(candidate)

    def edit(self, candidate: Candidate, files: Mapping[str, str | None]) -> Candidate:
        """The candidate with whole new texts for some files; None deletes one.

        Raises PatchError where a file may not be edited, or the entry point is deleted.
        """
        texts = dict(self._bench.sources(candidate))
        for path, text in files.items():
            if text is None:
                if path not in texts:
                    raise PatchError(f"{path} cannot be deleted: there is no such file")
                del texts[path]
            else:
                texts[path] = text
        changed = patch.make(self.sources, texts)
        study = self._bench.study
        if changed:
            patch.check(changed, study.may_edit, {study.entry_file}, allowed=study.editable)
        return dataclasses.replace(candidate, patch=changed)

    def evaluate(self, candidate: Candidate, *, share: float = 1.0) -> Trial:
        """Run and judge a candidate; blocks. Raises BudgetSpent."""
        return self.submit(candidate, share=share).result()

    def submit(self, candidate: Candidate, *, share: float = 1.0) -> Future[Trial]:
        """Start an evaluation; the future is resolved once it is on record."""
        if not 0 < share <= 1:
            raise UserError(f"share must be in (0, 1], got {share!r}")
        return self._submit(candidate, share, smoke=False)

    def smoke(self, candidate: Candidate) -> Trial:
        """Run a few fixed questions, charged as the share that they are."""
        selection = self._bench.selection("search", smoke=True)
        return self._submit(candidate, selection.questions / self._bench.full, smoke=True).result()

    def failures(self, trial: Trial, *, limit: int) -> list[Failure]:
        """Questions of the search split that a trial got wrong, the worst first."""
        name = self._predictions.get(trial.number)
        return self._bench.failures(self._ledger.get(name), limit) if name else []

    def drain(self) -> None:
        """Wait until nothing is in flight; what failed inside the host is raised."""
        while True:
            with self._lock:
                flying = [future for future in self._futures.values() if not future.done()]
                if not flying:
                    return
                self._release_overdue()
            try:
                flying[0].result(timeout=1.0)
            except TimeoutError:
                continue

    def settle_orphans(self) -> None:
        """End the attempts that a kill cut off and that the replay did not ask for again.

        They stay charged: each may have run, and nobody waits for its result any more.
        """
        with self._lock:
            for number in sorted(self._cell.started):
                if number not in self._claimed and number not in self._cell.trials:
                    self._record(number, Result("lost", detail="the run was stopped in mid-trial"))

    def _submit(self, candidate: Candidate, share: float, smoke: bool) -> Future[Trial]:
        candidate = recordable(candidate)
        with self._lock:
            self.active_at = monotonic()
            number = self._claim(candidate, share, smoke)
            if number is not None:
                return self._replay(number)
            return self._start(candidate, share, smoke)

    def _claim(self, candidate: Candidate, share: float, smoke: bool) -> int | None:
        """The first recorded start of this candidate that nobody has asked for yet."""
        wanted = (candidate.digest, share, smoke)
        for number, start in self._cell.started.items():
            known = (start.candidate.digest, start.share, start.smoke)
            if number not in self._claimed and known == wanted:
                return number
        return None

    def _replay(self, number: int) -> Future[Trial]:
        self._claimed.add(number)
        self._charge(number)
        future = self._futures[number] = Future()
        if number not in self._cell.trials:
            self._again(number)
        self._release()
        if number in self._passed:  # handed to the history before anyone asked
            future.set_result(self._cell.trials[number])
        return future

    def _again(self, number: int) -> None:
        """A trial in flight at a kill runs again under its number; the second loss is its end."""
        start = self._cell.started[number]
        if start.attempts >= 2:
            self._record(number, Result("lost", detail="the machine failed this trial twice"))
            return
        self._cell.begin(number, start.candidate, start.share, start.questions, start.smoke)
        self._write_start(number)
        self._pool.submit(self._run, number)

    def _start(self, candidate: Candidate, share: float, smoke: bool) -> Future[Trial]:
        self._go_live()
        questions = self._bench.selection("search", share, smoke).questions
        try:
            self._meter.reserve(questions)
        except Exception:
            self._refusals += 1
            if self._refusals > REFUSALS:
                raise Abandoned("asked for more after its budget was spent") from None
            raise
        number, self._next = self._next, self._next + 1
        self._claimed.add(number)
        self._charged.add(number)
        self._cell.begin(number, candidate, share, questions, smoke)
        self._write_start(number)
        future = self._futures[number] = Future()
        self._pool.submit(self._run, number)
        return future

    def _write_start(self, number: int) -> None:
        start = self._cell.started[number]
        self._ledger.append(
            "started",
            {
                "number": number,
                "candidate": self._ledger.put(start.candidate.to_json()),
                "share": start.share,
                "questions": start.questions,
                "smoke": start.smoke,
            },
            cell=self._cell.key,
        )

    def _go_live(self) -> None:
        """From here on every recorded attempt counts, also those the replay did not ask for."""
        unclaimed = set(self._cell.started) - self._claimed
        for number in sorted(unclaimed):
            self._charge(number)
        if unclaimed and not self.diverged:
            self.diverged = True
            self._release()

    def _charge(self, number: int) -> None:
        if number in self._charged:
            return
        self._charged.add(number)
        self._meter.charge(self._cell.started[number].questions)
        if number in self._cell.trials:
            self._meter.settle(self._cell.trials[number].usage)

    def _release(self) -> None:
        """Hand over recorded trials as far as the log allows."""
        while self._position < len(self._log):
            kind, number = self._log[self._position]
            if kind == "started" and number not in self._claimed and not self.diverged:
                break
            if kind == "finished" and number in self._futures:
                self._hand_over(self._cell.trials[number])
            elif kind == "finished":
                self._history.append(self._cell.trials[number])
                self._passed.add(number)
            self._position += 1
        waiting = any(not future.done() for future in self._futures.values())
        self._held_since = monotonic() if waiting else None

    def _release_overdue(self) -> None:
        """A searcher that is not deterministic may never ask for what the log has next."""
        held = self._held_since is not None and self._position < len(self._log)
        if held and monotonic() - (self._held_since or 0) > HOLD_S:
            self.diverged = True
            self._release()

    def _run(self, number: int) -> None:
        """In a thread of the pool."""
        start = self._cell.started[number]
        try:
            result = self._bench.run(start.candidate, share=start.share, smoke=start.smoke)
        except BaseException as error:  # a fault of the host: the searcher's thread reports it
            self._futures[number].set_exception(error)
            return
        with self._lock:
            self._record(number, result)

    def _record(self, number: int, result: Result) -> None:
        """Write `finished`, and only then hand the trial over."""
        start = self._cell.started[number]
        trial = Trial(
            number, start.candidate, start.share, result.status, result.score, result.items,
            result.metrics, result.usage, result.detail[-DETAIL_CHARS:],
        )  # fmt: skip
        predictions = self._ledger.put(result.predictions) if result.predictions else None
        row = {
            name: value
            for name, value in trial.to_json().items()
            if name not in {"candidate", "share"}
        }
        self._ledger.append("finished", {**row, "predictions": predictions}, cell=self._cell.key)
        self._cell.trials[number] = trial
        if predictions:
            self._predictions[number] = predictions
        self._meter.settle(trial.usage)
        self._watch(self._cell, trial)
        if number in self._futures:
            self._hand_over(trial)

    def _hand_over(self, trial: Trial) -> None:
        self.active_at = monotonic()
        future = self._futures[trial.number]
        if not future.done():
            self._history.append(trial)
            future.set_result(trial)

    @property
    def busy(self) -> bool:
        """An evaluation is under way."""
        with self._lock:
            self._release_overdue()
            return any(not future.done() for future in self._futures.values())

    @property
    def usage(self) -> Usage:
        return self._meter.usage


def recordable(candidate: Any) -> Candidate:
    """A candidate that JSON can hold; what it cannot is kept as text and will be invalid.

    Raises PluginError for anything that is not a Candidate.
    """
    if not isinstance(candidate, Candidate):
        raise PluginError(f"proposed a {type(candidate).__name__}; propose a toolkit.Candidate")
    try:
        plain = json.loads(json.dumps(candidate.to_json(), allow_nan=False))
    except (TypeError, ValueError):
        overrides = {str(name): _plain(value) for name, value in dict(candidate.overrides).items()}
        plain = {"overrides": overrides, "patch": str(candidate.patch), "note": str(candidate.note)}
    return Candidate.from_json(plain)


def _plain(value: Any) -> Any:
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError):
        return repr(value)
