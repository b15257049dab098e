"""One paragraph: who leads on the sealed split, by how much, and what is not decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import fmean

from ..state import BASELINE, CellState, State
from ..statistics import Estimate, clustered_mean


def verdict(state: State, cells: Sequence[CellState]) -> str:
    """Speaks of these runs: seeds are averaged question by question, then compared in pairs."""
    scores = {
        alias: found for alias in aliases(cells) if (found := test_scores(state, cells, alias))
    }
    base = state.assessments.get((BASELINE, "test"))
    if not scores or base is None:
        return "Nothing to compare: no champion was scored on the test split."
    clusters = state.clusters("test")
    baseline = {item: base.items[item] for item in state.counted("test")}
    ranked = sorted(scores, key=lambda alias: -fmean(scores[alias].values()))
    sentences = [_lead(state, cells, ranked[0], difference(scores[ranked[0]], baseline, clusters))]
    for better, worse in combinations(ranked, 2):
        sentences.append(_pair(better, worse, difference(scores[better], scores[worse], clusters)))
    return " ".join(sentences)


def aliases(cells: Sequence[CellState]) -> list[str]:
    return list(dict.fromkeys(cell.alias for cell in cells))


def test_scores(state: State, cells: Sequence[CellState], alias: str) -> dict[str, float]:
    """{counted test item: mean score over the alias's champions}; empty if one has none."""
    from .summary import test_result

    found = [test_result(state, c.champion(state.baseline)) for c in cells if c.alias == alias]
    if any(result is None or result.status != "ok" for result in found):
        return {}
    return {item: fmean(r.items[item] for r in found if r) for item in state.counted("test")}


def difference(
    left: Mapping[str, float], right: Mapping[str, float], clusters: Mapping[str, str]
) -> Estimate:
    """Mean of left - right, question by question."""
    return clustered_mean({item: left[item] - right[item] for item in left}, clusters)


def interval(estimate: Estimate) -> str:
    """`+0.012 [-0.003, +0.027]`."""
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:+.3f} [no interval: one conversation]"
    return f"{estimate.mean:+.3f} [{estimate.low:+.3f}, {estimate.high:+.3f}]"


def _lead(state: State, cells: Sequence[CellState], alias: str, gain: Estimate) -> str:
    seeds = sum(cell.alias == alias for cell in cells)
    whose = (
        "one seed: this speaks of that run, not of the method" if seeds == 1 else f"{seeds} seeds"
    )
    decided = "" if gain.decided else ", which is not decided: the interval includes zero"
    return (
        f"{alias} leads at a budget of {state.budget:g} trials ({whose}): gain over the baseline "
        f"on the sealed test split {interval(gain)}{decided}."
    )


def _pair(better: str, worse: str, gap: Estimate) -> str:
    if gap.decided:
        return f"{better} is ahead of {worse} by {interval(gap)}."
    return f"{better} against {worse}: not decided, {interval(gap)}."
