"""Scores that decide, and gains: with the interval that the study's claim allows (intervals.py)."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from statistics import fmean

from ..intervals import PROGRAM, Run, difference, gap
from ..ledger.cell import CellState
from ..ledger.state import State
from ..records import Scored, Trial
from ..statistics import Estimate
from .noise import chosen, luck, noise


def level(state: State, found: Scored | None) -> float | None:
    """The objective of a scored program, in its own direction; None where it has none."""
    return state.objective.shown(found.score if found else None)


def searched(state: State, cell: CellState) -> float | None:
    """Score of a champion on the search split by the study's objective, whatever was searched."""
    champion = state.champion(cell)
    if not (cell.objective and champion.number):
        return state.baseline.score if not champion.number else champion.score
    rows = searched_rows(state, cell)
    return fmean(rows[row] for row in state.counted("search")) if rows else None


def rank(state: State, cell: CellState) -> float:
    """Key to sort cells by: their champions by one rule, the study's, whatever was searched.

    A champion that was not judged by it is below every other.
    """
    score = searched(state, cell)
    return -inf if score is None else score


def searched_rows(state: State, cell: CellState) -> Run | None:
    """The rows of that score; None where a champion of another view was not judged by it."""
    champion = state.champion(cell)
    if not champion.number:
        return state.baseline.items
    if not cell.objective:
        return champion.items
    return state.viewed.get((champion.candidate.digest, "search"), {}).get(state.objective.name)


def runs_of(state: State, trials: Sequence[Trial]) -> list[Run]:
    """Scores that decide, row by row, of each scored program; one row where nothing is held out.

    A replicate has no row of its own there: what the program reaches is one number.
    """
    results = [one for trial in trials if (one := state.result_of(trial)) and one.ok]
    if state.final == "search":
        return [{PROGRAM: one.score} for one in results if one.score is not None]
    return [{row: one.items[row] for row in state.counted("test")} for one in results]


def gain(state: State, cell: CellState, among: Sequence[CellState] = ()) -> Estimate | None:
    """Gain of a cell's champion over the baseline, row by row; None where either has no score.

    among: the cells whose best champion it is.
    """
    trial = state.champion(cell)
    ran = runs_of(state, [trial]), runs_of(state, [state.baseline])
    if not (ran[0] and ran[1]):
        return None
    (one,), (base,) = ran
    differences = {row: difference(one[row], base[row]) for row in one}
    moved = noise(state, [trial], [state.baseline])
    return chosen(gap(state, [differences], moved), luck(state, [cell], among))
