"""Prospect of a comparison, told from the search split alone: the smallest gain it can decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..statistics import Components, Spread, components
from . import cost, replicates
from .splits import Splits


def smallest(
    splits: Splits, scores: Mapping[str, float], noise: Spread | None, trials: float
) -> float | None:
    """The smallest gain that one champion's test could decide; None where that cannot be told,
    or where nothing is decided. 0: any gain is.

    scores: of the unchanged program on the search split. The test split stays sealed: its clusters
    and items are counted, and their scores are taken to vary as those do. noise: of one run; it
    counts where a comparison runs programs under several seeds, for elsewhere it sees none.
    """
    study = splits.study
    if not study.decides:
        return None
    if not replicates.has_seeds_of_its_own(study):
        noise = None
        if study.claim == "exact" and study.objective.evidence == "judged":
            return 0.0
    sample = None
    if study.claim == "sealed" and study.objective.evidence != "measured":
        sample = _sample(splits, scores)
        if sample is None:
            return None
    held_out = study.claim in ("sealed", "replicates")
    times = study.replicates.final if held_out else study.replicates.search
    return cost.reach(sample, noise, trials, times, held_out=held_out)


def _sample(splits: Splits, scores: Mapping[str, float]) -> Components | None:
    """Variances on the search split, with the size of the test split."""
    homes, test = splits.homes("search"), splits.homes("test")
    found = components([{row: scores[row] for row in homes}], homes)
    clusters = len(set(test.values()))
    if min(found.clusters, clusters) < 2:
        return None
    return replace(found, clusters=clusters, items=len(test))
