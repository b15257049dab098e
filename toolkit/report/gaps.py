"""Differences of scores that decide, each with the interval that the study's claim allows.

On held-out data the interval is over clusters and seeds, and never narrower than the noise that
was measured. Where no data was held out there is no sample of data: a difference of two programs
is what it is, and only a searcher's seeds are a sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..ledger.state import CellState, State
from ..records import Scored, Trial
from ..statistics import (
    Estimate,
    Noise,
    clustered_mean,
    crossed_mean,
    exact,
    widened,
)
from .noise import chosen, luck, noise

PROGRAM = "program"
Run = Mapping[str, float]
"""{counted row: score, or difference of scores}, of one seed"""


def level(state: State, found: Scored | None) -> float | None:
    """The objective of a scored program, in its own direction; None where it has none."""
    score = found.score if found else None
    return None if score is None else state.objective.shown(score)


def runs_of(state: State, trials: Sequence[Trial]) -> list[Run]:
    """Scores that decide, row by row, of each scored program; one row where nothing is held out.

    A replicate has no row of its own there: what the program reaches is one number.
    """
    results = [one for trial in trials if (one := state.result_of(trial)) and one.ok]
    if state.final == "search":
        return [{PROGRAM: one.score or 0.0} for one in results]
    return [{row: one.items[row] for row in state.counted("test")} for one in results]


def gap(state: State, runs: Sequence[Run], noise: Noise | None = None) -> Estimate:
    """Mean of differences, one run a seed. noise: what their mean moves by from run to run."""
    if state.final == "search":
        found = _over_seeds(state, runs, noise)
    else:
        tails = state.claim == "sealed" and (state.objective.pooled or _unbounded(state))
        found = crossed_mean(runs, state.rows("test"), tails=tails)
    return widened(found, *noise) if noise else found


def gain(state: State, cell: CellState, among: Sequence[CellState] = ()) -> Estimate | None:
    """Gain of a cell's champion over the baseline, row by row; None where either has no score.

    among: the cells whose best champion it is.
    """
    trial = state.champion(cell)
    ran = runs_of(state, [trial]), runs_of(state, [state.baseline])
    if not (ran[0] and ran[1]):
        return None
    (one,), (base,) = ran
    differences = {row: one[row] - base[row] for row in one}
    moved = noise(state, [trial], [state.baseline])
    return chosen(gap(state, [differences], moved), luck(state, [cell], among))


def _over_seeds(state: State, runs: Sequence[Run], noise: Noise | None) -> Estimate:
    """A mean over the searcher's seeds; of one seed, a difference of two programs.

    That is without error where outputs were validated; a number that was read off a meter or
    reported by a program decides nothing as long as its noise is not known.
    """
    if len(runs) > 1:
        gains = {str(seed): run[PROGRAM] for seed, run in enumerate(runs)}
        return clustered_mean(gains, {seed: seed for seed in gains})
    found = replace(exact(runs[0][PROGRAM]), low=None, high=None)
    if state.objective.evidence != "judged" and noise is None:
        return replace(found, p=1.0)
    return found


def _unbounded(state: State) -> bool:
    """True where item scores have no bounds, so that few of them may hold most of a gap."""
    base = state.result_of(state.baseline)
    return bool(base and any(abs(score) > 1 for score in base.items.values()))
