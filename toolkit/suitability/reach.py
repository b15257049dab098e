"""The smallest gain that a comparison could decide, from the search split alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf

from ..bench import cost
from ..bench.bench import Bench
from ..records import Scored
from ..statistics import Components, Spread, components, smallest_gain


def smallest(bench: Bench, base: Scored, noise: Spread | None, trials: float) -> float | None:
    """The smallest gain that one champion's test could decide; None where that cannot be told.

    The test split stays sealed: its clusters and items are counted, and their scores are taken to
    vary as those of the search split do. 0: any gain is decided.
    """
    study, objective = bench.study, bench.study.objective
    if study.claim == "exact" and objective.evidence == "judged":
        return 0.0
    held_out = study.claim in ("sealed", "replicates")
    if not (study.decides or (noise and noise.sd)):  # alike here, and never run twice there
        return None
    times = study.replicates.final if held_out else study.replicates.search
    sample = None
    if study.claim == "sealed" and objective.evidence != "measured":
        sample = _sample(bench, base)
        if sample is None:
            return None
    found = smallest_gain(sample, noise=noise, replicates=(times, times))
    if found is None or held_out or noise is None:
        return found
    return found + cost.luck(trials, times, noise.sd)


def _sample(bench: Bench, base: Scored) -> Components | None:
    """Variances on the search split, with the size of the test split."""
    homes = _homes(bench, "search")
    test = _homes(bench, "test")
    found = components([{row: base.items[row] for row in homes}], homes)
    clusters = len(set(test.values()))
    if min(found.clusters, clusters) < 2:
        return None
    return replace(found, clusters=clusters, items=len(test))


def _homes(bench: Bench, split: str) -> Mapping[str, str]:
    """{row of the score: its cluster} of what counts."""
    items = [item for name, calls in bench.items.items() if name == split
             for call in calls for item in call if item.id in bench.counted]  # fmt: skip
    if bench.study.objective.pooled:
        return {item.cluster: item.cluster for item in items}
    return {item.id: item.cluster for item in items}


def room(bench: Bench, base: Scored) -> float:
    """Room for gains: up to the best score where the task names one, else the level itself.

    Infinite where the level is 0 and nobody knows the best score: nothing can be compared then.
    """
    level = abs(bench.study.objective.shown(base.score or 0.0))
    best = bench.vault.best
    if best is None or bench.study.objective.evidence == "measured":
        return level or inf
    return abs(best - bench.study.objective.shown(base.score or 0.0))
