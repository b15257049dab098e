"""The verdict in two or three sentences: what a person may claim, and what stands against it.

They come from the facts of the whole paragraph (verdict.py), which tables in full and summary.json
keep, and have as many digits as their intervals support.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Any

from ..ledger.cell import CellState
from ..ledger.session import OPEN
from ..ledger.state import State
from ..ledger.subjects import BASELINE, FLOOR
from ..statistics import LEVEL
from . import conduct, floors, planted, reached, shaped, shown, transfers
from .comparisons import Contrast
from .shares import between
from .ties import is_tie, leads, listed, nearest, seeds_told
from .views import quoted
from .wording import Wording

MOST = 3  # sentences
NAMED = 3  # searchers, or reasons, that one sentence names
WHY_CHARS = 90
REPORTED = "the program reports the score itself, and an edit can forge it"

Row = Mapping[str, Any]


def sentences(
    state: State, cells: Sequence[CellState], found: Sequence[Contrast],
    excluded: Mapping[str, str], tops: Sequence[Contrast], words: Wording, seen: Row | None,
) -> list[str]:  # fmt: skip
    """Three sentences at most. The arguments are those of the verdict."""
    told = [*conduct.unaccounted(state, cells)[:1], _claim(state, cells, found, tops, words)]
    others = [*_others(state, cells, found, tops, words), *_excluded(excluded)]
    against = list(_against(state, cells, found, tops, words, seen))[:NAMED]
    told += [f"{_begun('; '.join(others))}."] * bool(others)
    told += [f"But {'; '.join(against)}."] * bool(against)
    return told if len(told) <= MOST else [*told[: MOST - 1], told[-1]]


def _begun(text: str) -> str:
    """A sentence's beginning with a capital, but for a name."""
    first, blank, rest = text.partition(" ")
    return f"{first.capitalize()}{blank}{rest}" if first in ("it", "its", "the") else text


def _claim(
    state: State, cells: Sequence[CellState], found: Sequence[Contrast], tops: Sequence[Contrast],
    words: Wording,
) -> str:  # fmt: skip
    """The gain that may be claimed, or that none may be."""
    first, names = tops[0], listed([one.better for one in tops])
    seeds = sum(cell.alias == first.better for cell in cells)
    within = f"at a budget of {words.trials(state.budget)} ({seeds_told(seeds)})"
    gain = _gap(first, words)
    if first.gap.mean == 0 and first.gap.p == 1:
        return f"Nobody beat the baseline {within}: no gain can be claimed."
    if first.gap.mean < 0 or is_tie(first, words):
        return (
            f"Nobody beat the baseline {within}: {names} {nearest(tops)}, by {gain}, and no gain "
            "can be claimed."
        )
    if not words.held_out:
        best = reached.best(state, cells, first, words, named=True)[:1]
        return " ".join([f"{names} {leads(tops)} {within}.", *best])
    if not first.decided:
        return (
            f"No gain can be claimed {within}: {names} {leads(tops)}, and the {words.known}gain "
            f"over the baseline {words.where}, {gain}, is not decided{_corrected(first, found)}."
        )
    its = "the" if len(tops) > 1 else "its"
    return f"{names} {leads(tops)} {within}: {its} {words.known}gain {words.where} is {gain}."


def _others(
    state: State, cells: Sequence[CellState], found: Sequence[Contrast], tops: Sequence[Contrast],
    words: Wording,
) -> Iterator[str]:  # fmt: skip
    """Searchers that the leader is ahead of, and pairs that nothing decides."""
    leaders = {one.better for one in tops}
    if tops[0].gap.mean <= 0 or is_tie(tops[0], words):
        return
    kept = {cell.alias for cell in cells if not state.champion(cell).number}
    kept -= {cell.alias for cell in cells if state.champion(cell).number}
    pairs = [one for one in found if one.worse != BASELINE and {one.better, one.worse} - kept]
    mine = [one for one in pairs if one.better == tops[0].better and one.worse not in leaders]
    ahead = [one for one in mine if one.decided]
    if ahead:
        name = "it" if len(leaders) == 1 else tops[0].better
        yield f"{name} is ahead of {_led(ahead, words)}"
    for one in [one for one in mine if not one.decided][:NAMED]:
        lead = "its lead" if len(leaders) == 1 else f"the lead of {one.better}"
        yield f"{lead} over {one.worse}, {_gap(one, words)}, is not decided{_corrected(one, found)}"
    open_ = [one for one in pairs if not one.decided and not {one.better, one.worse} & leaders]
    if len(open_) == 1:
        yield f"{open_[0].better} and {open_[0].worse} cannot be told apart"
    elif open_:
        yield f"{len(open_)} other pairs of searchers cannot be told apart"


def _corrected(one: Contrast, found: Sequence[Contrast]) -> str:
    """Why a difference stays open whose interval excludes zero; readers take that for decided."""
    low, high = one.gap.low, one.gap.high
    if low is None or high is None or low <= 0 <= high:
        return ""
    many = f" after Holm's correction for {len(found)} comparisons" * (len(found) > 1)
    return f" (its interval excludes zero, but p is {one.p:.2g}{many})"


def _led(ahead: Sequence[Contrast], words: Wording) -> str:
    """`random by +0.51 and optuna by +0.52`; many searchers are counted."""
    by = [(one.worse, words.supported((one.gap.low, one.gap.high))) for one in ahead]
    unit = words.gain_unit
    gaps = [
        f"{digits.signed(one.gap.mean)}{unit}" for one, (_, digits) in zip(ahead, by, strict=True)
    ]
    if len(set(gaps)) == 1 or len(ahead) > NAMED:
        names = [name for name, _ in by[:NAMED]]
        rest = len(by) - len(names)
        gap = gaps[0] if len(set(gaps)) == 1 else "at least " + gaps[_least(ahead)]
        return f"{listed([*names, f'{rest} more'] if rest else names)} by {gap}"
    return listed([f"{name} by {gap}" for (name, _), gap in zip(by, gaps, strict=True)])


