"""Differences of two trials on the search split, and whether noise alone could make them."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from ..figures import ROUNDING
from ..records import Scored
from ..statistics import LEVEL, Estimate, Noise, added, clustered_mean, exact, mean_noise, widened
from ..study.study import Study
from .splits import Splits


@dataclass(frozen=True)
class Difference:
    """Gain of one trial over another, in the unit of the objective, above 0 where it is better.

    gain: None where either has no score, or where they cannot be compared. low, high: its 95 %
    interval over what the study claims to hold for; None where there is none. beyond_noise: None
    where nobody knows. noise: what two runs of one program differ by at most, in 95 % of cases;
    None where it was not measured. items: rows that both have a score on. notes: why something is
    missing.
    """

    gain: float | None = None
    low: float | None = None
    high: float | None = None
    beyond_noise: bool | None = None
    noise: float | None = None
    items: int = 0
    notes: str = ""


def between(splits: Splits, one: Scored, other: Scored) -> Difference:
    """Gain of one scored program over another, paired row by row and counted by cluster."""
    if one.score is None or other.score is None:
        return Difference(notes="a trial without a score is compared with nothing")
    homes = splits.homes("search")
    rows = [row for row in homes if row in one.items and row in other.items]
    whole = one.items.keys() == other.items.keys()
    if not rows or (splits.study.objective.pooled and not whole):
        return Difference(notes="they ran on different parts of the search split")
    noise = _noise(one, other)
    gains = {row: one.items[row] - other.items[row] for row in rows}
    found = _estimate(splits.study, gains, {row: homes[row] for row in rows}, noise)
    known = found.low is not None
    return Difference(
        gain=one.score - other.score if whole else found.mean,
        low=found.low,
        high=found.high,
        beyond_noise=found.p < LEVEL if known else None,
        noise=_reach(noise),
        items=len(rows),
        notes="" if known else _unknown(splits.study),
    )


def _estimate(
    study: Study, gains: dict[str, float], homes: dict[str, str], noise: Noise | None
) -> Estimate:
    """Interval of a mean difference: over clusters where data is sampled, over noise, or exact.

    What a meter reads of a whole evaluation is one number, however much data that was.
    """
    judged, mean = study.objective.evidence == "judged", fmean(gains.values())
    if study.claim == "sealed" and study.objective.evidence != "measured":
        tails = study.objective.pooled or any(abs(gain) > 1 for gain in gains.values())
        found = clustered_mean(gains, homes, tails=tails)
    elif study.claim == "exact" and judged and not noise:
        return exact(mean, tolerance=ROUNDING)
    else:
        found = Estimate(mean, None, None, 1.0, 0)
    return widened(found, *noise) if noise else found


def _noise(one: Scored, other: Scored) -> Noise | None:
    """Noise of the difference of two programs' means; None where they ran under one seed."""
    if not (one.replicates and other.replicates):
        return None
    found = mean_noise(one.replicates), mean_noise(other.replicates)
    return added(found[0], found[1]) if found[0] and found[1] else None


def _reach(noise: Noise | None) -> float | None:
    return widened(exact(0.0), *noise).high if noise else None


def _unknown(study: Study) -> str:
    if study.claim == "sealed" and study.objective.evidence != "measured":
        return f"the search split has one {study.nouns.cluster}: there is no interval"
    return "each program ran under one seed, so that nobody knows how noisy it is"
