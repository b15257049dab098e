"""Who leads on the sealed split, by what has been used so far: trials, CPU time, tokens, dollars.

A budget in trials is one currency among several: a searcher that wins at 50 trials may lose at the
CPU time, or at the tokens, that the other one took.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from ..state import CellState, State, test_result
from ..statistics import crossed_mean
from .comparisons import Run, differences, mean

Axis = Literal["trials", "cpu_s", "tokens", "usd"]
AXES: tuple[Axis, ...] = get_args(Axis)
FRACTIONS = (0.1, 0.25, 0.5, 1.0)


def standings(state: State, cells: Sequence[CellState]) -> dict[str, list[dict[str, Any]]]:
    """{axis: rows}, one row a checkpoint; an axis that nobody used is left out.

    Trials and CPU time are compared up to what every cell has used; tokens and dollars up to the
    most that any used, since a searcher without a language model needs none.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for axis in AXES:
        totals = [_total(state, cell, axis) for cell in cells] or [0.0]  # none has begun yet
        whole = min(totals) if axis in ("trials", "cpu_s") else max(totals)
        if whole > 0:
            rows = (_checkpoint(state, cells, axis, whole * part) for part in FRACTIONS)
            found[axis] = [row for row in rows if row]
    return found


def used(state: State, cell: CellState, number: int, axis: Axis) -> float:
    """What a cell had used when a trial finished."""
    if axis == "trials":
        charged = sum(s.questions for n, s in cell.started.items() if n <= number)
        return float(charged) / float(state.study["full"])
    return float(getattr(cell.bills[number], axis))


def _total(state: State, cell: CellState, axis: Axis) -> float:
    return used(state, cell, max(cell.trials), axis) if cell.trials else 0.0


def _checkpoint(
    state: State, cells: Sequence[CellState], axis: Axis, at: float
) -> dict[str, Any] | None:
    """The searchers' mean test scores once each had used so much, and the first two compared."""
    scores = {
        alias: _runs(state, [cell for cell in cells if cell.alias == alias], axis, at)
        for alias in dict.fromkeys(cell.alias for cell in cells)
    }
    known = {alias: runs for alias, runs in scores.items() if runs}
    if not known:
        return None
    means = {alias: mean(runs) for alias, runs in known.items()}
    ranked = sorted(means, key=lambda alias: -means[alias])
    row: dict[str, Any] = {"at": at, "leader": ranked[0], "scores": means, "gap": None}
    if len(ranked) > 1:
        first, second = (known[alias] for alias in ranked[:2])
        gap = crossed_mean(differences(first, second), state.clusters("test"))
        row |= {"second": ranked[1], "gap": gap.mean, "interval": [gap.low, gap.high], "p": gap.p}
    return row


def _runs(state: State, mine: Sequence[CellState], axis: Axis, at: float) -> list[Run] | None:
    """{counted item: score} of each seed's champion so far; None where one is unknown."""
    runs: list[Run] = []
    for cell in mine:
        reached = [
            trial
            for _, trial in cell.incumbents(state.baseline)
            if not trial.number or used(state, cell, trial.number, axis) <= at
        ]
        result = test_result(state, reached[-1])
        if result is None or not result.ok:
            return None
        runs.append({item: result.items[item] for item in state.counted("test")})
    return runs
