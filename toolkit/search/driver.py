"""Drives the cells of one command: a searcher in a thread of its own, its lab, its end."""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..bench import replicates
from ..bench.bench import Bench
from ..bench.tally import Reconciliation
from ..errors import BudgetSpent, PluginError, UserError
from ..figures import counted
from ..ledger.journal import Journal
from ..ledger.notebook import Scribe
from ..llm.gateway import Gateway
from ..llm.provider import LlmError, RecordingEnded
from ..plugins import reason
from ..records import DETAIL_CHARS
from ..text import plain, said
from .budget import Meter
from .cells import CellSpec, Observer, Plan
from .charges import Unanswered
from .desk import Desk
from .lab import Lab
from .program import Program, by_view
from .scheduler import Scheduler
from .searcher import Outline, Searcher, refusal
from .stations import Stations

UNKEPT = "--max-usd could not be kept: its process told no dollars"
Ending = tuple[str, str]
"""(finished or failed, why)"""


class Driver:
    """Runs the cells of a plan, as many at a time as there are slots."""

    def __init__(self, bench: Bench, journal: Journal, plan: Plan, observer: Observer) -> None:
        self.bench, self.journal, self.plan, self.observer = bench, journal, plan, observer
        self._stations = Stations(journal.ledger.folder, bench.study, weak=plan.weak)
        self._schedulers: list[Scheduler] = []
        self._halted = False
        self._fault: BaseException | None = None
        self._reconciliation: Reconciliation | None = None

    def run(self) -> None:
        """Run what is not done yet; raises what failed in the host."""
        cells = self.journal.state.cells
        waiting = deque(
            spec
            for spec in self.plan.cells
            if spec.key not in cells or not self.plan.covers(cells[spec.key].ended)
        )
        if not waiting:
            self.observer.note(
                "nothing left to run: every cell has ended at a budget of "
                f"{counted(self.plan.budget.trials, 'trial')}; a larger --budget goes on from here"
            )
        for spec in self.plan.cells:
            if spec.key not in cells:
                self.journal.write("cell", spec.row(), cell=spec.key)
        if left := self._stations.clear():
            told = counted(left, "process", "processes")
            self.observer.note(f"ended {told} that an agent of an earlier command had left running")
        self._reconciliation = Reconciliation(self.bench.tally, self.journal.ledger)
        with Desk(self.bench, max(2, self.plan.slots)) as desk, Scribe(self.journal) as scribe:
            self._run(waiting, desk, scribe)
        if self._fault:
            raise self._fault

    def after(self) -> dict[str, int]:
        """Counts of the bench since the search that no record stands for."""
        return self._reconciliation.after() if self._reconciliation else {}

    def halt(self, reason: str) -> None:
        """Stop starting and recording: a half-stopped run writes no false facts."""
        self._halted = True
        for scheduler in self._schedulers:
            scheduler.close(reason)

    def _run(self, waiting: deque[CellSpec], desk: Desk, scribe: Scribe) -> None:
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
            self.halt("the run was stopped")
            raise

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
                self.halt("the host failed")

    def _cell(self, spec: CellSpec, desk: Desk, scribe: Scribe) -> None:
        state, notebook = self.journal.state, scribe.notebook(spec.key)
        cell, meter = state.cells[spec.key], Meter(self.plan.budget, self.bench.full)
        gateway = None
        if spec.uses_llm and self.plan.channel:
            gateway = Gateway(self.plan.channel, notebook, cell)
        scheduler = Scheduler(
            cell, notebook, desk, self.bench.prices, meter, self.observer.finished
        )
        station = self._stations.of(spec.key)
        lab = Lab(
            self._program(cell.objective), scheduler, state.baseline_for(cell),
            baseline_outputs=state.baseline_outputs, gateway=gateway,
            station=station,
        )  # fmt: skip
        self._schedulers.append(scheduler)
        self.observer.begun(cell)
        try:
            status, detail = self._search(spec, lab, scheduler)
        finally:
            station.close()  # also what a searcher that was left behind has started
        if self._halted:
            return
        if status == "finished" and not cell.started:
            status, detail = "failed", f"searcher {spec.alias!r} proposed nothing"
        scheduler.sessions.end(detail.partition("\n")[0] or "its searcher ended before it")
        scheduler.close("its cell has ended")  # a searcher left behind spends nothing more
        scheduler.settle_orphans()
        self._end(scheduler, status, detail, gateway.mismatches if gateway else 0)

    def _program(self, view: str) -> Program:
        """Program as a searcher sees it; a view that it searches for gives the objective's name."""
        study = self.bench.study
        items = {one.id: one for call in self.bench.items["search"] for one in call}
        goal = replace(study.objective, name=view, unit="") if view else study.objective
        return Program(
            study.pristine, study.space, study.brief or study.title, goal,
            study.nouns, study.claim, [one.text for one in study.constraints],
            study.requires, study.standing, study.open_files, self.bench.kinds("search"),
            by_view(self.bench.rule, view),
            items, replicates.has_seeds_of_its_own(study) or study.objective.evidence == "measured",
            study.limits, view,
        )  # fmt: skip

    def _end(self, scheduler: Scheduler, status: str, detail: str, mismatches: int) -> None:
        assert self._reconciliation is not None  # made before any cell runs
        cell, budget = scheduler.cell, self.plan.budget
        if cell.sessions and budget.max_usd is not None and "usd" in cell.untold:
            detail = detail or UNKEPT
        superseded = scheduler.superseded() if status == "finished" else []
        ended: Mapping[str, Any] = {
            "status": status,
            "detail": detail[:DETAIL_CHARS],
            "budget": budget.trials,
            "max_seconds": budget.max_seconds,
            "diverged": scheduler.diverged,
            "mismatches": mismatches,
            "unaccounted": self._reconciliation.ended(cell),
            **({"max_usd": budget.max_usd} if cell.sessions else {}),
            **({"count_waiting": True} if budget.count_waiting else {}),
            **({"superseded": superseded} if superseded else {}),
            **({"stopped": True} if scheduler.stopped and status == "finished" else {}),
            **({"continued": True} if cell.continued or scheduler.went_on else {}),
        }
        if cell.ended != ended:
            self.journal.write("ended", ended, cell=cell.key)
        self.observer.ended(cell)

    def _search(self, spec: CellSpec, lab: Lab, scheduler: Scheduler) -> Ending:
        """Run one searcher to its end. A stalled one is left behind."""
        outcome: list[Ending] = []
        thread = threading.Thread(
            target=lambda: outcome.append(_drive(spec, lab, scheduler)), daemon=True
        )
        thread.start()
        while thread.is_alive():
            thread.join(0.2)
            if scheduler.closed and thread.is_alive():
                thread.join(1.0)
                break
            idle = time.monotonic() - scheduler.active_at
            if not scheduler.busy and idle > self.plan.stall_s and thread.is_alive():
                return "failed", f"searcher {spec.alias!r} did nothing for {idle:.0f} s"
        if scheduler.fault:
            raise scheduler.fault
        return outcome[0] if outcome else ("failed", f"searcher {spec.alias!r} {scheduler.closed}")


