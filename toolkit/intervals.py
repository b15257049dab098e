"""Intervals that the study's claim allows: one rule, for verdicts, accounts and checks alike.

On held-out data the interval is over clusters and seeds, and never narrower than the noise that
was measured. Where no data was held out there is no sample of data: a difference of two programs
is what it is, and only a searcher's seeds are a sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import isclose, sqrt
from statistics import fmean

from .figures import ROUNDING
from .ledger.state import State
from .ledger.subjects import ANSWER_NOISE, BASELINE, FRESH, Split
from .statistics import (
    Estimate,
    Noise,
    added,
    apart,
    clustered_mean,
    crossed_mean,
    exact,
    matched,
    mean_noise,
    widened,
)

PROGRAM = "program"
NOTHING = 1e-12
"""weights of programs below it are rounding"""
Run = Mapping[str, float]
"""{counted row: score, or difference of scores}, of one seed"""


def difference(one: float, other: float) -> float:
    """One score less another; 0 where they differ by no more than the rounding of a sum."""
    return 0.0 if isclose(one, other, rel_tol=ROUNDING) else one - other


def gap(
    state: State, runs: Sequence[Run], noise: Noise | None = None, split: Split | None = None,
    *, tails: bool = False,
) -> Estimate:  # fmt: skip
    """Mean of differences, one run a seed. noise: what their mean moves by from run to run.

    split: the one that decides, unless another is named. tails: few clusters may hold most of the
    variance, whatever the study's scores are.
    """
    if is_sampled(state):
        homes = state.rows(split or state.final)
        found = crossed_mean(runs, homes, tails=tails or has_tails(state))
    else:
        found = _over_seeds(state, [{PROGRAM: fmean(run.values())} for run in runs], noise)
    return widened(found, *noise) if noise else found


def loss(
    state: State, one: tuple[Run, Split], other: tuple[Run, Split], noise: Noise | None = None
) -> Estimate:
    """Mean difference on one split less that on another, of samples with no cluster in common.

    They are paired by source where the study tells the sources of both. noise: as in gap, of each.
    """
    pairs: Mapping[str, str] = state.study.get("fresh_of", {})
    splits = [split for _, split in (one, other)]
    if not pairs or set(splits) != {"search", FRESH} or not is_sampled(state):
        return apart(*(gap(state, [rows], noise, split) for rows, split in (one, other)))
    found = matched(
        *(_by_source(state, rows, split, pairs) for rows, split in (one, other)),
        tails=has_tails(state),
    )
    return widened(found, *added(noise, noise)) if noise else found


def _by_source(
    state: State, rows: Run, split: Split, pairs: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """{source: its rows}; a cluster without a source of its own is one."""
    homes, found = state.rows(split), dict[str, dict[str, float]]()
    for row, value in rows.items():
        found.setdefault(pairs.get(homes[row], homes[row]), {})[row] = value
    return found


def is_sampled(state: State) -> bool:
    """True where the rows of a score are a sample: of data, or of seeds.

    What a meter reads of a whole evaluation is one number, however much data that was.
    """
    measured = state.objective.evidence == "measured"
    return state.final == "test" and not (measured and state.claim == "sealed")


def has_tails(state: State) -> bool:
    """True where few clusters may hold most of a gap: scores without bounds, pseudo-values."""
    return state.claim == "sealed" and (state.objective.pooled or _unbounded(state))


def noise_of_sum(state: State, terms: Iterable[tuple[float, Sequence[float]]]) -> Noise | None:
    """Noise of a sum of programs' scores. terms: (weight, score in each replicate) of each program.

    None where it is not known, and where the rows are replicates themselves: the interval over rows
    holds the noise already.
    """
    terms = list(terms)
    moved = noise_of_answers(state, (weight for weight, _ in terms))
    if state.claim == "replicates":
        return moved
    own = weighed((weight, mean_noise(found) if found else None) for weight, found in terms)
    return both(own, moved)


def noise_of_answers(state: State, weights: Iterable[float]) -> Noise | None:
    """Noise that answers of a language model give a weighted sum of programs' scores.

    It was measured on the unchanged program (assessments/wavering.py); None where it was not.
    Replicates do not hold it: the same question is asked once in a run.
    """
    found = state.findings.get(ANSWER_NOISE)
    if found is None:
        return None
    scale = sqrt(sum(weight**2 for weight in weights))
    if found["item_sd"] is None:
        return Noise(scale * found["score_sd"], 1)
    items = len(state.counted(state.final)) if state.claim == "sealed" else found["items"]
    return Noise(scale * found["item_sd"] / sqrt(items), found["items"])


def both(one: Noise | None, other: Noise | None) -> Noise | None:
    """Noise of two sources together; of one, where the other is not known."""
    return added(one, other) if one and other else one or other


def weighed(terms: Iterable[tuple[float, Noise | None]]) -> Noise | None:
    """Noise of a weighted sum of independent means; None where one that counts is not known."""
    counts = [(abs(weight), one) for weight, one in terms if abs(weight) > NOTHING]
    known = [Noise(weight * one.error, one.df) for weight, one in counts if one]
    return added(*known) if known and len(known) == len(counts) else None


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
    base = state.assessments.get((BASELINE, state.final))
    return bool(base and any(abs(score) > 1 for score in base.items.values()))
