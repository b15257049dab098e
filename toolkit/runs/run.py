"""One run as Python sees it: everything comes from its ledger, which is only read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import UserError, unknown
from ..figures import counted
from ..ledger.cell import CellState
from ..ledger.ledger import FILENAME, Ledger
from ..ledger.state import State, load
from ..ledger.subjects import BASELINE, Split
from ..report.gaps import level, rank, searched
from ..report.headline import headline
from ..report.summary import summarise
from ..report.written import whole_patch
from . import frames

RUNS = Path("runs")


@dataclass(frozen=True)
class Champion:
    """The best trial of one cell, by its score on the search split.

    trial: its number; 0 is the unchanged program. search, test: levels in the objective's own
    direction, None where they are not known. patch: what `git apply` takes at the root of the code
    under study, bound values and the study's starting patch included.
    """

    cell: str
    trial: int
    search: float | None
    test: float | None
    overrides: Mapping[str, Any]
    patch: str


@dataclass(frozen=True, repr=False, eq=False)
class Run:
    """A run, as far as it has come. file: its ledger; state: what that folds into.

    `trials`, `items`, `parts`, `looks`, `cells`, `standings` and `pairs` are DataFrames, made when
    they are asked for first (docs/python.md has their columns).
    """

    file: Path
    state: State

    @property
    def name(self) -> str:
        """Name of the run's folder."""
        return self.file.absolute().parent.name

    @property
    def folder(self) -> Path:
        return self.file.parent

    @property
    def study(self) -> str:
        """Name of the study; "" where the ledger ends before it is named."""
        return str(self.state.study.get("name", ""))

    @cached_property
    def trials(self) -> Any:
        """A row for each attempt of each cell, in the order of their numbers."""
        return frames.trials(self.state)

    @cached_property
    def items(self) -> Any:
        """A row for each item of each split, under the baseline and under each champion."""
        return frames.items(self.state)

    @cached_property
    def parts(self) -> Any:
        """A row for each part of each champion whose gain was attributed."""
        return frames.parts(self.state)

    @cached_property
    def looks(self) -> Any:
        """A row for each look at failures that a searcher took."""
        return frames.looks(self.state)

    @cached_property
    def cells(self) -> Any:
        """A row for each cell: its champion, its gain with the interval, what it used."""
        return frames.cells(self.summary)

    @cached_property
    def standings(self) -> Any:
        """A row for each searcher at each checkpoint of trials, CPU time, tokens and dollars."""
        return frames.standings(self.summary)

    @cached_property
    def pairs(self) -> Any:
        """A row for each comparison: searchers with the baseline, and with each other."""
        return frames.pairs(self.summary)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The content of `summary.json` (docs/summary.md), made anew from the ledger.

        Raises UserError where the run has no comparison yet.
        """
        return summarise(self.reportable)

    @property
    def verdict(self) -> str:
        """The report's paragraph: who leads, by how much, and what is not decided."""
        return str(self.summary["verdict"])

    @cached_property
    def headline(self) -> str:
        """The verdict in one line; it says so where a run has not come to one."""
        return headline(self.state)

    @property
    def reportable(self) -> State:
        """The state of a run with something to report; raises UserError where it has nothing."""
        state = self.state
        if not state.has_comparison:
            raise UserError(
                f"{self.folder} has no comparison yet; type `toolkit compare` to start or resume"
            )
        return state

    @property
    def champions(self) -> dict[str, Champion]:
        """{cell: its champion}."""
        return {cell.name: self._champion(cell) for cell in frames.cells_of(self.reportable)}

    def champion(self, cell: str | None = None) -> Champion:
        """Champion of a cell such as "optuna-0"; without a name the best of all on search.

        Raises UserError for a cell that the run does not have.
        """
        return self._champion(self.cell(cell))

    def cell(self, name: str | None = None) -> CellState:
        """A cell by its name; without one, that with the best champion on search."""
        cells = {cell.name: cell for cell in frames.cells_of(self.reportable)}
        if not cells:
            raise UserError(f"{self.folder} has no searcher yet; `toolkit compare` resumes it")
        if name is None:
            return max(cells.values(), key=lambda cell: rank(self.state, cell))
        if name not in cells:
            raise UserError(unknown("cell", name, cells))
        return cells[name]

    def outputs(self, program: str = BASELINE, split: Split | None = None) -> dict[str, Any]:
        """{item: what a program returned for it}. program: "baseline", or a cell's champion.

        split: the one that decides, unless another is named. {} where nothing was kept.
        """
        found = self._blob(program, split or self.state.final)
        if not found:
            return {}
        with _opened(self.file) as ledger:
            return dict(ledger.get(found))

    def _blob(self, program: str, split: Split) -> str | None:
        if program == BASELINE:
            return self.state.outputs.get((BASELINE, split))
        cell = self.cell(program)
        champion = self.state.champion(cell)
        if champion.number and split == "search":
            return cell.outputs.get(champion.number)
        subject = champion.candidate.digest if champion.number else BASELINE
        return self.state.outputs.get((subject, split))

    def _champion(self, cell: CellState) -> Champion:
        state = self.state
        trial = state.champion(cell)
        final = state.result_of(trial) if state.final == "test" else None
        return Champion(
            cell.name,
            trial.number,
            state.objective.shown(searched(state, cell)),
            level(state, final),
            dict(trial.candidate.overrides),
            whole_patch(state, trial.candidate),
        )

    def __repr__(self) -> str:
        cells = frames.cells_of(self.state)
        trials = counted(sum(len(cell.started) for cell in cells), "trial")
        told = f"study {self.study!r}, budget {self.state.budget:g}"
        return f"<Run {self.name!r}: {told}, {counted(len(cells), 'cell')}, {trials}>"


def load_run(path: str | os.PathLike[str]) -> Run:
    """A run by its folder, by its ledger's file (of any name), or by its name below ./runs.

    The ledger is all that is read, and it is only read: a copy of it elsewhere is enough, and so is
    that of a run that goes on or was cut off. Raises UserError where there is none.
    """
    file = _found(Path(path))
    with _opened(file) as ledger:
        return Run(file, load(ledger))


def _found(path: Path) -> Path:
    if path.is_file():
        return path
    for folder in (path, RUNS / path):
        if (folder / FILENAME).is_file():
            return folder / FILENAME
    known = [one.parent.name for one in RUNS.glob(f"*/{FILENAME}")]
    raise UserError(
        unknown("run", str(path), known, more="; give a folder, a ledger, or a name below ./runs")
    )


def _opened(file: Path) -> Ledger:
    return Ledger(file.parent, writer=False, filename=file.name)
