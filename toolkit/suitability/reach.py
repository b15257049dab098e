"""The smallest gain that a comparison could decide, from the search split alone."""

from __future__ import annotations

from math import inf

from ..bench import prospect
from ..bench.bench import Bench
from ..records import Scored
from ..statistics import Spread


def smallest(bench: Bench, base: Scored, noise: Spread | None, trials: float) -> float | None:
    """The smallest gain that one champion's test could decide; None where that cannot be told.

    0: any gain is decided.
    """
    study, objective = bench.study, bench.study.objective
    if study.claim == "exact" and objective.evidence == "judged":
        return 0.0
    if not (study.decides or (noise and noise.sd)):  # alike here, and never run twice there
        return None
    return prospect.smallest(bench, base.items, noise, trials)


def room(bench: Bench, base: Scored) -> float:
    """Room for gains: up to the best score where the task names one, else the level itself.

    Infinite where the level is 0 and nobody knows the best score: nothing can be compared then.
    """
    level = abs(bench.study.objective.shown(base.score or 0.0))
    best = bench.vault.best
    if best is None or bench.study.objective.evidence == "measured":
        return level or inf
    return abs(best - bench.study.objective.shown(base.score or 0.0))
