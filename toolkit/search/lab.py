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
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from time import monotonic
from typing import Any

from ..bench.shares import Prices
from ..errors import BudgetSpent, PluginError, UserError
from ..ledger.notebook import Notebook
from ..ledger.state import CellState, Started
from ..llm.gateway import Gateway
from ..llm.provider import Answer, LlmError, Messages
from ..patches.pristine import Pristine
from ..records import DETAIL_CHARS, Candidate, Failure, Scored, Trial, Usage, parse
from ..study import space
from ..study.objective import Nouns, Objective
from ..study.space import Param
from ..text import plain, short
from .budget import BudgetView, Meter
from .desk import Desk

HOLD_S = 30.0
REFUSALS = 1000
CLOSED_S = 0.05


class Abandoned(BaseException):
    """Ends a searcher whose lab is closed: it asked on after its budget, or the run stops."""


# told of each trial as it becomes part of the record
Watcher = Callable[[CellState, Trial], None]


@dataclasses.dataclass(frozen=True)
class Program:
    """What a searcher is given of a study: the files that it may edit, and what may be set."""

    pristine: Pristine
    space: Mapping[str, Param]
    brief: str
    objective: Objective = dataclasses.field(default_factory=Objective)
    nouns: Nouns = dataclasses.field(default_factory=Nouns)


