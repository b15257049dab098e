"""The instrument that is checked: what keeps, what decides, and what attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..attribution.champions import attribute
from ..attribution.measure import Measurements
from ..attribution.values import Effort
from ..ledger.cell import CellState
from ..ledger.state import State
from ..report.summary import reported
from ..report.verdict import verdict
from ..report.wording import wording

Pairs = Sequence[Mapping[str, Any]]
CONCEPTS = ("value", "enabling")


def pairs(state: State) -> Pairs:
    """Comparisons of a run as the verdict tells them."""
    cells = reported(state)
    found: Pairs = verdict(state, cells, {}, wording(state, cells))["pairs"]
    return found


def accounts(measured: Measurements) -> None:
    """Accounts of all champions of a run."""
    attribute(measured, list(measured.state.cells.values()), Effort())


@dataclass(frozen=True)
class Instrument:
    """gate: a searcher that a language model proposes edits to, and that keeps some of them.
    arm: a searcher without a model. pairs, accounts: what is decided, and attributed, of a run."""

    gate: Callable[..., Any]
    arm: Callable[..., Any]
    pairs: Callable[[State], Pairs] = pairs
    accounts: Callable[[Measurements], None] = accounts


def kept(cell: CellState) -> tuple[int, int]:
    """(edits that were kept, edits that were proposed): a later one is built on what was kept.

    Of the last one nobody knows.
    """
    trials = [cell.trials[number] for number in sorted(cell.trials)]
    parents = {trial.candidate.parent for trial in trials}
    return sum(trial.number in parents for trial in trials[:-1]), len(trials) - 1


def decided(found: Pairs, one: str, other: str) -> bool:
    """True where the verdict calls the difference of two arms decided."""
    return any(row["decided"] for row in found if {row["better"], row["worse"]} == {one, other})


def excludes_zero(figure: Mapping[str, Any]) -> bool:
    """True where a part's value is decided."""
    return figure["low"] is not None and (figure["low"] > 0 or figure["high"] < 0)
