"""Progress while a comparison runs: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from ..compare import Observer, Plan
from ..records import Trial
from ..state import CellState
from ..study import Study
from ..text import visible
from . import output

PLAIN_EVERY = 10


class Display:
    """Told by the comparison's threads; draws on stderr, so that stdout stays the result."""

    def __init__(self, folder: Path, plan: Plan, study: Study, isolation: str, full: int) -> None:
        """full: questions in the search split, the price of one trial."""
        self.plan, self._full = plan, full
        self._cells: dict[str, CellState] = {}
        self._begun: dict[str, tuple[float, float]] = {}
        self._ended: set[str] = set()
        self._lock = threading.Lock()
        self._console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self._live = self._make_live()
        self._say(
            f"{study.name}: {len(plan.cells)} cells x {plan.budget.trials:g} trials, "
            f"{plan.slots} at a time, isolation: {isolation}, run folder {folder}"
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

    def observer(self) -> Observer:
        return Observer(note=self._say, cell=self._cell, trial=self._trial, ended=self._end)

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

    def _say(self, text: str) -> None:
        if self._live and self._live.is_started:
            self._live.console.print(visible(text), soft_wrap=True)
        else:
            output.note(text)

    def _cell(self, cell: CellState) -> None:
        with self._lock:
            self._cells[cell.key] = cell
            self._begun[cell.key] = (time.monotonic(), self._charged(cell))

    def _trial(self, cell: CellState, trial: Trial) -> None:
        if self._live:
            return
        best = _best(cell)
        done = len(cell.trials)
        if best is trial or done % PLAIN_EVERY == 0:
            found = "-" if best is None else f"{best.score:.4f}"
            line = f"{cell.name}: trial {trial.number} {trial.status}, best {found}"
            self._say(f"{line}, {done} done, {_failures(cell)} failed, {self._left(cell)} left")

    def _end(self, cell: CellState) -> None:
        with self._lock:
            self._ended.add(cell.key)
        if not self._live:
            best = _best(cell)
            found = "no whole trial succeeded" if best is None else f"best {best.score:.4f}"
            outcome = cell.ended["status"] if cell.ended else "stopped"
            charged = f"{self._charged(cell):.4g} trials"
            if len(cell.trials) != self._charged(cell):
                charged += f" in {len(cell.trials)} evaluations"
            self._say(f"{cell.name}: {outcome}, {charged}, {found}")

    def _charged(self, cell: CellState) -> float:
        """In trials: a share of one is a part of one."""
        return sum(start.questions for start in list(cell.started.values())) / self._full

    def _left(self, cell: CellState) -> str:
        """Estimated wall time to the end of the cell, from this command's own pace."""
        began, before = self._begun.get(cell.key, (time.monotonic(), 0))
        done = self._charged(cell) - before
        if done <= 0:
            return "?"
        pace = (time.monotonic() - began) / done
        seconds = max(0.0, self.plan.budget.trials - self._charged(cell)) * pace
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
                best = _best(cell)
                left = "done" if spec.key in self._ended else self._left(cell)
                table.add_row(
                    cell.name,
                    "-" if best is None else f"{best.score:.4f}",
                    f"{self._charged(cell):.4g}/{self.plan.budget.trials:g}",
                    str(_failures(cell)),
                    left,
                )
        return table


def _best(cell: CellState) -> Trial | None:
    scored = [t for t in list(cell.trials.values()) if t.ok and t.share == 1]
    return max(scored, key=lambda trial: (trial.score or 0, -trial.number), default=None)


def _failures(cell: CellState) -> int:
    return sum(not trial.ok for trial in list(cell.trials.values()))