class Lab:
    """One cell's lab; thread-safe. It holds no bench, task, vault or ledger (see desk.py)."""

    def __init__(
        self,
        program: Program,
        prices: Prices,
        desk: Desk,
        notebook: Notebook,
        cell: CellState,
        baseline: Trial,
        meter: Meter,
        *,
        baseline_predictions: str | None = None,
        watch: Watcher = lambda cell, trial: None,
        gateway: Gateway | None = None,
    ) -> None:
        self.space: Mapping[str, Param] = program.space
        self.sources: Mapping[str, str] = program.pristine.sources
        self.brief = program.brief
        self.objective, self.nouns = program.objective, program.nouns
        self.baseline = baseline
        self.seed = cell.seed
        # a text seed is hashed with SHA-512: the same under every PYTHONHASHSEED
        self.rng = random.Random(f"{cell.searcher}:{cell.seed}")
        self.budget = BudgetView(meter)
        self.active_at = monotonic()
        self.diverged = False
        self._pristine, self._prices, self._desk = program.pristine, prices, desk
        self._notebook, self._cell = notebook, cell
        self._meter, self._watch = meter, watch
        self._gateway = gateway
        self._completing = 0
        self._predictions = dict(cell.predictions)
        if baseline_predictions:
            self._predictions[0] = baseline_predictions
        self._history: list[Trial] = []
        self._lock = threading.RLock()
        self._idle = threading.Condition(self._lock)
        self._log = list(cell.log)
        self._position = 0
        self._known = _by_question(cell)
        self._latest = _latest(cell)
        self._live = False
        self._claimed: set[int] = set()
        self._charged: set[int] = set()
        self._passed: set[int] = set()
        self._running: set[int] = set()
        self._futures: dict[int, Future[Trial]] = {}
        self._outbox: deque[Trial] = deque()
        self._delivering = threading.Lock()
        self._next = max(cell.started, default=0) + 1
        self._refusals = 0
        self._held_since: float | None = None
        self.fault: BaseException | None = None
        self.closed = ""

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
        return self._pristine.patched(candidate.patch)

    def edit(self, candidate: Candidate, files: Mapping[str, str | None]) -> Candidate:
        """The candidate with whole new texts for some files; None deletes one.

        Raises PatchError where a file may not be edited, or the entry point is deleted.
        """
        return dataclasses.replace(candidate, patch=self._pristine.edited(candidate.patch, files))

    def evaluate(self, candidate: Candidate, *, share: float = 1.0) -> Trial:
        """Run and judge a candidate; blocks. Raises BudgetSpent."""
        return self.submit(candidate, share=share).result()

    def submit(self, candidate: Candidate, *, share: float = 1.0) -> Future[Trial]:
        """Start an evaluation; the future is resolved once it is on record."""
        if not 0 < share <= 1:
            raise UserError(f"share must be in (0, 1], got {share!r}")
        return self._submit(candidate, share, smoke=False)

    def smoke(self, candidate: Candidate) -> Trial:
        """Run a few fixed items, charged as the share that they are."""
        share = self._prices.smoke / self._prices.full
        return self._submit(candidate, share, smoke=True).result()

    def failures(self, trial: Trial, *, limit: int) -> list[Failure]:
        """Items of the search split that a trial got wrong, the worst first."""
        name = self._predictions.get(trial.number)
        return self._desk.failures(self._notebook.get(name), trial.items, limit) if name else []

    def complete(self, messages: Messages, *, stage: str = "propose", **options: Any) -> Answer:
        """A reply of the run's language model to [{"role", "content"}]; metered and journalled.

        It is a text that also says whether it is whole (`ending`, `problem`).

        Prompts must not hold wall time, paths, addresses or what is left of the budget: a resumed
        run asks again and is answered from the journal. options go to the provider as they are.
        Raises LlmError where there is no model, or where it sends no answer several times in a row;
        BudgetSpent at --max-usd.
        """
        if self._gateway is None:
            raise LlmError(
                "this run has no language model: add --llm openai:MODEL, --llm inbox:DIR or "
                "--llm recorded:FILE"
            )
        with self._lock:
            if self.closed:
                raise Abandoned(self.closed)
            history = tuple(self._history)
            self._completing += 1
        try:
            text, usage = self._gateway.complete(messages, history, stage, options)
            self._meter.settle(usage)
        finally:
            with self._lock:
                self._completing -= 1
                self.active_at = monotonic()
        return text

    def drain(self) -> None:
        """Wait until nothing runs; a fault of the host is raised here if nobody saw it yet."""
        with self._idle:
            while self._running and not self.fault and not self.closed:
                self._idle.wait(1.0)
        if self.fault:
            raise self.fault

    def close(self, reason: str) -> None:
        """From here on nothing is started and nothing recorded."""
        with self._idle:
            self.closed = self.closed or reason
            self._idle.notify_all()

    def settle_orphans(self) -> None:
        """End the attempts that a kill cut off and that the replay did not ask for again.

        They stay charged: each may have run, and nobody waits for its result any more.
        """
        with self._lock:
            for number in sorted(self._cell.started):
                if number not in self._claimed and number not in self._cell.trials:
                    self._record(
                        number, Scored(status="lost", detail="the run was stopped in mid-trial")
                    )

    def _submit(self, candidate: Candidate, share: float, smoke: bool) -> Future[Trial]:
        candidate = recordable(candidate)
        with self._lock:
            if self.closed:
                time.sleep(CLOSED_S)  # a searcher that swallows this must not take the core
                raise Abandoned(self.closed)
            number = self._claim(candidate, share, smoke)
            future = (
                self._start(candidate, share, smoke) if number is None else self._replay(number)
            )
            self.active_at = monotonic()
        self._deliver()
        return future

    def _claim(self, candidate: Candidate, share: float, smoke: bool) -> int | None:
        """The first recorded start of this candidate that nobody has asked for yet."""
        waiting = self._known.get((candidate.digest, share, smoke))
        return waiting.popleft() if waiting else None

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
            self._record(
                number, Scored(status="lost", detail="the machine failed this trial twice")
            )
            return
        self._cell.begin(number, start.candidate, start.share, start.questions, start.smoke)
        self._write_start(number)
        self._launch(number)

    def _start(self, candidate: Candidate, share: float, smoke: bool) -> Future[Trial]:
        self._go_live()
        questions = self._price(candidate, share, smoke)
        try:
            self._meter.reserve(questions)
        except BudgetSpent:
            self._refusals += 1
            if self._refusals > REFUSALS:
                self.closed = "asked for more after its budget was spent"
                raise Abandoned(self.closed) from None
            raise
        number, self._next = self._next, self._next + 1
        self._claimed.add(number)
        self._charged.add(number)
        self._cell.begin(number, candidate, share, questions, smoke)
        if not smoke:
            self._latest[candidate.digest] = self._cell.started[number]
        self._write_start(number)
        future = self._futures[number] = Future()
        self._launch(number)
        return future

    def _price(self, candidate: Candidate, share: float, smoke: bool) -> int:
        """Questions to charge: the whole share, or for a promotion only what it adds.

        A promotion is the same candidate at a larger share than its last start, which came out
        well. All of the larger share is run, so that a score never depends on how a program got
        there; what is asked a second time was paid the first time. A second promotion beside one
        that still runs adds nothing to that one: it is charged whole.
        """
        if smoke:
            return self._prices.smoke
        asked = self._prices.of(share)
        last = self._latest.get(candidate.digest)
        trial = self._cell.trials.get(last.number) if last else None
        if trial is None or not trial.ok or trial.share >= share:
            return asked
        return asked - self._prices.of(trial.share) or asked

    def _launch(self, number: int) -> None:
        start = self._cell.started[number]
        self._running.add(number)
        run = self._desk.run(self._cell.key, start.candidate, share=start.share, smoke=start.smoke)
        run.add_done_callback(partial(self._finish, number))

    def _write_start(self, number: int) -> None:
        start = self._cell.started[number]
        self._notebook.append(
            "started",
            {
                "number": number,
                "candidate": self._notebook.put(start.candidate.to_json()),
                "share": start.share,
                "questions": start.questions,
                "smoke": start.smoke,
            },
        )

    def _go_live(self) -> None:
        """From here on every recorded attempt counts, also those the replay did not ask for."""
        if self._live:  # what starts from now on is claimed as it starts
            return
        self._live = True
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
                self._outbox.append(self._cell.trials[number])
            elif kind == "finished":
                self._history.append(self._cell.trials[number])
                self._passed.add(number)
            self._position += 1
        held = self._position < len(self._log) and bool(self._futures)
        self._held_since = (self._held_since or monotonic()) if held else None

    def _release_overdue(self) -> None:
        """A searcher that is not deterministic may never ask for what the log has next."""
        since = self._held_since
        if since is not None and monotonic() - max(since, self.active_at) > HOLD_S:
            self.diverged = True
            self._release()

    def _finish(self, number: int, run: Future[Scored]) -> None:
        """In a thread of the desk. What fails here is the host's fault, not the searcher's."""
        try:
            if not run.cancelled():
                result = run.result()
                with self._idle:
                    if not self.closed:
                        self._record(number, result)
        except BaseException as error:
            self.fault = error
            self._futures[number].set_exception(error)
        finally:
            with self._idle:
                self._running.discard(number)
                self._idle.notify_all()
        self._deliver()

    def _record(self, number: int, result: Scored) -> None:
        """Write `finished`, and only then put the trial out for delivery."""
        start = self._cell.started[number]
        result = dataclasses.replace(result, detail=result.detail[-DETAIL_CHARS:])
        trial = Trial(
            number=number, candidate=start.candidate, share=start.share, **result.fields()
        )
        predictions = self._notebook.put(result.outputs) if result.outputs else None
        row = {"number": number, **result.row()}
        row |= {"predictions": predictions, "isolation": self._desk.isolation}
        self._notebook.append("finished", row)
        self._cell.trials[number] = trial
        if predictions:
            self._predictions[number] = predictions
        self._meter.settle(trial.usage)
        self.active_at = monotonic()
        self._watch(self._cell, trial)
        if number in self._futures:
            self._outbox.append(trial)

    def _deliver(self) -> None:
        """Resolve futures in the order of the log, outside the lock: callbacks may call the lab.

        One thread at a time delivers; what another adds meanwhile is taken along.
        """
        while self._outbox and self._delivering.acquire(blocking=False):
            try:
                while self._outbox:
                    trial = self._outbox.popleft()
                    with self._lock:
                        self._history.append(trial)
                    future = self._futures[trial.number]
                    if not future.done():
                        future.set_result(trial)
            finally:
                self._delivering.release()

    @property
    def busy(self) -> bool:
        """An evaluation or a completion is under way."""
        with self._lock:
            self._release_overdue()
        self._deliver()
        return bool(self._running or self._completing)

    @property
    def usage(self) -> Usage:
        return self._meter.usage


