"""The verdict on the other axis: champions at equal CPU seconds instead of equal trials.

A trial at a small share costs more CPU than its share, because reading a conversation costs the
same for one question as for all. Who spends trials wisely may still have spent more machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import fmean
from typing import Any

from ..records import Trial
from ..state import CellState, State, test_result
from ..statistics import clustered_mean, holm

LEVEL = 0.05


def equal_cpu(state: State, cells: Sequence[CellState]) -> dict[str, Any] | None:
    """Champions at the CPU seconds that the cheapest cell used; None where nothing compares.

    search: {alias: mean}; test: {alias: mean}; pairs: differences on test, the better one first,
    p by Holm over all pairs.
    """
    spent = [cell.usage.cpu_s for cell in cells]
    aliases = list(dict.fromkeys(cell.alias for cell in cells))
    if len(aliases) < 2 or not all(spent):
        return None
    limit = min(spent)
    champions = {
        alias: [champion(state, cell, limit) for cell in cells if cell.alias == alias]
        for alias in aliases
    }
    scores = {alias: _scores(state, trials) for alias, trials in champions.items()}
    if any(not found for found in scores.values()):
        return None
    return {
        "cpu_s": limit,
        "search": {alias: fmean(t.score or 0 for t in ts) for alias, ts in champions.items()},
        "test": {alias: fmean(found.values()) for alias, found in scores.items()},
        "pairs": _pairs(state, scores),
    }


def champion(state: State, cell: CellState, cpu_s: float) -> Trial:
    """The best full-share trial among the first that took so many CPU seconds together."""
    spent, last = 0.0, 0
    for number in sorted(cell.trials):
        spent += cell.trials[number].usage.cpu_s
        if spent > cpu_s * (1 + 1e-9):
            break
        last = number
    found = [trial for _, trial in cell.incumbents(state.baseline) if trial.number <= last]
    return found[-1]


def _scores(state: State, trials: Sequence[Trial]) -> dict[str, float]:
    """{counted test item: mean over the champions}; empty where one was not scored."""
    results = [test_result(state, trial) for trial in trials]
    known = [result for result in results if result is not None and result.ok]
    if len(known) < len(results):
        return {}
    return {item: fmean(r.items[item] for r in known) for item in state.counted("test")}


def _pairs(state: State, scores: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    clusters = state.clusters("test")
    ordered = sorted(scores, key=lambda alias: -fmean(scores[alias].values()))
    pairs = list(combinations(ordered, 2))
    gaps = [
        clustered_mean({item: scores[a][item] - scores[b][item] for item in scores[a]}, clusters)
        for a, b in pairs
    ]
    adjusted = holm([gap.p for gap in gaps])
    return [
        {"better": a, "worse": b, "gap": gap.mean, "interval": [gap.low, gap.high], "p": p}
        for (a, b), gap, p in zip(pairs, gaps, adjusted, strict=True)
    ]


def sentence(found: Mapping[str, Any] | None) -> str:
    """One sentence for people; empty where nothing compares."""
    if found is None:
        return ""
    means = ", ".join(f"{alias} {score:.3f}" for alias, score in found["test"].items())
    decided = [
        f"{pair['better']} is ahead of {pair['worse']} by {pair['gap']:+.3f}"
        for pair in found["pairs"]
        if pair["p"] < LEVEL
    ]
    tail = "; ".join(decided) or "no difference is decided"
    return (
        f"At equal CPU ({found['cpu_s']:.1f} s a cell, the least that one used): {means}; {tail}."
    )
