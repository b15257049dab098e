"""Leaders on the scores that decide, by what has been used: trials, CPU time, tokens, dollars.

A budget in trials is one currency among several: a searcher that wins at 50 trials may lose at the
CPU time, or at the tokens, that the other one took.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal, get_args

from ..intervals import gap
from ..ledger.cell import CellState
from ..ledger.state import State
from ..records import Trial
from .comparisons import differences, mean
from .gaps import runs_of
from .noise import noise
from .outside import is_told

Axis = Literal["trials", "cpu_s", "tokens", "usd"]
AXES: tuple[Axis, ...] = get_args(Axis)
FRACTIONS = (0.1, 0.25, 0.5, 1.0)


def standings(state: State, cells: Sequence[CellState]) -> dict[str, list[dict[str, Any]]]:
    """{axis: rows}, one row a checkpoint; an axis that nobody used is left out.

    So is a searcher, on an axis on which it is not known what it had used.

    Trials and CPU time are compared up to what every cell has used; tokens and dollars up to the
    most that any used, since a searcher without a language model needs none.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for axis in AXES:
        lines: dict[str, list[Ascent]] = {}
        untold = {cell.alias for cell in cells if not is_told(state, cell, axis)}
        for cell in (cell for cell in cells if cell.alias not in untold):
            lines.setdefault(cell.alias, []).append(_line(state, cell, axis))
        totals = [line.total for some in lines.values() for line in some] or [0.0]  # none has begun
        whole = min(totals) if axis in ("trials", "cpu_s") else max(totals)
        if whole > 0:
            rows = (_checkpoint(state, lines, whole * part) for part in FRACTIONS)
            found[axis] = [row for row in rows if row]
    return found


@dataclass(frozen=True)
class Ascent:
    """Champions of a cell so far.

    used: what it had used when each of them had finished, in rising order. total: what it had used
    when its last trial finished.
    """

    used: Sequence[float]
    champions: Sequence[Trial]
    total: float

    def at(self, most: float) -> Trial:
        """The champion once so much had been used."""
        return self.champions[bisect_right(self.used, most) - 1]


def _line(state: State, cell: CellState, axis: Axis) -> Ascent:
    known = _trials(state, cell) if axis == "trials" else None

    def used(number: int) -> float:
        return known[number] if known is not None else cell.used(number, axis) or 0.0

    champions = [trial for _, trial in state.line(cell)]
    spent = [used(trial.number) if trial.number else 0.0 for trial in champions]
    # with several at a time a better one may have finished, and been billed, before an earlier one
    reached = list(accumulate(reversed(spent), min))[::-1]
    return Ascent(reached, champions, used(max(cell.trials)) if cell.trials else 0.0)


def _trials(state: State, cell: CellState) -> dict[int, float]:
    """{trial: what had been charged once it was started, in trials}"""
    numbers = sorted(cell.started)
    charged = accumulate(cell.started[number].items for number in numbers)
    return {n: total / state.study["full"] for n, total in zip(numbers, charged, strict=True)}


def _checkpoint(
    state: State, lines: Mapping[str, Sequence[Ascent]], at: float
) -> dict[str, Any] | None:
    """The searchers' mean levels once each had used so much, and the first two compared."""
    then = {alias: [line.at(at) for line in mine] for alias, mine in lines.items()}
    scores = {alias: runs_of(state, trials) for alias, trials in then.items()}
    known = {alias: runs for alias, runs in scores.items() if len(runs) == len(then[alias])}
    if not known:
        return None
    means = {alias: mean(runs) for alias, runs in known.items()}
    ranked = sorted(means, key=lambda alias: -means[alias])
    shown = {alias: state.objective.shown(score) for alias, score in means.items()}
    unimproved = [alias for alias in ranked if not any(one.number for one in then[alias])]
    row: dict[str, Any] = {
        "at": at,
        "leader": ranked[0],
        "scores": shown,
        "unimproved": unimproved,
        "gap": None,
    }
    if len(ranked) > 1:
        first, second = (known[alias] for alias in ranked[:2])
        of_noise = noise(state, then[ranked[0]], then[ranked[1]])
        found = gap(state, differences(first, second), of_noise)
        row |= {
            "second": ranked[1],
            "gap": found.mean,
            "interval": [found.low, found.high],
            "p": found.p,
        }
    return row
