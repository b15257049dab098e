"""Searchers against the baseline and against each other, on the sealed split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from textwrap import shorten

from ..ledger.state import BASELINE, CellState, State
from ..records import Scored
from ..statistics import (
    Components,
    Estimate,
    Needed,
    components,
    crossed_mean,
    detectable,
    holm,
    needed,
)

LEVEL = 0.05
WHY_CHARS = 200
RAN_NOTHING = "ran no trial"
Run = Mapping[str, float]
"""{counted test item: score, or difference of scores}, of one seed"""


@dataclass(frozen=True)
class Comparison:
    """One difference on the test split; p is adjusted for the number of comparisons."""

    better: str
    worse: str
    gap: Estimate
    p: float
    spread: Components
    once: tuple[str, ...] = ()
    """those of the two that have one seed where the other has more: they are no sample"""

    @property
    def decided(self) -> bool:
        return self.p < LEVEL

    @property
    def confidence(self) -> float:
        """Of an interval that decides as strictly as the adjusted p does."""
        return 1 - LEVEL * (self.gap.p / self.p if self.gap.p else 1)

    @property
    def detectable(self) -> float | None:
        """The smallest true difference that a comparison of this size finds 4 times in 5."""
        return detectable(self.spread, level=self.confidence)

    @property
    def needed(self) -> Needed | None:
        """What would decide a difference of this size; None for none at all, or if decided."""
        if self.decided or not self.gap.mean or self.spread.clusters < 2:
            return None
        return needed(self.gap.mean, self.spread, level=self.confidence)


def compared(state: State, cells: Sequence[CellState]) -> tuple[list[Comparison], dict[str, str]]:
    """Every searcher against the baseline, then every pair, the better one first.

    Beside them {searcher: why it is not compared}.
    """
    names = list(dict.fromkeys(cell.alias for cell in cells))
    excluded = {name: why for name in names if (why := _problem(state, cells, name))}
    runs = {name: test_runs(state, cells, name) for name in names if name not in excluded}
    base = state.assessments[BASELINE, "test"]
    baseline: list[Run] = [{item: base.items[item] for item in state.counted("test")}]
    pairs = [(name, BASELINE, runs[name], baseline) for name in runs]
    for two in combinations(runs, 2):
        better, worse = sorted(two, key=lambda name: -mean(runs[name]))
        pairs.append((better, worse, runs[better], runs[worse]))
    clusters = state.clusters("test")
    told = [(one, two, differences(left, right)) for one, two, left, right in pairs]
    gaps = [crossed_mean(rows, clusters) for _, _, rows in told]
    adjusted = holm([gap.p for gap in gaps])
    found = [
        Comparison(better, worse, gap, p, components(rows, clusters), _once(runs, better, worse))
        for (better, worse, rows), gap, p in zip(told, gaps, adjusted, strict=True)
    ]
    return found, excluded


def _once(runs: Mapping[str, Sequence[Run]], *two: str) -> tuple[str, ...]:
    counts = {name: len(runs[name]) for name in two if name in runs}
    return tuple(name for name in counts if counts[name] == 1 < max(counts.values()))


def differences(left: Sequence[Run], right: Sequence[Run]) -> list[Run]:
    """One run a seed. Seeds of two searchers have nothing in common but their number.

    Where the numbers differ the fewer are averaged: the difference then speaks of those runs.
    """
    if len(left) != len(right):
        fewer = min(left, right, key=len)
        averaged = [{item: fmean(run[item] for run in fewer) for item in fewer[0]}]
        left = averaged * len(right) if fewer is left else left
        right = averaged * len(left) if fewer is right else right
    return [{item: a[item] - b[item] for item in a} for a, b in zip(left, right, strict=True)]


def mean(runs: Sequence[Run]) -> float:
    return fmean(fmean(run.values()) for run in runs)


def test_runs(state: State, cells: Sequence[CellState], name: str) -> list[Run]:
    """The champions of a searcher's seeds on the counted questions."""
    mine = [state.champion(cell) for cell in cells if cell.alias == name]
    results: list[Scored] = [one for trial in mine if (one := state.result_of(trial))]
    return [{item: result.items[item] for item in state.counted("test")} for result in results]


def _problem(state: State, cells: Sequence[CellState], name: str) -> str:
    """Why a searcher cannot be compared; empty if it can."""
    mine = [cell for cell in cells if cell.alias == name]
    failed = [cell for cell in mine if not cell.ended or cell.ended["status"] != "finished"]
    if failed and all(map(_idle, failed)):
        why = shorten((failed[0].ended or {})["detail"], WHY_CHARS, placeholder="…")
        return f"{len(failed)} of its {len(mine)} seeds {RAN_NOTHING} ({why})"
    if failed:
        return f"{len(failed)} of its {len(mine)} seeds did not finish"
    results = [state.result_of(state.champion(cell)) for cell in mine]
    bad = [
        result.status if result else "not run" for result in results if not (result and result.ok)
    ]
    return f"its champion was not scored on the test split ({', '.join(bad)})" if bad else ""


def _idle(cell: CellState) -> bool:
    """Whether a searcher found nothing to do; one that broke has a traceback in its detail."""
    return bool(cell.ended and not cell.trials and "\n" not in cell.ended["detail"])
