"""Room for gains, from the search split alone."""

from __future__ import annotations

from math import inf

from ..bench.bench import Bench
from ..records import Scored


def room(bench: Bench, base: Scored) -> float:
    """Room for gains: up to the best score where the task names one, else the level itself.

    Infinite where the level is 0 and nobody knows the best score: nothing can be compared then.
    """
    level = abs(bench.study.objective.shown(base.score or 0.0))
    best = bench.vault.best
    if best is None or bench.study.objective.evidence == "measured":
        return level or inf
    return abs(best - bench.study.objective.shown(base.score or 0.0))
