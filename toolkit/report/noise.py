"""Noise of programs from run to run, as far as their replicates tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log, sqrt
from statistics import fmean
from typing import NamedTuple

from ..integrity import plan
from ..intervals import both, is_sampled, noise_of_answers, weighed
from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE, Split
from ..records import Trial
from ..statistics import Estimate, Noise, lowered, mean_noise, spread


def noise(state: State, one: Sequence[Trial], other: Sequence[Trial]) -> Noise | None:
    """Noise of the difference of two sides' means; None where replicates are not beside the rows.

    Where the rows are replicates themselves, the interval over rows holds the noise already. A
    program that stands on both sides, or twice on one, has the same replicates there: it counts
    by what is left of its weights. One without replicates is taken to be as noisy as the others.
    To this comes the noise of a language model's answers, where it was measured.
    """
    weights = _weights(one, other)
    moved = noise_of_answers(state, weights.values())
    if state.claim == "replicates":
        return moved
    programs = {trial.candidate.digest: trial for trial in (*one, *other)}
    known = {name: _own(state, trial) for name, trial in programs.items()}
    usual = _usual(state, list(programs.values()))
    if usual is None:
        return moved
    own = weighed((weight, known[name] or usual) for name, weight in weights.items())
    return both(own, moved)


def luck(state: State, cells: Sequence[CellState], among: Sequence[CellState] = ()) -> float | None:
    """Most that noise alone adds to the mean of champions that were chosen by this very number.

    0 where other runs decide, and for outputs that were validated. At most, on average: the
    expected largest of k normal values is below sqrt(2 ln k) deviations. None where nobody knows
    how noisy they are. among: cells from which one champion was chosen; else each in its own.
    """
    if state.final == "test":
        return 0.0 if _in_the_interval(state, cells) else None
    found = [_luck(state, cell, among or [cell]) for cell in cells]
    known = [one for one in found if one is not None]
    return fmean(known) if len(known) == len(found) else None


def chosen(found: Estimate, luck: float | None) -> Estimate:
    """An estimate of what was chosen, less its luck; of unknown luck nothing is decided."""
    if luck is None:
        return replace(found, low=None, high=None, p=1.0)
    return lowered(found, luck)


class Replicated(NamedTuple):
    """Standard deviation of one run, runs of each program, and the split that they ran on."""

    sd: float
    runs: int
    split: Split


def replicated(state: State, trials: Sequence[Trial]) -> Replicated | None:
    """Noise of programs that ran under several seeds; None where none did."""
    programs = {trial.candidate.digest: trial for trial in trials}
    groups = [runs for trial in programs.values() if len(runs := _runs(state, trial)) > 1]
    wide = spread(*groups) if groups else None
    if wide is None:
        return None
    finals = [found for trial in trials if (found := state.result_of(trial))]
    final = state.final if any(len(one.replicates) > 1 for one in finals) else "search"
    return Replicated(wide.sd, max(map(len, groups)), final)


def ran_again(state: State, trial: Trial) -> tuple[float, float] | None:
    """Score of a program where scores decide, and that of its second run.

    None where the second is not on record, or the same, or where noise was measured anyway.
    """
    subject = trial.candidate.digest if trial.number else BASELINE
    known = state.result_of(trial)
    again = state.assessments.get((plan.subject(plan.AGAIN, subject), state.final))
    if known is None or again is None or known.score is None or again.score is None:
        return None
    if known.score == again.score or replicated(state, [trial]):
        return None
    return known.score, again.score


def _in_the_interval(state: State, cells: Sequence[CellState]) -> bool:
    """True where the interval of held-out scores knows of noise."""
    if is_sampled(state):
        return True
    champions = [state.champion(cell) for cell in cells]
    return not any(one.number for one in champions) or bool(
        replicated(state, [state.baseline, *champions])
    )


def _luck(state: State, cell: CellState, among: Sequence[CellState]) -> float | None:
    champion = state.champion(cell)
    if not champion.number:
        return 0.0
    own = _own(state, champion)
    if own is None:
        return 0.0 if state.objective.evidence == "judged" else None
    trials = (trial for one in among for trial in one.trials.values())
    stood = {trial.candidate.digest for trial in trials if trial.ok and trial.share == 1}
    return sqrt(2 * log(len(stood))) * own.error


def _weights(one: Sequence[Trial], other: Sequence[Trial]) -> Mapping[str, float]:
    """{program: its weight in the difference of the two sides' means}"""
    found: dict[str, float] = {}
    for sign, side in ((1, one), (-1, other)):
        for trial in side:
            name = trial.candidate.digest
            found[name] = found.get(name, 0.0) + sign / len(side)
    return found


def _runs(state: State, trial: Trial) -> Sequence[float]:
    """Replicates that tell of a program's noise: where scores decide, else those of the search."""
    found = state.result_of(trial)
    return found.replicates if found and len(found.replicates) > 1 else trial.replicates


def _own(state: State, trial: Trial) -> Noise | None:
    """Noise of a program's mean where scores decide; None where it ran under one seed only."""
    runs, found = _runs(state, trial), state.result_of(trial)
    if len(runs) < 2:
        return None
    if found and runs is found.replicates:
        return mean_noise(runs)
    return _once(runs)


def _usual(state: State, trials: Sequence[Trial]) -> Noise | None:
    """Noise of one run of a program of which nothing is known, as that of the others."""
    groups = [runs for trial in trials if len(runs := _runs(state, trial)) > 1]
    return _once(*groups) if groups else None


def _once(*groups: Sequence[float]) -> Noise | None:
    wide = spread(*groups)
    return Noise(wide.sd, wide.df) if wide else None