def _run(searcher: Searcher, lab: Lab, scheduler: Scheduler) -> str:
    """Run a searcher; a live one goes on from the record, if anything is left to go on with.

    Returns why it ended before its budget, where it says so.
    """
    told = None
    if not getattr(searcher, "live", False) or scheduler.adopt():
        told = searcher.run(lab)
        scheduler.stopped = bool(told)
    return plain(told) if told else ""


def _drive(spec: CellSpec, lab: Lab, scheduler: Scheduler) -> Ending:
    try:
        searcher, detail = spec.make(), ""
        refused = refusal(searcher, Outline.of(lab))
        if refused:
            return "failed", f"searcher {spec.alias!r}: {refused}"
        try:
            detail = _run(searcher, lab, scheduler)
        except BudgetSpent as end:
            detail = said(end) if lab.budget.left > 0 else ""  # dollars, seconds, a part of a trial
        scheduler.drain()
    except RecordingEnded as end:
        if lab.history:
            return "finished", said(end)
        return "failed", f"searcher {spec.alias!r}: {said(end)}"
    except Unanswered as end:
        return "failed", f"searcher {spec.alias!r}: {said(end)}"
    except LlmError as error:  # no fault of the searcher, so no traceback of it
        return "failed", f"searcher {spec.alias!r}: {said(error)}"
    except BaseException as error:  # a plugin's fault ends its cell, not the run
        if isinstance(error, UserError) and not isinstance(error, PluginError):
            return "failed", f"searcher {spec.alias!r}: {reason(error)}"
        trace = "".join(traceback.format_exception(error))[-DETAIL_CHARS // 2 :]
        return "failed", f"searcher {spec.alias!r}: {reason(error)}\n{trace}"
    return "finished", detail
