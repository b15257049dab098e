"""A whole comparison: baseline, floors, cells, champions on the sealed test split.

Every step looks into the ledger first and does only what is not there yet, so the same
command resumes, and a finished run runs nothing.
"""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import interrupts
from .attribution.progress import Progress
from .bench import shuffle
from .bench.bench import Bench
from .bench.tally import HOST, UNACCOUNTED, Reconciliation
from .errors import AnotherRun, BudgetSpent, PluginError, UserError
from .ledger.ledger import Ledger
from .ledger.notebook import Scribe
from .ledger.state import (
    BASELINE,
    BEST_CONSTANT,
    REFUSE_ALL,
    SPLITS,
    WRONG_MEMORY,
    CellState,
    Split,
    State,
    apply,
    load,
    wrong_memory,
)
from .llm.gateway import Channel, Gateway
from .llm.provider import LlmError, RecordingEnded
from .plugins import reason
from .records import DETAIL_CHARS, Candidate, Scored, Trial, canonical, digest
from .search.budget import Budget, Meter
from .search.desk import Desk
from .search.lab import Lab, Program
from .search.searcher import Outline, Searcher, refusal
from .text import said

if TYPE_CHECKING:
    from .integrity.checks import Scoring

STALL_S = 900.0


@dataclass(frozen=True)
class CellSpec:
    """A searcher under an alias with options and one seed."""

    alias: str
    searcher: str
    factory: Callable[..., Any]
    options: Mapping[str, Any]
    seed: int
    model: str | None = None
    uses_llm: bool = False

    @property
    def key(self) -> str:
        """A changed option is another cell: it never replays another sampler's trials."""
        parts = [self.alias, self.searcher, dict(self.options), self.model, self.seed]
        return f"{self.alias}-{self.seed}-{digest(canonical(parts))[:8]}"

    def make(self) -> Searcher:
        """A fresh searcher; raises PluginError where it is none, and what its options raise."""
        made: Searcher = self.factory(**self.options)
        if not callable(getattr(made, "run", None)):
            raise PluginError(
                f"searcher {self.alias!r} ({type(made).__name__}) has no method run(lab): write "
                "one, or derive from toolkit.AskTell and write ask() and tell(trial)"
            )
        return made


@dataclass(frozen=True)
class Plan:
    """What one command asks for. slots: cells, and evaluations, at a time.

    search_only: the baseline and the cells, and nothing that only a report needs.
    """

    cells: Sequence[CellSpec]
    budget: Budget
    slots: int = 1
    stall_s: float = STALL_S
    channel: Channel | None = None
    search_only: bool = False


@dataclass
class Observer:
    """What a display is told; by default nothing is shown."""

    note: Callable[[str], None] = lambda text: None
    cell: Callable[[CellState], None] = lambda cell: None
    trial: Callable[[CellState, Trial], None] = lambda cell, trial: None
    ended: Callable[[CellState], None] = lambda cell: None


