"""Bill for the answers to a comparison's programs, told before the first question is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, log10
from typing import TYPE_CHECKING, Any, cast

from ..errors import UserError
from ..figures import counted, dollars
from . import cost
from .forecast import lasting
from .rehearsal import Rehearsed, rehearsed

if TYPE_CHECKING:
    from .bench import Bench

ASSUMED_S = 1.0
"""seconds of one answer, as long as nobody has waited for one"""


@dataclass(frozen=True)
class Bill:
    """Answers of a whole comparison, about. evaluations: as many as on the search split.

    usd: None where nobody knows the price.
    """

    one: Rehearsed
    evaluations: float
    usd: float | None
    hours: float
    after: cost.After
    slots: int
    model: str
    free: bool
    instant: bool

    def times(self, amount: float) -> float:
        return self.evaluations * amount


def bill(bench: Bench, cells: int, trials: float, after: cost.After | None) -> Bill:
    """Bill of so many cells, from a dry run of the unchanged program.

    after: how much follows the search; None: all of it may.
    """
    model: Any = bench.answers
    one = rehearsed(bench)
    level = after or "full"
    evaluations = _evaluations(bench, cells, trials, level)
    per_run = model.prices.usd(model.provider.model, one.tokens_in, one.tokens_out)
    usd = 0.0 if model.provider.price_free else per_run and evaluations * per_run
    return Bill(
        one, evaluations, usd, evaluations * one.different * ASSUMED_S / model.slots / 3600,
        level, model.slots, model.provider.name, model.provider.price_free, model.provider.instant,
    )  # fmt: skip


def _evaluations(bench: Bench, cells: int, trials: float, after: cost.After) -> float:
    """Evaluations of a comparison, in those of the search split: others are as long as their items.

    The baseline on both splits, the search, what follows it, a run that measures how far answers
    differ, and for each parameter two runs on the first call that look whether it has any effect.
    """
    study, items, model = bench.study, bench.items, cast("Any", bench.answers)
    held_out = study.claim == "sealed"
    final = study.replicates.final if held_out else study.replicates.search
    weight = bench.size("test") / bench.size("search") if held_out else 1.0
    course = cost.Course(
        cells, trials, 1, final, held_out, "fresh" in study.splits, len(study.others)
    )
    parts = cost.estimate(course, cost.Rate(1.0), cost.Rate(weight), after).parts
    before: float = study.replicates.search + held_out * final * weight
    before += study.replicates.search * (not model.provider.deterministic)
    looked = 2 * len(study.space) / len(items["search"]) if after != "none" else 0.0
    return before + looked + sum(part.seconds for part in parts)


def lines(found: Bill) -> Iterator[str]:
    """The bill in words."""
    one = found.one
    different = "" if one.different == one.calls else f", {one.different:,} of them different"
    yield (
        f"answers: one evaluation of the unchanged program asks {found.model} "
        f"{counted(one.calls, 'question')}{different}: {_tokens(one.tokens_in)} in and at most "
        f"{_tokens(one.tokens_out)} out (a dry run in which every answer was a stub)"
    )
    if one.problem:
        yield f"that dry run did not come to its end, so that it may be more ({one.problem})"
    paid = "nothing is paid for them" if found.free else f"{_dollars(found.usd)}"
    yield (
        f"all of this command, about: {found.evaluations:,.0f} such evaluations, "
        f"{found.times(one.different):,.0f} answers, {_tokens(found.times(one.tokens_in))} in, "
        f"{_tokens(found.times(one.tokens_out))} out at most, {paid}{_wait(found)}; less, "
        "since what was asked before is not asked again, and more where candidates ask more than "
        "that program"
    )


def _wait(found: Bill) -> str:
    """`; 11.2 h if an answer takes 1 s, 8 at a time`; "" for a model that answers at once."""
    if found.instant:
        return ""
    took = lasting(3600 * found.hours)
    return f"; {took} if an answer takes {ASSUMED_S:g} s, {found.slots} at a time"


def require(found: Bill, max_usd: float | None) -> None:
    """Raises UserError where the bill is above the limit of dollars for answers."""
    if max_usd is None or found.usd is None or found.usd <= max_usd:
        return
    less = "" if found.after == "none" else ", or leave out what follows the search (--after none)"
    raise UserError(
        f"--answer-max-usd {max_usd:g} does not cover the answers of this command, which may cost "
        f"{dollars(found.usd)} by the estimate above: give --answer-max-usd "
        f"{_rounded_up(found.usd):g}, or a smaller --budget{less}"
    )


def _rounded_up(amount: float) -> float:
    """Two digits of an amount, rounded up: a number to type."""
    step = 10.0 ** (int(log10(amount)) - 1 - (amount < 1))
    return round(ceil(amount / step) * step, 10)


def _dollars(amount: float | None) -> str:
    return "dollars unknown (--answer-price tells the price)" if amount is None else dollars(amount)


def _tokens(count: float) -> str:
    """`950 tokens`, `12,300 tokens`, `1.25 M tokens`."""
    return f"{count / 1e6:,.3g} M tokens" if count >= 1e6 else f"{count:,.0f} tokens"
