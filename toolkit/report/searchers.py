"""Figures of each searcher over its seeds: level, spread, speed, and optimism."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import fmean
from typing import Any

from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE, SPLITS
from ..statistics import anytime_mean, interquartile_mean, optimism, probability_of_improvement
from . import independent
from .gaps import searched


def searchers(state: State, cells: Sequence[CellState]) -> dict[str, Any]:
    """{alias: figures} of the searchers whose champions were all scored where scores decide.

    Levels are in the objective's own direction. optimism: gain on the search split minus the gain
    that decides, with an interval over seeds. anytime: mean score of the champion over the course
    of the budget, by trials and by their logarithm. expected: of independent trials, the best of
    so many; as_many: how many of another's reach this mean score.
    """
    found: dict[str, Any] = {}
    shown, held_out = state.objective.shown, state.final == "test"
    easier = _easier(state)
    by_alias = _by_alias(cells)
    scores = {name: _scores(state, mine) for name, mine in by_alias.items()}
    known = {name: rows for name, rows in scores.items() if rows}
    for name, rows in known.items():
        finals = [final for _, final in rows]
        curves = [_curve(state, cell) for cell in by_alias[name]]
        found[name] = {
            "seeds": len(rows),
            "search": shown(fmean(search for search, _ in rows)),
            "test": shown(fmean(finals)) if held_out else None,
            "iqm": shown(interquartile_mean(finals)),
            "optimism": _optimism(rows, easier) if held_out else None,
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
            found[name]["expected"] = [
                {**row, "search": shown(row["search"])} for row in independent.expected(pool)
            ]
            for other in (other for other in known if other != name):
                level = fmean(search for search, _ in known[other])
                found[other]["as_many"][name] = independent.as_many(pool, level)
    return found


def _easier(state: State) -> float:
    """Lead of the search split over the one that decides, by the unchanged program."""
    base = [state.assessments.get((BASELINE, split)) for split in SPLITS]
    scores = [one.score for one in base if one and one.score is not None]
    return scores[0] - scores[1] if len(scores) == len(SPLITS) else 0.0


def _optimism(rows: Sequence[tuple[float, float]], easier: float) -> dict[str, float | None]:
    return optimism([search - easier for search, _ in rows], [test for _, test in rows]).figure()


def _by_alias(cells: Sequence[CellState]) -> dict[str, list[CellState]]:
    found: dict[str, list[CellState]] = {}
    for cell in cells:
        found.setdefault(cell.alias, []).append(cell)
    return found


def _scores(state: State, mine: Sequence[CellState]) -> list[tuple[float, float]]:
    """(score on the search split, score that decides) of each seed's champion.

    Empty where one of them was not scored.
    """
    rows = []
    for cell in mine:
        score, result = searched(state, cell), state.result_of(state.champion(cell))
        if result is None or result.score is None or score is None:
            return []
        rows.append((score, result.score))
    return rows


def _curve(state: State, cell: CellState) -> list[tuple[float, float]]:
    """(trials charged, level that decides) at each change of the champion."""
    full, shown = state.study["full"], state.objective.shown
    return [
        (charged / full, shown(result.score))
        for charged, trial in state.line(cell)
        if (result := state.result_of(trial)) and result.score is not None
    ]


def _mean(
    curves: Sequence[Sequence[tuple[float, float]]], budget: float, since: float, scale: str
) -> float | None:
    if budget <= since:
        return None
    return fmean(anytime_mean(curve, budget, since=since, scale=scale) for curve in curves)
