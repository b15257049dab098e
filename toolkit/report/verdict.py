"""One paragraph: who leads on the sealed split, by how much, and what is not decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..bench.tally import UNACCOUNTED
from ..ledger.state import BASELINE, CellState, State
from ..statistics import Estimate
from .comparisons import LEVEL, RAN_NOTHING, Comparison, compared, mean, test_runs

TOLD = {
    "programs": "{n:,} programs ran that no trial stands for",
    "results": "{n:,} trials have a result whose program did not run",
    "evaluations": "{n:,} programs ran past the bench",
    "openings": "the test split was opened {n:,} times without a record",
}
NAMES = {"cpu_s": "CPU time", "tokens": "tokens", "usd": "dollars"}


def verdict(
    state: State, cells: Sequence[CellState], standings: Mapping[str, Any]
) -> dict[str, Any]:
    """{"text": a paragraph, "pairs": rows}; speaks of these runs, over their seeds."""
    base = state.assessments.get((BASELINE, "test"))
    if base is None or not base.ok:
        return {"text": "No verdict: the baseline has no score on the test split.", "pairs": []}
    found, excluded = compared(state, cells)
    sentences = [f"{name} is not compared: {why}." for name, why in excluded.items()]
    sentences += _nothing_ran(cells)
    sentences += _unaccounted(state, cells)
    against = {one.better: one for one in found if one.worse == BASELINE}
    if not against:
        idle = excluded and all(RAN_NOTHING in why for why in excluded.values())
        did = "ran a trial" if idle else "finished"
        text = " ".join([*sentences, f"No verdict: no searcher {did}."])
        return {"text": text, "pairs": []}
    first = max(against, key=lambda name: mean(test_runs(state, cells, name)))
    sentences.append(_first(state, cells, first, against[first]))
    sentences += [_pair(one) for one in found if one.worse != BASELINE]
    if len(found) > 1:
        sentences.append(
            f"Decided at {LEVEL:.0%} after Holm's correction for {len(found)} comparisons."
        )
    sentences += _elsewhere(first, standings)
    return {"text": " ".join(sentences), "pairs": [_row(one) for one in found]}


def interval(estimate: Estimate) -> str:
    """`+0.012 [-0.003, +0.027]`."""
    return _span(estimate.mean, estimate.low, estimate.high)


def _span(mean: float, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"{mean:+.3f} [no interval: one conversation]"
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"


def _first(state: State, cells: Sequence[CellState], name: str, found: Comparison) -> str:
    seeds = sum(cell.alias == name for cell in cells)
    whose = (
        "one seed: this speaks of that run, not of the method" if seeds == 1 else f"{seeds} seeds"
    )
    leads = "leads" if found.decided else "is first"
    what = f"{name} {leads} at a budget of {state.budget:g} trials ({whose})"
    if found.gap.mean == 0 and found.gap.p == 1:
        return f"Nobody beat the baseline at a budget of {state.budget:g} trials ({whose})."
    if found.gap.mean < 0:
        what = f"Nobody beat the baseline; {name} comes nearest ({whose})"
    tail = "" if found.decided else ", which is not decided"
    return (
        f"{what}: against the baseline on the sealed test split {interval(found.gap)}{tail}"
        f"{_more(found)}."
    )


def _nothing_ran(cells: Sequence[CellState]) -> list[str]:
    """A search whose programs all failed kept the baseline for another reason than its rivals."""
    return [
        f"Of {cell.name} every trial failed ({len(cell.trials)}): what stands for it is the "
        "baseline."
        for cell in cells
        if cell.trials and not any(trial.ok for trial in cell.trials.values())
    ]


def _unaccounted(state: State, cells: Sequence[CellState]) -> list[str]:
    """What the bench counted and no record stands for: a searcher that reached around its lab."""
    full, sentences = state.study["full"], []
    for cell in cells:
        ended = cell.ended or {}
        told = _counts(ended.get("unaccounted") or {})
        if told:
            sentences.append(f"While {cell.name} ran, {told}: its result is not comparable.")
        if ended and cell.charged > ended["budget"] * full:
            sentences.append(
                f"{cell.name} was charged {cell.charged / full:g} trials at a budget of "
                f"{ended['budget']:g}: its result is not comparable."
            )
        if less := cell.charged_less(full):
            sentences.append(
                f"{cell.name}: {less} evaluations of the whole search split were charged less than "
                "a trial, and none was a promotion: its result is not comparable."
            )
    told = _counts(state.findings.get(UNACCOUNTED, {}))
    if told:
        sentences.append(f"After the searches, {told}: no result of this run is comparable.")
    return sentences


def _counts(found: Mapping[str, int]) -> str:
    return " and ".join(says.format(n=found[what]) for what, says in TOLD.items() if what in found)


def _pair(found: Comparison) -> str:
    if found.decided:
        once = found.once
        tail = f" (one seed of {' and '.join(once)}: this speaks of that run)" if once else ""
        return f"{found.better} is ahead of {found.worse} by {interval(found.gap)}{tail}."
    return (
        f"{found.better} against {found.worse}: not decided, {interval(found.gap)}{_more(found)}."
    )


def _more(found: Comparison) -> str:
    """About how much more of what would decide a difference of this size."""
    wanted, now = found.needed, found.spread
    if wanted is None:
        return ""
    counts = (
        (wanted.seeds, now.seeds, "seeds"),
        (wanted.clusters, now.clusters, "conversations"),
        (wanted.items, now.items, "questions in them"),
    )
    if any(total == have for total, have, _ in counts):
        return "; a difference of this size is at the edge of what so many decide"
    ways = [f"{total:,} {what} in place of {have:,}" for total, have, what in counts if total]
    if ways:
        return f"; to decide a difference of this size it would take about {' or '.join(ways)}"
    both = f", about {wanted.times:,} times as many of both would" if wanted.times else ""
    return (
        "; neither more seeds nor more conversations alone would decide a difference of this "
        f"size{both}"
    )


def _elsewhere(first: str, standings: Mapping[str, Any]) -> list[str]:
    """Where another one is in front at the same use of something other than trials."""
    sentences = []
    for axis, rows in standings.items():
        if axis not in NAMES or not rows or rows[-1]["leader"] == first or not rows[-1]["gap"]:
            continue
        row = rows[-1]
        tail = " (unadjusted)" if row["p"] < LEVEL else ", which is not decided"
        sentences.append(
            f"At equal {NAMES[axis]} ({row['at']:.4g}) {row['leader']} is in front of "
            f"{row['second']} instead, by {_span(row['gap'], *row['interval'])}{tail}."
        )
    return sentences


def _row(one: Comparison) -> dict[str, Any]:
    wanted = one.needed
    return {
        "better": one.better,
        "worse": one.worse,
        "gap": one.gap.mean,
        "interval": [one.gap.low, one.gap.high],
        "p": one.p,
        "decided": one.decided,
        "seeds": one.spread.seeds,
        "conversations": one.spread.clusters,
        "questions": one.spread.items,
        "detectable": one.detectable,
        "needed": vars(wanted) if wanted else None,
    }
