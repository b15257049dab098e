"""Each searcher over its seeds: level, spread, how soon, and how much of it was luck."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import fmean
from typing import Any

from ..ledger.state import BASELINE, SPLITS, CellState, State
from ..statistics import anytime_mean, interquartile_mean, optimism, probability_of_improvement
from . import independent


def searchers(state: State, cells: Sequence[CellState]) -> dict[str, Any]:
    """{alias: figures}; those whose champions were all scored on the test split.

    optimism: gain on the search split minus gain on the test split, with an interval over seeds.
    anytime: mean test score of the champion over the course of the budget, by trials and by their
    logarithm. expected: of independent trials, the best of so many; as_many: how many of another's
    reach this mean score.
    """
    found: dict[str, Any] = {}
    base = {split: state.assessments.get((BASELINE, split)) for split in SPLITS}
    search, test = ((one.score or 0.0) if one else 0.0 for one in base.values())
    easier = search - test  # the split itself, to the unchanged program
    by_alias = _by_alias(cells)
    scores = {name: _scores(state, mine) for name, mine in by_alias.items()}
    known = {name: rows for name, rows in scores.items() if rows}
    for name, rows in known.items():
        gap = optimism([search - easier for search, _ in rows], [test for _, test in rows])
        curves = [_curve(state, cell) for cell in by_alias[name]]
        found[name] = {
            "seeds": len(rows),
            "search": fmean(search for search, _ in rows),
            "test": fmean(test for _, test in rows),
            "test_iqm": interquartile_mean([test for _, test in rows]),
            "optimism": {"mean": gap.mean, "low": gap.low, "high": gap.high},
            "anytime": _mean(curves, state.budget, 0.0, "cost"),
            "anytime_log": _mean(curves, state.budget, 1.0, "log"),
            "beats": {},
            "expected": None,
            "as_many": {},
        }
    for one, two in combinations(known, 2):
        left, right = ([test for _, test in known[name]] for name in (one, two))
        chance = probability_of_improvement(left, right)
        found[one]["beats"][two], found[two]["beats"][one] = chance, 1 - chance
    for name in known:
        pool = independent.pool(state, by_alias[name])
        if pool:
            found[name]["expected"] = independent.expected(pool)
            for other in (other for other in known if other != name):
                found[other]["as_many"][name] = independent.as_many(pool, found[other]["search"])
    return found


def _by_alias(cells: Sequence[CellState]) -> dict[str, list[CellState]]:
    found: dict[str, list[CellState]] = {}
    for cell in cells:
        found.setdefault(cell.alias, []).append(cell)
    return found


def _scores(state: State, mine: Sequence[CellState]) -> list[tuple[float, float]]:
    """(search, test) of each seed's champion; empty where one was not scored."""
    rows = []
    for cell in mine:
        champion = state.champion(cell)
        result = state.result_of(champion)
        if result is None or result.score is None or champion.score is None:
            return []
        rows.append((champion.score, result.score))
    return rows


def _curve(state: State, cell: CellState) -> list[tuple[float, float]]:
    """(trials charged, test score) at each change of the champion."""
    full = state.study["full"]
    return [
        (charged / full, result.score)
        for charged, trial in state.line(cell)
        if (result := state.result_of(trial)) and result.score is not None
    ]


def _mean(
    curves: Sequence[Sequence[tuple[float, float]]], budget: float, since: float, scale: str
) -> float | None:
    if budget <= since:
        return None
    return fmean(anytime_mean(curve, budget, since=since, scale=scale) for curve in curves)
