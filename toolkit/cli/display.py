"""Progress while a comparison runs: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from ..figures import counted
from ..ledger.cell import CellState
from ..records import Trial
from ..search.cells import Observer, Plan
from ..study.study import Study
from .board import Board, failure
from .live import Pace, Screen

ON_RECORD = ("trial is", "trials are")


class Display(Observer):
    """Display of a comparison. The comparison's threads tell it what happens.

    Elsewhere than on a terminal a line on all cells is shown every ten seconds at most. What nobody
    can do without is told at once: a cell that failed, and the end of the search.
    """

    def __init__(self, folder: Path, plan: Plan, study: Study, isolation: str, full: int) -> None:
        """A display of a plan. full: items in the search split, the price of one trial."""
        self.plan = plan
        names = {spec.key: f"{spec.alias}-{spec.seed}" for spec in plan.cells}
        clock = time.monotonic
        self.board = Board(study.name, names, plan.budget, full, study.objective, clock)
        self._screen, self._pace = Screen(lambda: self.board), Pace(clock)
        self.note(
            f"{study.name}: {counted(len(plan.cells), 'cell')} x "
            f"{counted(plan.budget.trials, 'trial')}, {plan.slots} at a time, "
            f"isolation: {isolation}, run folder {folder}"
        )

    def __enter__(self) -> Display:
        self._screen.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._screen.__exit__()

    def note(self, text: str) -> None:
        self._screen.note(text)

    def recall(self, cells: Mapping[str, CellState]) -> None:
        """Show the cells of this plan that an earlier command has ended."""
        for spec in self.plan.cells:
            cell = cells.get(spec.key)
            if cell and self.plan.covers(cell.ended):
                self.board.begin(cell)
                self.board.end(cell)

    def begun(self, cell: CellState) -> None:
        self.board.begin(cell)
        if cell.trials:
            way = "goes on from there" if cell.live else "asks again and is answered from there"
            known = counted(len(cell.trials), *ON_RECORD)
            self.note(f"{cell.name}: {known} on record; its searcher {way}")

    def finished(self, cell: CellState, trial: Trial) -> None:
        self.board.finish(cell, trial)
        if not self._screen.is_live and self._pace.is_due():
            self.note(self.board.line())

    def ended(self, cell: CellState) -> None:
        self.board.end(cell)
        if why := failure(cell):
            self.note(why)
        if not self._screen.is_live and (self.board.is_over or self._pace.is_due()):
            self.note(self.board.line())
