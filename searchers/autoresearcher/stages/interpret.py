"""Interpret: what an edit changed, as the host reckons it; no language model has a say in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import fmean, stdev

import toolkit
from searchers.autoresearcher.research import Research
from searchers.autoresearcher.rows import ROUNDING, changes


@dataclass(frozen=True)
class Finding:
    """A trial beside its parent, paired by item. gain: above 0 where it is better.

    weight: the gain in standard errors over the items; None where no two of them changed apart.
    beyond: beyond noise, or beyond its interval; None where nobody knows. fixed, broken: items that
    are shown and count. kinds: changes in the objective's own direction, as low and high are.
    """

    gain: float
    low: float | None
    high: float | None
    noise: float | None
    beyond: bool | None
    weight: float | None
    kinds: Mapping[str, float] = field(default_factory=dict)
    fixed: Sequence[str] = ()
    broken: Sequence[str] = ()


def interpret(research: Research, trial: toolkit.Trial, parent: toolkit.Trial) -> Finding:
    """Compare a trial with its parent."""
    lab = research.lab
    found = lab.compare(trial, parent)
    gain = _gain(trial, parent) if found.gain is None else found.gain
    shown = lab.objective.shown
    ends = sorted(shown(end) for end in (found.low, found.high) if end is not None)
    low, high = ends if len(ends) == 2 else (None, None)
    fixed, broken = _flips(research, trial, parent)
    return Finding(
        gain, low, high, found.noise, found.beyond_noise, _weight(research, trial, parent),
        _kinds(lab, trial, parent), fixed, broken,
    )  # fmt: skip


def _gain(trial: toolkit.Trial, parent: toolkit.Trial) -> float:
    """Gain of a trial that cannot be paired; over a parent without a score any score is one."""
    if trial.score is None:
        return 0.0
    return trial.score - parent.score if parent.score is not None else float("inf")


def _weight(research: Research, trial: toolkit.Trial, parent: toolkit.Trial) -> float | None:
    gains = changes(trial, parent, research.rows)
    if len(gains) < 2:
        return None
    error = stdev(gains) / sqrt(len(gains))
    return fmean(gains) / error if error > ROUNDING else None


def _kinds(lab: toolkit.Lab, trial: toolkit.Trial, parent: toolkit.Trial) -> Mapping[str, float]:
    now, then = lab.kinds(trial), lab.kinds(parent)
    return {kind: now[kind] - then[kind] for kind in now if kind in then}


def _flips(
    research: Research, trial: toolkit.Trial, parent: toolkit.Trial
) -> tuple[list[str], list[str]]:
    """Items that came out better, and worse; none of the inner split."""
    lab = research.lab
    now, then = lab.marks(trial), lab.marks(parent)
    fixed: list[str] = []
    broken: list[str] = []
    for item, mark in now.items():
        before = then.get(item)
        if before is None or item in research.inner.items or not mark.counted:
            continue
        if mark.score is None or before.score is None:
            continue
        change = lab.objective.sign * (mark.score - before.score)
        if abs(change) > ROUNDING:
            (fixed if change > 0 else broken).append(item)
    return fixed, broken
