"""One paragraph: who leads, by how much on the scores that decide, and what is not decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..figures import fitting
from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE
from ..statistics import LEVEL
from . import (
    conduct,
    floors,
    limits,
    models,
    outside,
    planted,
    reached,
    short,
    shown,
    switches,
    transfers,
    view_lines,
)
from .comparisons import RAN_NOTHING, Contrast, compared
from .decisions import raised
from .ties import at_top, is_tie, leads, listed, nearest, seeds_told
from .wording import Wording

AXES = {"cpu_s": ("CPU time", " s"), "tokens": ("tokens", ""), "usd": ("dollars", "")}


def verdict(
    state: State, cells: Sequence[CellState], standings: Mapping[str, Any], words: Wording,
    seen: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """{"text": a paragraph, "short": sentences, "pairs": rows}; speaks of these runs.

    seen: the gains by the study's views.
    """
    base = state.assessments.get((BASELINE, state.final))
    if base is None or not base.ok:
        text = f"No verdict: the baseline has no score on {words.split}."
        return {"text": text, "short": [text], "pairs": []}
    found, excluded = compared(state, cells)
    sentences = [f"{name} is not compared: {why}." for name, why in excluded.items()]
    sentences += conduct.nothing_ran(cells)
    sentences += conduct.unaccounted(state, cells)
    if not found:
        idle = excluded and all(RAN_NOTHING in why for why in excluded.values())
        ended = any(cell.ended and cell.ended["status"] == "finished" for cell in cells)
        did = "ran a trial" if idle else "could be compared" if ended else "finished"
        why = f"No verdict: no searcher {did}."
        text = " ".join([*sentences, why])
        return {"text": text, "short": [why, *sentences[:2]], "pairs": []}
    tops = at_top(found, words)
    first = tops[0]
    sentences += _first(state, cells, tops, words)
    sentences += view_lines.sentences(seen, [one.better for one in tops], words)
    if first.gap.mean > 0 and not is_tie(first, words):
        sentences += floors.sentence(state, cells, tops, words)
    sentences += _pairs(state, cells, found, tops, words)
    sentences += limits.of_leader(state, cells, first, words)
    if len([one for one in found if not one.programs]) > 1:
        sentences.append(
            f"Decisions are at the {LEVEL:.0%} level, after Holm's correction for {len(found)} "
            "comparisons."
        )
    sentences += limits.of_signs(found, words)
    leaders = [one.better for one in tops]
    sentences += planted.sentences(state, cells, leaders, words)
    sentences += transfers.sentences(state, cells, leaders)
    sentences += shown.unseparated(cells, found, words)
    sentences += _elsewhere(leaders, standings, words, cells)
    sentences += switches.expressed(state, cells)
    sentences += outside.caution(cells)
    sentences += [words.caution] if words.caution else []
    brief = short.sentences(state, cells, found, excluded, tops, words, seen)
    return {"text": " ".join(sentences), "short": brief, "pairs": [_row(one) for one in found]}


def _first(
    state: State, cells: Sequence[CellState], tops: Sequence[Contrast], words: Wording
) -> list[str]:
    """The best searcher against the baseline, or those that are tied as the best."""
    found, names = tops[0], listed([one.better for one in tops])
    tied = len(tops) > 1
    seeds = sum(cell.alias == found.better for cell in cells)
    whose = seeds_told(seeds)
    if found.gap.mean == 0 and found.gap.p == 1:
        return [
            f"Nobody beat the baseline at a budget of {words.trials(state.budget)} ({whose}).",
            *reached.baseline(state, words),
        ]
    if found.gap.mean < 0 or is_tie(found, words):
        begin = f"Nobody beat the baseline; {names} {nearest(tops)} ({whose})"
    else:
        begin = f"{names} {leads(tops)} at a budget of {words.trials(state.budget)} ({whose})"
    if not words.held_out:
        best = [reached.best(state, cells, one, words, named=tied) for one in tops]
        return [f"{begin}.", *(sentence for some in best for sentence in some)]
    gains = [
        f"{_gap(one, words)}{f' ({one.better})' * tied}{_decision(one, words)}" for one in tops
    ]
    its = "the" if tied else "its"
    return [
        f"{begin}: {its} {words.known}gain over the baseline {words.where} is {'; '.join(gains)}."
    ]


def _pairs(
    state: State,
    cells: Sequence[CellState],
    found: Sequence[Contrast],
    tops: Sequence[Contrast],
    words: Wording,
) -> list[str]:
    """Searchers against each other, but for ties that the first sentence tells already."""
    told = {one.better for one in tops}
    kept = {cell.alias for cell in cells} - {
        cell.alias for cell in cells if state.champion(cell).number
    }
    pairs = [one for one in found if one.worse != BASELINE]
    sentences = []
    for one in pairs:
        both = {one.better, one.worse}
        if both <= kept:
            if not told <= kept:
                sentences.append(f"The champions of {listed(sorted(both))} are both the baseline.")
        elif not (both <= told and is_tie(one, words)):
            sentences.append(_pair(one, words))
    return sentences


def _pair(found: Contrast, words: Wording) -> str:
    if is_tie(found, words):
        same = found.gap.low == found.gap.high
        gap = "" if same else f": the difference is {_gap(found, words)}, which is not decided"
        return f"{found.better} and {found.worse} are tied{gap}."
    if found.decided:
        once = found.once
        tail = f" (one seed of {' and '.join(once)}: this speaks of that run)" if once else ""
        if found.programs:
            tail = " (one seed each: this speaks of these two programs)"
        return f"{found.better} leads {found.worse} by {_gap(found, words)}{tail}."
    return (
        f"{found.better} and {found.worse}: the difference of {_gap(found, words)} is not decided"
        f"{_more(found, words)}."
    )


def _gap(found: Contrast, words: Wording) -> str:
    if found.decided and words.is_nothing(found.gap.mean):  # more digits than the table's
        words = replace(words, figures=fitting([], [found.gap.mean]))
    return _span(found.gap.mean, (found.gap.low, found.gap.high), words)


def _span(mean: float, bounds: Sequence[float | None], words: Wording) -> str:
    """`+0.012 [-0.003, +0.027] K`."""
    lone = words.held_out and bounds[0] is None
    once = words.sealed and words.objective.evidence == "measured"
    why = "measured once" if once else f"one {words.unit_of_sampling[0]}"
    none = f" [no interval: {why}]" if lone else ""
    return f"{words.span(mean, bounds)}{words.gain_unit}{none}"


def _decision(found: Contrast, words: Wording) -> str:
    return "" if found.decided else f", which is not decided{_more(found, words)}"


def _more(found: Contrast, words: Wording) -> str:
    """About how much more of what would decide a difference of this size."""
    wanted, now = found.needed, found.spread
    if wanted is None:
        return ""
    several = words.unit_of_sampling[1]
    counts = [
        (wanted.seeds, now.seeds, "seeds"),
        (wanted.clusters, now.clusters, several),
        (wanted.items, now.items, f"{words.nouns.items} in the same {several}"),
        (wanted.replicates, now.replicates, "replicates of each program"),
    ]
    if now.items == now.clusters:
        del counts[2]
    if any(total == have for total, have, _ in counts):
        return "; this sample is only just large enough to decide such a difference"
    ways = [f"{total:,} {what} (now {have:,})" for total, have, what in counts if total]
    if ways:
        return f"; to decide such a difference it would take about {' or '.join(ways)}"
    both = ""
    if wanted.times:
        both = f"; about {wanted.times:,} times as many seeds and {several} would"
    elif now.noise:  # whole runs vary, and no sample of anything else makes that smaller
        both = "; it also takes more runs of each program (`[replicates] final` in study.toml)"
    return f"; neither more seeds nor more {several} alone would decide such a difference{both}"


def _elsewhere(
    first: Sequence[str], standings: Mapping[str, Any], words: Wording, cells: Sequence[CellState]
) -> list[str]:
    """Searchers that lead at the same use of something other than trials."""
    sentences, notes = [], models.axis_notes(cells)
    for axis, rows in standings.items():
        if axis not in AXES or not rows or rows[-1]["leader"] in first or not rows[-1]["gap"]:
            continue
        row, (name, unit) = rows[-1], AXES[axis]
        if words.is_nothing(row["gap"]):
            continue
        note = f"; {notes[axis]}" if axis in notes else ""
        tail = " (unadjusted)" if row["p"] < LEVEL else ", which is not decided"
        sentences.append(
            f"At equal {name} ({row['at']:.4g}{unit}{note}) {row['leader']} leads {row['second']} "
            f"instead, by {_span(row['gap'], row['interval'], words)}{tail}."
        )
    return sentences


def _row(one: Contrast) -> dict[str, Any]:
    wanted = one.needed
    return {
        "better": one.better,
        "worse": one.worse,
        "gap": one.gap.mean,
        "interval": [one.gap.low, one.gap.high],
        **raised({"p": one.p, "p_floor": one.floor, "decided": one.decided}),
        "seeds": one.spread.seeds,
        "clusters": one.gap.clusters,
        "items": one.spread.items,
        "detectable": one.detectable,
        "needed": vars(wanted) if wanted else None,
    }
