"""One paragraph: who leads on the sealed split, by how much, and what is not decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from ..state import BASELINE, Assessment, CellState, State, test_result
from ..statistics import Estimate, clustered_mean, holm

LEVEL = 0.05


@dataclass(frozen=True)
class Comparison:
    """One difference on the test split; p is adjusted for the number of comparisons."""

    better: str
    worse: str
    gap: Estimate
    p: float

    @property
    def decided(self) -> bool:
        return self.p < LEVEL


def verdict(state: State, cells: Sequence[CellState]) -> str:
    """Speaks of these runs: seeds are averaged question by question, then compared in pairs."""
    base = state.assessments.get((BASELINE, "test"))
    if base is None or not base.ok:
        return "No verdict: the baseline has no score on the test split."
    names = list(dict.fromkeys(cell.alias for cell in cells))
    excluded = {name: why for name in names if (why := _problem(state, cells, name))}
    scores = {name: _scores(state, cells, name) for name in names if name not in excluded}
    sentences = [f"{name} is not compared: {why}." for name, why in excluded.items()]
    if not scores:
        return " ".join([*sentences, "No verdict: no searcher finished."])
    baseline = {item: base.items[item] for item in state.counted("test")}
    found = _compare(state, scores, baseline)
    ranked = sorted(scores, key=lambda name: -fmean(scores[name].values()))
    against = {one.better: one for one in found if one.worse == BASELINE}
    sentences.append(_first(state, cells, ranked[0], against[ranked[0]]))
    sentences += [_pair(one) for one in found if one.worse != BASELINE]
    if len(found) > 1:
        sentences.append(
            f"Decided at {LEVEL:.0%} after Holm's correction for {len(found)} comparisons."
        )
    return " ".join(sentences)


def _problem(state: State, cells: Sequence[CellState], name: str) -> str:
    """Why a searcher cannot be compared; empty if it can."""
    mine = [cell for cell in cells if cell.alias == name]
    failed = [cell for cell in mine if not cell.ended or cell.ended["status"] != "finished"]
    if failed:
        return f"{len(failed)} of its {len(mine)} seeds did not finish"
    results = [test_result(state, cell.champion(state.baseline)) for cell in mine]
    bad = [
        result.status if result else "not run" for result in results if not (result and result.ok)
    ]
    return f"its champion was not scored on the test split ({', '.join(bad)})" if bad else ""


def _scores(state: State, cells: Sequence[CellState], name: str) -> dict[str, float]:
    """{counted test item: mean score over the searcher's champions}"""
    mine = [cell.champion(state.baseline) for cell in cells if cell.alias == name]
    results: list[Assessment] = [one for trial in mine if (one := test_result(state, trial))]
    return {item: fmean(r.items[item] for r in results) for item in state.counted("test")}


def _compare(
    state: State, scores: Mapping[str, Mapping[str, float]], baseline: Mapping[str, float]
) -> list[Comparison]:
    """Every searcher against the baseline, then every pair, the better one first."""
    clusters = state.clusters("test")
    pairs = [(name, BASELINE, scores[name], baseline) for name in scores]
    for one, two in combinations(scores, 2):
        better, worse = sorted((one, two), key=lambda name: -fmean(scores[name].values()))
        pairs.append((better, worse, scores[better], scores[worse]))
    gaps = [
        clustered_mean({item: left[item] - right[item] for item in left}, clusters)
        for _, _, left, right in pairs
    ]
    adjusted = holm([gap.p for gap in gaps])
    return [
        Comparison(better, worse, gap, p)
        for (better, worse, _, _), gap, p in zip(pairs, gaps, adjusted, strict=True)
    ]


def interval(estimate: Estimate) -> str:
    """`+0.012 [-0.003, +0.027]`."""
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:+.3f} [no interval: one conversation]"
    return f"{estimate.mean:+.3f} [{estimate.low:+.3f}, {estimate.high:+.3f}]"


def _first(state: State, cells: Sequence[CellState], name: str, found: Comparison) -> str:
    seeds = sum(cell.alias == name for cell in cells)
    whose = (
        "one seed: this speaks of that run, not of the method" if seeds == 1 else f"{seeds} seeds"
    )
    what = f"{name} leads at a budget of {state.budget:g} trials ({whose})"
    if found.gap.mean == 0 and found.gap.p == 1:
        return f"Nobody beat the baseline at a budget of {state.budget:g} trials ({whose})."
    if found.gap.mean < 0:
        what = f"Nobody beat the baseline; {name} comes nearest ({whose})"
    tail = "" if found.decided else ", which is not decided"
    return f"{what}: against the baseline on the sealed test split {interval(found.gap)}{tail}."


def _pair(found: Comparison) -> str:
    if found.decided:
        return f"{found.better} is ahead of {found.worse} by {interval(found.gap)}."
    return f"{found.better} against {found.worse}: not decided, {interval(found.gap)}."
