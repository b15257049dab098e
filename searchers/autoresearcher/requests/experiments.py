"""Experiments as a request tells them: in full, on a line each, or counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from searchers.autoresearcher.edit import OVERALL
from searchers.autoresearcher.experiment import Experiment
from searchers.autoresearcher.requests.words import Words

HYPOTHESIS_CHARS, LINE_CHARS, OUTCOME_CHARS = 300, 90, 700
VERDICTS = {
    "kept": "KEPT",
    "rejected": "taken back",
    "ambiguous": "taken back: its change could be noise",
    "invalid": "not usable",
    "failed": "taken back: it has no score",
    "pruned": "kept at first, and removed later: it had become worthless",
    "skipped": "not run, and not charged",
}


@dataclass(frozen=True)
class Told:
    """An experiment in full. lines: below its heading."""

    number: int
    heading: str
    lines: Sequence[str]


@dataclass(frozen=True)
class History:
    """Experiments of a cell, the oldest first. counted: those that are only counted, as a line."""

    counted: str = ""
    short: Sequence[str] = ()
    full: Sequence[Told] = ()


def history(
    some: Sequence[Experiment], tell: Words, *, full: int, short: int, guarded: bool = False,
    noise: float | None = None,
) -> History:  # fmt: skip
    """The last ones in full, so many before on a line each, and the rest as numbers.

    guarded: some items are not shown. noise: of an experiment that does not know its own.
    """
    at = max(0, len(some) - full)
    first = max(0, at - short)
    return History(
        counted(some[:first]),
        [line(one, tell) for one in some[first:at]],
        [
            Told(one.number, heading(one), list(_lines(one, tell, guarded, noise)))
            for one in some[at:]
        ],
    )


def counted(some: Sequence[Experiment]) -> str:
    """`1 to 120: 9 kept, 101 taken back, 10 not usable`; "" for none."""
    if not some:
        return ""
    numbers = Counter(VERDICTS[one.verdict].partition(":")[0].lower() for one in some)
    told = ", ".join(f"{number} {what}" for what, number in numbers.most_common())
    return f"{some[0].number} to {some[-1].number}: {told}"


def line(one: Experiment, tell: Words) -> str:
    change = "" if one.change is None else f", {tell.change(one.change)}"
    what = VERDICTS[one.verdict].partition(":")[0]
    return f"{one.number}. {_label(one)} {_cut(one.edit.hypothesis, LINE_CHARS)}: {what}{change}"


def heading(one: Experiment) -> str:
    needs = f" (needs {', '.join(map(str, one.edit.depends))})" if one.edit.depends else ""
    hypothesis = _cut(one.edit.hypothesis, HYPOTHESIS_CHARS) or "no hypothesis"
    return f"{one.number}. {_label(one)} {hypothesis}{needs}"


def _lines(one: Experiment, tell: Words, guarded: bool, noise: float | None) -> Iterator[str]:
    """Lines below the heading of one experiment."""
    yield f"{VERDICTS[one.verdict]}{_change(one, tell, noise)}"
    if one.guard:
        yield f"the guard said no: {_cut(one.guard, OUTCOME_CHARS)}"
    elif one.aside:
        yield f"the part that is kept aside: {one.aside}"
    if one.chosen:
        yield f"of its ways the best was: {_cut(one.chosen, OUTCOME_CHARS)}"
    if one.others:
        yield f"the other ways: {_cut(one.others, OUTCOME_CHARS)}"
    if one.outcome:
        yield _cut(one.outcome.removeprefix(f"{one.verdict}, "), OUTCOME_CHARS)
    if moved := {kind: value for kind, value in one.kinds.items() if tell.is_seen(value)}:
        yield "by kind: " + ", ".join(f"{kind} {tell.change(moved[kind])}" for kind in moved)
    if one.change is not None and tell.items > 1:
        items = tell.nouns.count_items(len(one.fixed))
        which = " (of those shown)" if guarded else ""
        yield f"{items} better, {len(one.broken)} worse{which}"
    if one.scores:
        first, second = (tell.number(score) for score in one.scores)
        yield f"two runs: {tell.measure} {first} and {second}; what is told here is of their mean"
    if one.edit.predicts:
        yield "foretold: " + ", ".join(_foretold(one))
    if spent := list(_spent(one)):
        yield "; ".join(spent)


def _change(one: Experiment, tell: Words, noise: float | None) -> str:
    if one.change is None:
        return ""
    noise = noise if one.noise is None else one.noise
    within = [f"noise {tell.distance(noise)}"] if noise is not None else []
    if one.low is not None and one.high is not None and one.low < one.high:
        within.insert(0, f"95 % interval {tell.signed(one.low)} to {tell.signed(one.high)}")
    if side := tell.side(one.change):
        within.insert(0, side)
    told = f" ({'; '.join(within)})" if within else ""
    return f": {tell.measure} {tell.signed(one.change)}{told}"


def _foretold(one: Experiment) -> Iterator[str]:
    """`temporal up (it did)` for each prediction; without a remark where nobody knows."""
    for told in one.edit.predicts:
        moved = one.change if told.kind == OVERALL else one.kinds.get(told.kind)
        came = ""
        if moved is not None:
            is_right = moved > 0 if told.direction == "up" else moved < 0
            came = " (it did)" if is_right else " (it did not)"
        yield f"{told.kind} {told.direction}{came}"


def _spent(one: Experiment) -> Iterator[str]:
    if one.trials:  # by their numbers: a question may be about one of them
        noun = "trial" if len(one.trials) == 1 else "trials"
        yield f"{noun} {', '.join(_trial(one, number) for number in one.trials)}"
    if one.repairs:
        yield f"{one.repairs} {'repair' if one.repairs == 1 else 'repairs'} asked for"


def _trial(one: Experiment, number: int) -> str:
    """`7 (run once more)`"""
    told = one.purposes.get(number)
    return f"{number} ({told})" if told else str(number)


def _label(one: Experiment) -> str:
    return f"[{one.edit.label[:40] or 'no label'}]"


def _cut(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"
