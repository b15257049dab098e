"""Stages of a search: the steps that a searcher says it has taken, for whoever reads the run."""

from __future__ import annotations

from collections import Counter

from ..ledger.cell import CellState, Stage
from ..ledger.notebook import Notebook


class Stages:
    """Steps of one cell, on record once each. Not thread-safe: its scheduler is.

    A searcher that is replayed takes the same steps again, and that is no other time.
    """

    def __init__(self, cell: CellState, notebook: Notebook) -> None:
        self._cell, self._notebook = cell, notebook
        self._recorded = Counter(cell.stages)
        self._told: Counter[Stage] = Counter()
        """{step: times that this command has told it}"""

    def adopt(self) -> None:
        """Take the steps on record as told: their searcher is not replayed."""
        self._told = self._recorded.copy()

    def tell(self, stage: Stage) -> None:
        """Put a step on record, unless a replay repeats it."""
        self._told[stage] += 1
        if self._told[stage] > self._recorded[stage]:
            self._notebook.staged(stage)
            self._recorded[stage] += 1