def _by_question(cell: CellState) -> dict[tuple[str, float, bool], deque[int]]:
    """{(digest, share, smoke): numbers of the recorded starts, in order}"""
    found: dict[tuple[str, float, bool], deque[int]] = {}
    for number in sorted(cell.started):
        start = cell.started[number]
        key = (start.candidate.digest, start.share, start.smoke)
        found.setdefault(key, deque()).append(number)
    return found


def _latest(cell: CellState) -> dict[str, Started]:
    """{candidate's digest: its last recorded start, smoke runs aside}"""
    starts = (cell.started[number] for number in sorted(cell.started))
    return {start.candidate.digest: start for start in starts if not start.smoke}


def recordable(candidate: Any) -> Candidate:
    """A candidate that JSON can hold; what it cannot is kept as text and will be invalid.

    Raises PluginError for anything that is not a Candidate.
    """
    if not isinstance(candidate, Candidate):
        raise PluginError(f"proposed a {type(candidate).__name__}; propose a toolkit.Candidate")
    try:
        text = json.dumps(candidate.to_json(), allow_nan=False, ensure_ascii=False)
        return Candidate.from_json(parse(text.encode()))  # half a surrogate pair ends here
    except (TypeError, ValueError, RecursionError):
        overrides = {
            _utf8(name): _plain(value) for name, value in dict(candidate.overrides).items()
        }
        return Candidate(overrides, _plain_patch(candidate.patch), _utf8(candidate.note))


def _utf8(value: Any) -> str:
    return plain(value).encode(errors="backslashreplace").decode()


def _plain(value: Any) -> Any:
    try:
        return parse(json.dumps(value, allow_nan=False, ensure_ascii=False).encode())
    except (TypeError, ValueError):
        return _written(value)
    except RecursionError:  # which Python cannot write either
        return f"a {type(value).__name__} that is nested too deep"


def _written(value: Any) -> str:
    try:
        return ascii(value)
    except Exception:  # a number of 5,000 digits, or a repr that raises
        return short(value)


def _plain_patch(patch: Any) -> str:
    """As it is where it is a text in UTF-8; else on one line, which is no patch any more."""
    try:
        return patch.encode().decode()  # type: ignore[no-any-return]
    except (AttributeError, UnicodeEncodeError):
        return _written(patch)