@dataclass
class Comparison:
    """The steps of one command on an open ledger."""

    bench: Bench
    ledger: Ledger
    plan: Plan
    observer: Observer = field(default_factory=Observer)
    state: State = field(init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False)
    _labs: list[Lab] = field(default_factory=list, init=False)
    _fault: BaseException | None = field(default=None, init=False)
    _halted: bool = field(default=False, init=False)
    _reconciliation: Reconciliation = field(init=False)

    def run(self) -> State:
        """Raises UserError where the baseline itself does not run."""
        self.state = load(self.ledger)
        self._begin()
        try:
            self._baseline()
            self.bench.expect(self.state.baseline_s)  # from the ledger: resumed, the same limit
            if self.plan.search_only:
                self._cells()
            else:
                self._all_steps()
        finally:
            self._halt("the run was stopped")
        return load(self.ledger)

    def _all_steps(self) -> None:
        self._liveness()
        self._floors()
        self._cells()
        self._champions()
        self._attribution()
        self._integrity()
        self._reconcile()

    def _reconcile(self) -> None:
        """A thread that a searcher left behind may still have been at work after the search."""
        found = self._reconciliation.after()
        if found:
            known = Counter(self.state.findings.get(UNACCOUNTED, {}))
            self._write("finding", {"name": UNACCOUNTED, "value": dict(known + Counter(found))})

    def _halt(self, reason: str) -> None:
        """Nothing is started or recorded from here on: a half-stopped run writes no false facts."""
        with self._lock:
            self._halted = True
        for lab in self._labs:
            lab.close(reason)

    def _begin(self) -> None:
        known = self.state.study.get("digest")
        if known not in (None, self.bench.study.digest):
            self._replace()
            known = None
        self._refuse_less()
        if known is None:
            self._write("study", self.bench.description())
        self.bench.shuffle_by(shuffle.of_run(self.state, self.ledger))
        command = {
            "budget": self.plan.budget.trials,
            "max_seconds": self.plan.budget.max_seconds,
            "cells": [spec.key for spec in self.plan.cells],
        }
        last = {name: value for name, value in self._last_command().items() if name != "at"}
        if last != command:
            self._write("command", command)

    def _replace(self) -> None:
        """Begin anew where another study's run came to nothing; raises AnotherRun where it did."""
        folder, name = self.ledger.folder, self.state.study["name"]
        trials = sum(len(cell.trials) for cell in self.state.cells.values())
        if trials:
            raise AnotherRun(
                f"{folder} holds a run of another study, or of an earlier version of this one: "
                f"{name}, {trials} finished trial{'s' * (trials > 1)}"
            )
        self.ledger.clear()
        self.state = load(self.ledger)
        self.observer.note(
            f"the run of {name} in {folder} had no finished trial and the study has changed: this "
            "run takes its place"
        )

    def _refuse_less(self) -> None:
        """A table never compares cells that were given unequal budgets."""
        full = self.bench.full
        for spec in self.plan.cells:
            cell = self.state.cells.get(spec.key)
            if cell and cell.charged > self.plan.budget.trials * full:
                raise UserError(
                    f"{cell.name} has spent {cell.charged / full:g} trials in "
                    f"{self.ledger.folder}, more than --budget {self.plan.budget.trials:g}; give "
                    f"at least --budget {cell.charged / full:g}, or another folder with --out"
                )

    def _last_command(self) -> Mapping[str, Any]:
        return self.state.commands[-1] if self.state.commands else {}

    def _write(self, kind: str, data: Any) -> None:
        apply(self.state, self.ledger.append(kind, data), self.ledger)

    def _assess(self, subject: str, split: Split, run: Callable[[], Scored], purpose: str) -> None:
        """Score once and keep; every opening of the test split is logged before it happens.

        What the machine failed, and a baseline that did not run, are tried again.
        """
        with self._lock:
            known = self.state.assessments.get((subject, split))
            retry = known and (known.status == "lost" or subject == BASELINE) and not known.ok
            if self._halted or (known and not retry):
                return
            if split == "test":
                opened = {"subject": subject, "by": "compare", "purpose": purpose}
                self._write("opened", opened)
        result = run()
        row = {**result.row(), "subject": subject, "split": split}
        with self._lock:
            if not self._halted:
                row["predictions"] = self.ledger.put(result.outputs) if result.outputs else None
                self._write("assessed", row)

    def _assess_all(self, scorings: Iterable[Scoring], stage: tuple[str, str]) -> None:
        """As many at a time as there are slots. stage: what a progress line says of it."""
        progress = Progress(self.observer.note)
        progress.begin(*stage)
        with _pool(self.plan.slots) as pool:
            waiting = [
                pool.submit(self._assess, one.subject, one.split, one.run, one.purpose)
                for one in scorings
            ]
            for done, future in enumerate(waiting, start=1):
                future.result()
                progress.step(f"{done} of {len(waiting)} programs")

    def _assess_candidates(self, candidates: Iterable[Candidate], purpose: str) -> None:
        """Programs on the test split."""
        from .integrity.checks import Scoring

        programs = {candidate.digest: candidate for candidate in candidates}
        scorings = (
            Scoring(name, "test", purpose, partial(self.bench.run, one, "test", by=HOST))
            for name, one in programs.items()
        )
        self._assess_all(scorings, (purpose, "scored on the sealed split"))

    def _baseline(self) -> None:
        for split in SPLITS:
            run = partial(self.bench.run, Candidate(), split, by=HOST)
            self._assess(BASELINE, split, run, "baseline")
            found = self.state.assessments[BASELINE, split]
            if found.status != "ok":
                raise UserError(
                    f"the unchanged program does not run on the {split} split "
                    f"({found.status}): {found.detail}\nmend the code under study, its task or "
                    "its [limits] and type the same command again"
                )

    def _liveness(self) -> None:
        if "dead_parameters" not in self.state.findings:
            dead = self.bench.dead_parameters()
            self._write("finding", {"name": "dead_parameters", "value": dead})
        for name in self.state.findings["dead_parameters"]:
            self.observer.note(f"parameter {name!r} is dead: its extremes change no prediction")

    def _floors(self) -> None:
        """Refusing everything, the constant best on the search split, and a wrong memory."""
        constants = dict(self.bench.task.constants())
        if "refuse" in constants:
            self._constant(f"floor:{REFUSE_ALL}", constants.pop("refuse"))
        rated = {
            answer: self.bench.constant(answer, "search").score or 0.0
            for answer in constants.values()
        }
        if rated:
            self._constant(f"floor:{BEST_CONSTANT}", max(rated, key=rated.__getitem__))
        for split in SPLITS:
            if len(self.bench.items[split]) > 1:
                run = partial(self.bench.run, Candidate(), split, wrong_memory=True, by=HOST)
                self._assess(f"floor:{WRONG_MEMORY}", split, run, "floors")

    def _constant(self, subject: str, answer: str) -> None:
        for split in SPLITS:
            run = partial(self.bench.constant, answer, split)
            self._assess(subject, split, run, "floors")

    def _cells(self) -> None:
        waiting = deque(spec for spec in self.plan.cells if not self._is_done(spec))
        if not waiting:
            self.observer.note(
                "nothing left to run: every cell has ended at a budget of "
                f"{self.plan.budget.trials:g} trials; a larger --budget goes on from here"
            )
        for spec in self.plan.cells:
            if spec.key not in self.state.cells:
                event = self.ledger.append("cell", _cell_row(spec), cell=spec.key)
                apply(self.state, event, self.ledger)
        self._reconciliation = Reconciliation(self.bench.tally, self.ledger)
        with Desk(self.bench, max(2, self.plan.slots)) as desk, Scribe(self.ledger) as scribe:
            workers = [
                threading.Thread(target=self._work, args=(waiting, desk, scribe), daemon=True)
                for _ in range(min(self.plan.slots, len(waiting)))
            ]
            for worker in workers:
                worker.start()
            try:
                for worker in workers:
                    while worker.is_alive():  # join in steps, so that Ctrl-C gets through
                        worker.join(0.2)
            except BaseException:
                self._halt("the run was stopped")
                raise
        if self._fault:
            raise self._fault

    def _is_done(self, spec: CellSpec) -> bool:
        cell = self.state.cells.get(spec.key)
        if cell is None or cell.ended is None or cell.ended["status"] != "finished":
            return False
        limit = self.plan.budget.max_seconds
        wider = limit is None or limit > (cell.ended["max_seconds"] or float("inf"))
        timed_out = cell.ended["max_seconds"] is not None and wider
        return cell.ended["budget"] >= self.plan.budget.trials and not timed_out

    def _work(self, waiting: deque[CellSpec], desk: Desk, scribe: Scribe) -> None:
        """Cells one after the other. A fault of the host stops all of them."""
        while not self._halted:
            try:
                spec = waiting.popleft()
            except IndexError:
                return
            try:
                self._cell(spec, desk, scribe)
            except BaseException as fault:
                self._fault = self._fault or fault
                self._halt("the host failed")

    def _cell(self, spec: CellSpec, desk: Desk, scribe: Scribe) -> None:
        cell, notebook = self.state.cells[spec.key], scribe.notebook(spec.key)
        gateway = None
        if spec.uses_llm and self.plan.channel:
            gateway = Gateway(self.plan.channel, notebook, cell)
        study = self.bench.study
        lab = Lab(
            Program(study.pristine, study.space, study.brief), self.bench.prices, desk,
            notebook, cell, self.state.baseline, Meter(self.plan.budget, self.bench.full),
            baseline_predictions=self.state.baseline_predictions, watch=self.observer.trial,
            gateway=gateway,
        )  # fmt: skip
        self._labs.append(lab)
        self.observer.cell(cell)
        status, detail = self._search(spec, lab)
        if self._halted:
            return
        if status == "finished" and not cell.started:
            status, detail = "failed", f"searcher {spec.alias!r} proposed nothing"
        lab.close("its cell has ended")  # a searcher left behind spends nothing more
        lab.settle_orphans()
        ended = {
            "status": status,
            "detail": detail[:DETAIL_CHARS],
            "budget": self.plan.budget.trials,
            "max_seconds": self.plan.budget.max_seconds,
            "diverged": lab.diverged,
            "mismatches": gateway.mismatches if gateway else 0,
            "unaccounted": self._reconciliation.ended(cell),
        }
        if cell.ended != ended:
            self.ledger.append("ended", ended, cell=spec.key)
            cell.ended = ended
        self.observer.ended(cell)

    def _search(self, spec: CellSpec, lab: Lab) -> tuple[str, str]:
        """Run one searcher to its end; (status, detail). A stalled one is left behind."""
        outcome: list[tuple[str, str]] = []
        thread = threading.Thread(target=lambda: outcome.append(_drive(spec, lab)), daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(0.2)
            if lab.closed and thread.is_alive():
                thread.join(1.0)
                break
            idle = time.monotonic() - lab.active_at
            if not lab.busy and idle > self.plan.stall_s and thread.is_alive():
                return "failed", f"searcher {spec.alias!r} did nothing for {idle:.0f} s"
        if lab.fault:
            raise lab.fault
        return outcome[0] if outcome else ("failed", f"searcher {spec.alias!r} {lab.closed}")

    def _champions(self) -> None:
        """Every incumbent on the sealed split, so that the anytime curve needs no guess.

        Nothing here is told to a searcher, and the champion was chosen on the search split.
        """
        cells = [self.state.cells[spec.key] for spec in self.plan.cells]
        lines = [[trial for _, trial in self.state.line(cell)] for cell in cells]
        better = (trial.candidate for line in lines for trial in line if trial.number)
        self._assess_candidates(better, "champions and what led to them")
        for line in lines:
            best = line[-1]
            if best.number and len(self.bench.items["test"]) > 1:
                run = partial(self.bench.run, best.candidate, "test", wrong_memory=True, by=HOST)
                self._assess(wrong_memory(best), "test", run, "floors")

    def _attribution(self) -> None:
        """What the champions' gains came from, on an account of its own."""
        # numpy is loaded by those who attribute
        from .attribution.champions import MOST_STEPS, attribute
        from .attribution.measure import Measurements
        from .attribution.values import Effort

        cells = [self.state.cells[spec.key] for spec in self.plan.cells]
        measured = Measurements(
            self.bench, self.ledger, self.state, self.plan.slots, Progress(self.observer.note)
        )
        attribute(measured, cells, Effort(), most=MOST_STEPS)

    def _integrity(self) -> None:
        """What the champions' edits hold, and whether their answers depend on how one asks."""
        cells = [self.state.cells[spec.key] for spec in self.plan.cells]
        self.observer.note("integrity: reading the edits, asking the champions in other ways")
        from .integrity.checks import Checks  # reads edits, which a mere search does not

        checks = Checks(self.bench, self.state, self.ledger, cells)
        for found in checks.readings():
            self._write("checked", found)
        self._assess_all(checks.scorings(), ("integrity", "asked in other ways"))
        for found in checks.differences():
            self._write("checked", found)


def _cell_row(spec: CellSpec) -> dict[str, Any]:
    return {
        "alias": spec.alias,
        "searcher": spec.searcher,
        "options": dict(spec.options),
        "seed": spec.seed,
        "model": spec.model,
        "independent": _independent(spec),
    }


def _independent(spec: CellSpec) -> bool:
    try:
        return bool(getattr(spec.make(), "independent", False))
    except BaseException as error:  # its cell will fail of it, and say why
        if interrupts.came(error):
            raise
        return False


def _drive(spec: CellSpec, lab: Lab) -> tuple[str, str]:
    try:
        searcher, detail = spec.make(), ""
        refused = refusal(searcher, Outline(lab.space, lab.sources, lab.brief))
        if refused:
            return "failed", f"searcher {spec.alias!r}: {refused}"
        try:
            searcher.run(lab)
        except BudgetSpent as end:
            detail = said(end) if lab.budget.left > 0 else ""  # dollars, seconds, a part of a trial
        lab.drain()
    except RecordingEnded as end:
        if lab.history:
            return "finished", said(end)
        return "failed", f"searcher {spec.alias!r}: {said(end)}"
    except LlmError as error:  # no fault of the searcher, so no traceback of it
        return "failed", f"searcher {spec.alias!r}: {said(error)}"
    except BaseException as error:  # a plugin's fault ends its cell, not the run
        if isinstance(error, UserError) and not isinstance(error, PluginError):
            return "failed", f"searcher {spec.alias!r}: {reason(error)}"
        trace = "".join(traceback.format_exception(error))[-DETAIL_CHARS // 2 :]
        return "failed", f"searcher {spec.alias!r}: {reason(error)}\n{trace}"
    return "finished", detail


@contextlib.contextmanager
def _pool(size: int) -> Iterator[ThreadPoolExecutor]:
    """Threads whose queued work is dropped when something goes wrong."""
    pool = ThreadPoolExecutor(max_workers=max(2, size))
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def run_folder(study_name: str, study_digest: str, root: Path = Path("runs")) -> Path:
    """Where a run lives unless --out says otherwise: a changed study is a new folder."""
    return root / f"{study_name}-{study_digest[:8]}"
