"""Scores that decide, and gains: with the interval that the study's claim allows (intervals.py)."""

from __future__ import annotations

from collections.abc import Sequence

from ..intervals import PROGRAM, Run, gap
from ..ledger.state import State
from ..records import Scored, Trial
from ..statistics import Estimate, Noise, added, mean_noise, spread


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
        return [{PROGRAM: one.score} for one in results if one.score is not None]
    return [{row: one.items[row] for row in state.counted("test")} for one in results]


def gain(state: State, trial: Trial) -> Estimate | None:
    """Gain of a trial's program over the baseline, row by row; None where either has no score."""
    ran = runs_of(state, [trial]), runs_of(state, [state.baseline])
    if not (ran[0] and ran[1]):
        return None
    (one,), (base,) = ran
    differences = {row: one[row] - base[row] for row in one}
    return gap(state, [differences], noise(state, [trial], [state.baseline]))


def noise(state: State, *sides: Sequence[Trial]) -> Noise | None:
    """Noise of the difference of two sides' means; None where replicates are not beside the rows.

    Where the rows are replicates themselves, the interval over rows holds the noise already. A
    program has no noise against itself: its replicates are the same runs.
    """
    programs = [{trial.candidate.digest for trial in side} for side in sides]
    if state.claim == "replicates" or programs.count(programs[0]) == len(programs):
        return None
    found = [_mean_noise([state.result_of(trial) for trial in side]) for side in sides]
    known = [one for one in found if one]
    return added(*known) if known and len(known) == len(sides) else None


def replicated(state: State, trials: Sequence[Trial]) -> tuple[float, int] | None:
    """(standard deviation of one run, runs a program) of programs that ran under several seeds."""
    results = [found for trial in trials if (found := state.result_of(trial))]
    groups = [one.replicates for one in results if len(one.replicates) > 1]
    wide = spread(*groups) if groups else None
    return (wide.sd, max(map(len, groups))) if wide else None


def _mean_noise(results: Sequence[Scored | None]) -> Noise | None:
    """Noise of the mean over several programs, each the mean of its replicates."""
    found = [mean_noise(one.replicates) if one and one.replicates else None for one in results]
    known = [one for one in found if one]
    if not known or len(known) < len(results):
        return None
    total = added(*known)
    return Noise(total.error / len(known), total.df)
