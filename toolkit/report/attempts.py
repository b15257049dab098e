"""Attempts of a cell with what became of them, from which every table of trials is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..edits.anatomy import line
from ..ledger.cell import CellState
from ..ledger.entries import Started
from ..ledger.state import State
from ..records import Trial


@dataclass(frozen=True)
class Attempt:
    """One attempt. trial: None until it has finished. charged: in trials, this one included.

    kept: it is better than all before it. in_champion: the champion is made of it. withdrawn: why
    its searcher does not stand for it, whatever its score; empty where it does.
    """

    start: Started
    trial: Trial | None
    charged: float
    kept: bool
    in_champion: bool
    withdrawn: str = ""

    @property
    def number(self) -> int:
        return self.start.number


def attempts(state: State, cell: CellState) -> Iterator[Attempt]:
    """Attempts in the order of their numbers, also those that have not finished."""
    best = [trial for _, trial in state.line(cell)] if state.has_baseline else []
    kept = {trial.number for trial in best}
    built = {one.number for one in line(cell, best[-1])} if best and best[-1].number else set()
    items = 0
    for number, start in sorted(cell.started.items()):
        items += start.items
        yield Attempt(
            start, cell.trials.get(number), items / state.study["full"],
            number in kept, number in built, cell.withdrawn.get(number, ""),
        )  # fmt: skip
