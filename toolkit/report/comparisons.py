"""Searchers against the baseline and against each other, on the scores that decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean
from textwrap import shorten

from ..intervals import Run, difference, gap, is_sampled
from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE
from ..statistics import (
    LEVEL,
    Components,
    Estimate,
    Needed,
    Noise,
    components,
    detectable,
    holm,
    needed,
)
from ..statistics.flips import floor
from .gaps import runs_of
from .noise import chosen, luck, noise

WHY_CHARS = 200
RAN_NOTHING = "ran no trial"


@dataclass(frozen=True)
class Contrast:
    """One difference of scores that decide; p is adjusted for the number of comparisons.

    rows: the mean over the seeds of what differs, row by row. programs: the difference is exact
    and speaks of one program each, not of the searchers.
    """

    better: str
    worse: str
    gap: Estimate
    p: float
    spread: Components
    rows: Run
    once: tuple[str, ...] = ()
    """searchers compared on one seed only: the claim is about that run"""
    programs: bool = False
    sampled: bool = True

    @property
    def decided(self) -> bool:
        return self.p < LEVEL

    @property
    def floor(self) -> float:
        """Smallest p that signs of so many clusters can give; 0 where nothing is sampled."""
        return floor(self.spread.clusters) if self.sampled else 0.0

    @property
    def confidence(self) -> float:
        """Confidence level of an interval that decides as strictly as the adjusted p does."""
        return 1 - LEVEL * (self.gap.p / self.p if self.gap.p else 1)

    @property
    def detectable(self) -> float | None:
        """The smallest true difference that a comparison of this size finds 4 times in 5."""
        if self.spread.clusters < 2:
            return None
        return detectable(self.spread, level=self.confidence)

    @property
    def needed(self) -> Needed | None:
        """Sample that would decide a difference of this size; None for none, or a decided one."""
        if self.decided or not self.gap.mean or self.gap.low is None or self.spread.clusters < 2:
            return None
        return needed(self.gap.mean, self.spread, level=self.confidence)


def compared(state: State, cells: Sequence[CellState]) -> tuple[list[Contrast], dict[str, str]]:
    """Comparisons of every searcher with the baseline, then of every pair, the better one first.

    Beside them {searcher: why it is not compared}.
    """
    names = list(dict.fromkeys(cell.alias for cell in cells))
    excluded = {name: why for name in names if (why := _problem(state, cells, name))}
    mine = {
        name: [state.champion(cell) for cell in cells if cell.alias == name]
        for name in names
        if name not in excluded
    }
    mine[BASELINE] = [state.baseline]
    runs = {name: runs_of(state, trials) for name, trials in mine.items()}
    searchers = [name for name in runs if name != BASELINE]
    pairs = [(name, BASELINE) for name in searchers]
    for two in combinations(searchers, 2):
        better, worse = sorted(two, key=lambda name: -mean(runs[name]))
        pairs.append((better, worse))
    told = [differences(runs[one], runs[two]) for one, two in pairs]
    noises = [noise(state, mine[one], mine[two]) for one, two in pairs]
    # two searchers' champions were chosen by the same rule; the baseline was not chosen
    lucks = [
        luck(state, [cell for cell in cells if cell.alias == one]) if two == BASELINE else 0.0
        for one, two in pairs
    ]
    gaps = [
        chosen(gap(state, rows, moved), lucky)
        for rows, moved, lucky in zip(told, noises, lucks, strict=True)
    ]
    adjusted = holm([one.p for one in gaps])
    return [
        _comparison(state, pair, rows, found, p, runs, moved)
        for pair, rows, found, p, moved in zip(pairs, told, gaps, adjusted, noises, strict=True)
    ], excluded


def _comparison(
    state: State,
    pair: tuple[str, str],
    rows: Sequence[Run],
    found: Estimate,
    p: float,
    runs: Mapping[str, Sequence[Run]],
    moved: Noise | None,
) -> Contrast:
    sampled = is_sampled(state)
    homes = state.rows("test") if sampled else dict.fromkeys(rows[0], "")
    middle = {row: fmean(run[row] for run in rows) for row in rows[0]}
    # a searcher and the baseline, which has no seeds, are no two samples of different size
    once = _once({name: runs[name] for name in pair if name != BASELINE})
    programs = not sampled and len(rows) == 1
    spread = (
        replace(components(rows, homes), noise=moved, replicates=state.study["replicates"]["final"])
        if moved
        else components(rows, homes)
    )
    return Contrast(*pair, found, p, spread, middle, once, programs, sampled)


def _once(runs: Mapping[str, Sequence[Run]]) -> tuple[str, ...]:
    counts = {name: len(some) for name, some in runs.items()}
    return tuple(name for name in counts if counts[name] == 1 < max(counts.values()))


def differences(left: Sequence[Run], right: Sequence[Run]) -> list[Run]:
    """Differences of two searchers' runs, one of each seed.

    Seeds of two searchers have nothing in common but their number. Where one has fewer seeds, its
    runs are averaged: the difference then speaks of those runs.
    """
    if len(left) != len(right):
        fewer = min(left, right, key=len)
        averaged = [{item: fmean(run[item] for run in fewer) for item in fewer[0]}]
        left = averaged * len(right) if fewer is left else left
        right = averaged * len(left) if fewer is right else right
    return [
        {item: difference(a[item], b[item]) for item in a} for a, b in zip(left, right, strict=True)
    ]


def mean(runs: Sequence[Run]) -> float:
    return fmean(fmean(run.values()) for run in runs)


def _problem(state: State, cells: Sequence[CellState], name: str) -> str:
    """Reason why a searcher cannot be compared; empty if it can."""
    mine = [cell for cell in cells if cell.alias == name]
    failed = [cell for cell in mine if not cell.ended or cell.ended["status"] != "finished"]
    if failed and all(map(_idle, failed)):
        why = shorten((failed[0].ended or {})["detail"], WHY_CHARS, placeholder="…")
        return f"{_of(len(failed), len(mine))} {RAN_NOTHING} ({why})"
    if failed:
        return f"{_of(len(failed), len(mine))} did not finish"
    results = [state.result_of(state.champion(cell)) for cell in mine]
    bad = [
        result.status if result else "not run" for result in results if not (result and result.ok)
    ]
    where = {"sealed": "on the test split", "replicates": "on other seeds"}.get(state.claim, "")
    return f"its champion was not scored {where} ({', '.join(bad)})" if bad else ""


def _of(some: int, seeds: int) -> str:
    return "its only seed" if seeds == 1 else f"{some} of its {seeds} seeds"


def _idle(cell: CellState) -> bool:
    """True where a searcher found nothing to do; one that broke has a traceback in its detail."""
    return bool(cell.ended and not cell.trials and "\n" not in cell.ended["detail"])
