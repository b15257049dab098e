"""The cells of a run while it goes on: a table with a row for each, or one line."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..figures import counted, dollars
from ..ledger.cell import CellState
from ..records import Trial
from ..report.wording import alone
from ..search.budget import Budget
from ..study.objective import Objective
from ..text import visible
from .progress import CellProgress, Clock
from .sparks import spark

RUNNING_NAMED = 4
SPARK, LEAST_SPARK, BESIDE = 32, 8, 62  # cells of a line of blocks, and of all beside it
ROOM_ROWS = 6  # of a screen that are no rows of cells
LEFT_USD, SPENT_USD, SECONDS = "$ left", "$ spent", "s left"


class Board:
    """Progress of the cells of one command. Thread-safe."""

    def __init__(
        self, name: str, names: Mapping[str, str], budget: Budget, full: int,
        objective: Objective, clock: Clock,
    ) -> None:  # fmt: skip
        """name: of the study. names: {key of a cell: its name}, in the order of the table.

        full: items in the search split, the price of one trial.
        """
        self._name, self._names, self._budget = visible(name), names, budget
        self._full, self._objective, self._clock = full, objective, clock
        self._cells: dict[str, CellProgress] = {}
        self._began_s = clock()
        self._lock = threading.Lock()
        self.step = ""
        """step of the comparison that follows the search, in words"""

    def begin(self, cell: CellState) -> None:
        """A cell begins, or goes on from what is on record."""
        with self._lock:
            self._cells[cell.key] = CellProgress.of(cell, self._clock())

    def has(self, key: str) -> bool:
        """True for a cell of this command."""
        return key in self._names

    def knows(self, key: str) -> bool:
        """True for a cell that has begun."""
        return key in self._cells

    def finish(self, cell: CellState, trial: Trial) -> None:
        with self._lock:
            self._cells[cell.key].finished(trial)

    def end(self, cell: CellState) -> None:
        with self._lock:
            self._cells[cell.key].follow()
            self._cells[cell.key].over = True

    @property
    def is_over(self) -> bool:
        """True if every cell has ended."""
        return len(self._cells) == len(self._names) and all(c.over for c in self._cells.values())

    def line(self) -> str:
        """`132 of 350 trials, 4 failed, best 0.312 (optuna-0), 2 of 7 cells done; …`"""
        with self._lock:
            known = list(self._cells.values())
            done = sum(one.over for one in known)
            parts = [
                f"{self._trials(known):.4g} of {counted(self._total, 'trial')}",
                f"{sum(one.failed for one in known)} failed",
                self._best(known),
                f"{done} of {counted(len(self._names), 'cell')} done",
            ]
            running = [one for one in known if not one.over]
            told = "; running: " * bool(running) + self._running(running)
            return f"{', '.join(parts)}{self._time_left(known)}{told}"

    def table(self, width: int, height: int) -> RenderableType:
        """A row for each cell; where a screen has fewer rows, first those that are running."""
        with self._lock:
            known = list(self._cells.values())
            passed = max(0.0, self._clock() - self._began_s)
            step = f", {self.step}" if self.step else self._time_left(known)
            head = (
                f"{self._name}: {self._trials(known):.4g} of {counted(self._total, 'trial')}, "
                f"{_clock_of(passed)} since it began{step}"
            )
            return Group(Text(head, style="bold"), self._rows(known, width, height))

    @property
    def _total(self) -> float:
        return self._budget.trials * len(self._names)

    def _trials(self, known: Sequence[CellProgress]) -> float:
        for one in known:
            one.follow()
        return sum(one.charged for one in known) / self._full

    def _best(self, known: Sequence[CellProgress]) -> str:
        ahead = [one for one in known if one.best]
        common = [one for one in ahead if not one.cell.objective]  # those of one rule
        ahead = common or ahead
        if not ahead:
            return "no score yet"
        first = max(ahead, key=lambda one: one.curve[-1][1])
        return f"best {self._level(first)} ({first.cell.name})"

    def _running(self, running: Sequence[CellProgress]) -> str:
        """`optuna-1 12/50, random-0 3/50 and 2 more`"""
        told = [f"{one.cell.name} {self._spent(one)}" for one in running[:RUNNING_NAMED]]
        rest = len(running) - len(told)
        return ", ".join(told) + (f" and {rest} more" if rest > 0 else "")

    def _spent(self, one: CellProgress) -> str:
        return f"{one.charged / self._full:.4g}/{self._budget.trials:g}"

    def _time_left(self, known: Sequence[CellProgress]) -> str:
        """`, about 3 min left`, by the pace of all cells together; empty once all is done."""
        new = sum(one.charged - one.before for one in known)
        left = self._total * self._full - sum(one.charged for one in known)
        left -= sum(self._unspent(one) for one in known if one.over)
        if new <= 0 or left <= 0:
            return ""
        began = min(one.began_s for one in known)
        return f", about {seconds(left * (self._clock() - began) / new)} left"

    def _unspent(self, one: CellProgress) -> float:
        return max(0.0, self._budget.trials * self._full - one.charged)

    def _level(self, one: CellProgress) -> str:
        """Best trial of a cell by the rule that it searches for; `-` for none."""
        best, objective = one.best, self._objective
        if best is None or best.score is None:
            return "-"
        if view := one.cell.objective:
            objective = replace(objective, name=visible(view), unit="")
        return alone(objective, objective.shown(best.score))

    def _rows(self, known: Sequence[CellProgress], width: int, height: int) -> Table:
        named = max((len(one.cell.objective) for one in known), default=0)
        wide = min(SPARK, width - BESIDE - named)
        columns = self._columns(known, lines=wide >= LEAST_SPARK)
        table = Table(box=None, pad_edge=False)
        for heading in columns:
            table.add_column(
                heading, justify="left" if heading in ("cell", BEST_SO_FAR) else "right"
            )
        scores = [score for one in known for _, score in one.curve]
        span = (min(scores, default=0.0), max(scores, default=0.0))
        keys, hidden = self._shown(height - ROOM_ROWS)
        for key in keys:
            row = self._row(key, span, wide)
            table.add_row(*[row.get(one, "") for one in columns])
        if hidden:
            table.add_row(hidden)
        return table

    def _shown(self, rows: int) -> tuple[list[str], str]:
        """Keys of the cells that have a row, and a line on the others."""
        if len(self._names) <= max(rows, 1):
            return list(self._names), ""
        running = [key for key, one in self._cells.items() if not one.over]
        done = [key for key, one in self._cells.items() if one.over]
        rest = [key for key in self._names if key not in self._cells]
        keys = [*running, *done[::-1], *rest][: max(rows, 1)]
        return keys, f"and {len(self._names) - len(keys)} more"

    def _columns(self, known: Sequence[CellProgress], *, lines: bool) -> list[str]:
        limits = [SECONDS] * (self._budget.max_seconds is not None)
        if self._budget.max_usd is not None:
            limits.append(LEFT_USD)
        elif any(one.cell.paid_usd for one in known):
            limits.append(SPENT_USD)
        return ["cell", *[BEST_SO_FAR] * lines, "best", "trials", "failed", *limits, "left"]

    def _row(self, key: str, span: tuple[float, float], wide: int) -> dict[str, str]:
        one = self._cells.get(key)
        if one is None:
            return {"cell": self._names[key], "trials": "waiting"}
        one.follow()
        total, budget = self._budget.trials * self._full, self._budget
        curve = [(at / total, score) for at, score in one.curve]
        left = one.left_s(self._clock(), total)
        paid = one.cell.paid_usd
        used_s = one.cell.bill.wall_s
        return {
            "cell": one.cell.name,
            BEST_SO_FAR: spark(curve, one.charged / total, span, max(0, wide)),
            "best": self._level(one),
            "trials": self._spent(one),
            "failed": str(one.failed),
            SECONDS: f"{max(0.0, (budget.max_seconds or 0.0) - used_s):.0f}",
            LEFT_USD: dollars(max(0.0, (budget.max_usd or 0.0) - paid)),
            SPENT_USD: dollars(paid),
            "left": self._ending(one) if one.over else "?" if left is None else seconds(left),
        }

    def _ending(self, one: CellProgress) -> str:
        ended = one.cell.ended
        return ("failed" if failure(one.cell) else "done") if ended else "stopped"


BEST_SO_FAR = "best so far"


def failure(cell: CellState) -> str:
    """`agent-0 failed: …`; empty for a cell that did not."""
    ended = cell.ended
    if not ended or ended["status"] != "failed":
        return ""
    return f"{cell.name} failed: {ended['detail'].partition(chr(10))[0]}"


def seconds(amount: float) -> str:
    """`40 s`, `3 min`, `2.5 h`"""
    if amount < 90:
        return f"{amount:.0f} s"
    return f"{amount / 60:.0f} min" if amount < 90 * 60 else f"{amount / 3600:.1f} h"


def _clock_of(amount: float) -> str:
    """`2:05`, `1:02:05`"""
    minutes, rest = divmod(int(amount), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