def _least(ahead: Sequence[Contrast]) -> int:
    return min(range(len(ahead)), key=lambda number: ahead[number].gap.mean)


def _gap(one: Contrast, words: Wording) -> str:
    gain = f"{words.gain(one.gap.mean, (one.gap.low, one.gap.high))}{words.gain_unit}"
    return gain if one.gap.low is not None or not words.held_out else f"{gain} (no interval)"


def _excluded(excluded: Mapping[str, str]) -> Iterator[str]:
    """Searchers without a result: no comparison speaks of them."""
    if len(excluded) > 1:
        yield f"{listed(list(excluded)[:NAMED])} are not compared (see below)"
    for name, why in list(excluded.items())[: len(excluded) == 1]:
        yield f"{name} is not compared: {shorten(why, WHY_CHARS, placeholder='…')}"


def _against(
    state: State, cells: Sequence[CellState], found: Sequence[Contrast], tops: Sequence[Contrast],
    words: Wording, seen: Row | None,
) -> Iterator[str]:  # fmt: skip
    """Reasons not to take the leaders' gain at its word, the gravest first."""
    leaders = [one.better for one in tops]
    if words.caution:
        yield REPORTED
    names = dict.fromkeys(c.alias for c in cells if c.reach == OPEN and c.alias in leaders)
    if names:
        yield f"{listed(list(names))} could read the answers while searching"
    if tops[0].gap.mean <= 0 or is_tie(tops[0], words):
        return
    yield from _planted(state, cells, leaders, words)
    for row in seen["disagreements"] if seen else ():
        if row["searcher"] in leaders and row["how"] != "appears":
            yield f"by {row['by']} the gain of {row['searcher']} {row['how']}"
    yield from _shaped(state, cells, leaders, words)
    yield from _floor(state, cells, tops[0], words)
    yield from _controls(cells, found, leaders)
    yield from _elsewhere(state, cells, leaders)
    if words.claim == "replicates":
        yield "this holds for the same data under other seeds, and says nothing of other data"


def _planted(
    state: State, cells: Sequence[CellState], leaders: Sequence[str], words: Wording
) -> Iterator[str]:
    for cell in planted.best(state, cells, leaders):
        found = state.accounts.get(cell.key, {}).get("planted")
        if not found or not found["parts"]:
            continue
        share = between(found["range"]) if found["range"] else "part"
        rest = found.get("without")
        them = "those repairs" + " and the parts that need them" * bool(found.get("brings"))
        left = f", and without {them} {_figure(rest, words)}" if rest else ""
        yield f"{share} of its gain repairs faults that were planted on purpose{left}"


def _shaped(
    state: State, cells: Sequence[CellState], leaders: Sequence[str], words: Wording
) -> Iterator[str]:
    """A leader whose gain is in good part that of parts which only the score pays for."""
    for cell in planted.best(state, cells, leaders):
        account = state.accounts.get(cell.key, {})
        if told := shaped.reason({**account, **quoted(state, account)}, words):
            yield told


def _figure(row: Row, words: Wording) -> str:
    """`+0.03 [-0.02, +0.08] is left`, and that it is not decided where it is not."""
    low, high = row["low"], row["high"]
    open_ = low is None or low <= 0 <= high
    gain = f"{words.gain(row['mean'], (low, high))}{words.gain_unit}"
    return f"{gain} is left" + ", which is not decided" * open_


def _floor(
    state: State, cells: Sequence[CellState], first: Contrast, words: Wording
) -> Iterator[str]:
    """A leader that is not shown to do better than a program which understands nothing."""
    floor = floors.best(state)
    over = floors.over(state, [cell for cell in cells if cell.alias == first.better])
    if floor is None or over is None or (over.p < LEVEL and over.mean > 0):
        return
    name = floor.subject.removeprefix(FLOOR)
    where = "is below" if over.mean < 0 and over.p < LEVEL else "is not shown to be above"
    yield f"{first.better} {where} the best floor ({name}, {words.score(floor.score)})"


def _controls(
    cells: Sequence[CellState], found: Sequence[Contrast], leaders: Sequence[str]
) -> Iterator[str]:
    """Respects in which no control holds a leader back."""
    bound = {cell.alias for cell in cells if not cell.controls}
    led = {one.better for one in found if one.decided and one.worse in bound - {BASELINE}}
    for alias in [name for name in leaders if name in led]:
        lacking = shown.missing(next(c for c in cells if c.alias == alias), cells)
        limits = [shown.LIMITS.get(option, f"what {option} allows") for option in lacking]
        if limits:
            yield (
                f"no control shows how much of its lead comes from {listed(limits)} (--controls)"
            )


def _elsewhere(state: State, cells: Sequence[CellState], leaders: Sequence[str]) -> Iterator[str]:
    """Other studies on which a leader's gain is not decided, or is a loss."""
    for name, other in transfers.section(state, cells).get("transfer", {}).items():
        for alias in leaders:
            row = other["searchers"][alias]
            if row["gain"] is not None and not (row["decided"] and row["gain"] > 0):
                gain = Wording.from_json(other).gain(row["gain"], row["interval"])
                yield f"on {name}, where nobody searched, the gain of {alias} is {gain}"
