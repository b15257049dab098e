"""Progress of one cell, kept up to date as its trials come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from ..ledger.cell import CellState
from ..records import Trial

Clock = Callable[[], float]


@dataclass
class CellProgress:
    """Counts of a cell: to walk over all its trials at each of them adds up."""

    cell: CellState
    began_s: float
    best: Trial | None = None
    curve: list[tuple[int, float]] = field(default_factory=list)
    """(items charged, best score) at each better trial"""
    done: int = 0
    failed: int = 0
    charged: int = 0
    before: int = 0
    """items that were charged before this command"""
    over: bool = False
    _read: int = 0

    @classmethod
    def of(cls, cell: CellState, began_s: float) -> CellProgress:
        """Progress that begins with what is on record."""
        found = cls(cell, began_s)
        for trial in cell.trials.values():
            found.finished(trial)
        found.follow()
        found.before = found.charged
        return found

    def finished(self, trial: Trial) -> None:
        self.done += 1
        self.failed += not trial.ok
        self.follow()
        better = self.best is None or _rank(trial) > _rank(self.best)
        if trial.ok and trial.share == 1 and better:
            self.best = trial
            self.curve.append((self.charged, trial.score or 0.0))

    def follow(self) -> None:
        """Count the starts that are new in the cell's log."""
        new = self.cell.log[self._read :]
        self._read += len(new)
        started = (number for kind, number in new if kind == "started")
        self.charged += sum(self.cell.started[number].items for number in started)

    def left_s(self, now: float, total: float) -> float | None:
        """Estimated seconds to the end of a budget of so many items; None where nobody knows."""
        done = self.charged - self.before
        if done <= 0:
            return None
        return max(0.0, total - self.charged) * (now - self.began_s) / done


def _rank(trial: Trial) -> tuple[float, int]:
    """Order of trials by score; the earliest of equals stays the best."""
    return (-inf if trial.score is None else trial.score, -trial.number)
