"""Progress while a comparison runs: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from math import inf
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from ..figures import counted
from ..ledger.cell import CellState
from ..records import Trial
from ..report.wording import alone
from ..search.cells import Observer, Plan
from ..study.study import Study
from ..text import visible
from . import output

PLAIN_EVERY = 10
ON_RECORD = ("trial is", "trials are")


@dataclass
class CellProgress:
    """Progress of a cell, kept up to date: to walk over all trials at each of them adds up."""

    began_s: float
    best: Trial | None = None
    done: int = 0
    failed: int = 0
    charged: int = 0
    before: int = 0
    """items that were charged before this command"""
    _read: int = 0

    def finished(self, trial: Trial) -> None:
        self.done += 1
        self.failed += not trial.ok
        better = self.best is None or _rank(trial) > _rank(self.best)
        if trial.ok and trial.share == 1 and better:
            self.best = trial

    def follow(self, cell: CellState) -> None:
        """Count the starts that are new in the cell's log."""
        new = cell.log[self._read :]
        self._read += len(new)
        started = (number for kind, number in new if kind == "started")
        self.charged += sum(cell.started[number].items for number in started)


def _rank(trial: Trial) -> tuple[float, int]:
    """Order of trials by score; the earliest of equals stays the best."""
    return (-inf if trial.score is None else trial.score, -trial.number)


class Display(Observer):
    """Display of a comparison, on stderr, so that stdout stays the result.

    The comparison's threads tell it what happens.
    """

    def __init__(self, folder: Path, plan: Plan, study: Study, isolation: str, full: int) -> None:
        """A display of a plan. full: items in the search split, the price of one trial."""
        self.plan, self._full, self._objective = plan, full, study.objective
        self._cells: dict[str, CellState] = {}
        self._progress_of: dict[str, CellProgress] = {}
        self._over: set[str] = set()
        self._lock = threading.Lock()
        self._console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self._live = self._make_live()
        self.note(
            f"{study.name}: {counted(len(plan.cells), 'cell')} x "
            f"{counted(plan.budget.trials, 'trial')}, {plan.slots} at a time, "
            f"isolation: {isolation}, run folder {folder}"
        )

    def _make_live(self) -> Live | None:
        """A live table needs a terminal that can move its cursor."""
        dumb = os.environ.get("TERM", "") in {"dumb", "unknown"}
        if dumb or not self._console.is_terminal:
            return None
        return Live(
            console=self._console, refresh_per_second=4, transient=True,
            get_renderable=self._table,
        )  # fmt: skip

    def __enter__(self) -> Display:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    def note(self, text: str) -> None:
        if self._live and self._live.is_started:
            self._live.console.print(visible(text), soft_wrap=True)
        else:
            output.note(text)

    def begun(self, cell: CellState) -> None:
        seen = CellProgress(time.monotonic())
        for trial in cell.trials.values():
            seen.finished(trial)
        seen.follow(cell)
        seen.before = seen.charged
        with self._lock:
            self._cells[cell.key], self._progress_of[cell.key] = cell, seen
        if cell.trials:
            way = "goes on from there" if cell.live else "asks again and is answered from there"
            known = counted(len(cell.trials), *ON_RECORD)
            self.note(f"{cell.name}: {known} on record; its searcher {way}")

    def finished(self, cell: CellState, trial: Trial) -> None:
        with self._lock:
            seen = self._progress_of[cell.key]
            seen.finished(trial)
            seen.follow(cell)
        best = seen.best
        if self._live or not (best is trial or seen.done % PLAIN_EVERY == 0):
            return
        found = self._level(best)
        self.note(
            f"{cell.name}: trial {trial.number} {trial.status}, best {found}, {seen.done} done, "
            f"{seen.failed} failed, {self._left(seen)} left"
        )

    def ended(self, cell: CellState) -> None:
        with self._lock:
            self._over.add(cell.key)
            seen = self._progress_of[cell.key]
            seen.follow(cell)
        if not self._live:
            best, charged = seen.best, seen.charged / self._full
            found = "no whole trial succeeded" if best is None else f"best {self._level(best)}"
            outcome = cell.ended["status"] if cell.ended else "stopped"
            spent = counted(float(f"{charged:.4g}"), "trial")
            if seen.done != charged:
                spent += f" in {counted(seen.done, 'evaluation')}"
            self.note(f"{cell.name}: {outcome}, {spent}, {found}")

    def _level(self, best: Trial | None) -> str:
        """A trial's objective in its own direction and unit; `-` for none."""
        if best is None or best.score is None:
            return "-"
        return alone(self._objective, self._objective.shown(best.score), more=1)

    def _left(self, seen: CellProgress) -> str:
        """Estimated time to the end of the cell, from this command's own pace."""
        done = seen.charged - seen.before
        if done <= 0:
            return "?"
        pace = (time.monotonic() - seen.began_s) / done
        seconds = max(0.0, self.plan.budget.trials * self._full - seen.charged) * pace
        return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False)
        for heading in ("cell", "best", "trials", "failed", "left"):
            table.add_column(heading, justify="left" if heading == "cell" else "right")
        with self._lock:
            for spec in self.plan.cells:
                cell = self._cells.get(spec.key)
                if cell is None:
                    table.add_row(f"{spec.alias}-{spec.seed}", "", "waiting", "", "")
                    continue
                seen = self._progress_of[spec.key]
                seen.follow(cell)
                left = "done" if spec.key in self._over else self._left(seen)
                table.add_row(
                    cell.name,
                    self._level(seen.best),
                    f"{seen.charged / self._full:.4g}/{self.plan.budget.trials:g}",
                    str(seen.failed),
                    left,
                )
        return table
