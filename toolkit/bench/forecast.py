"""The estimate of a comparison's cost in words, for people, before its first trial."""

from __future__ import annotations

from collections.abc import Iterator

from ..ledger.state import State
from .cost import LEFT_OUT, Estimate, Part, evaluation_s


def lines(state: State, found: Estimate, *, asked: bool) -> Iterator[str]:
    """asked: somebody chose what follows the search."""
    yield (
        f"one evaluation of the unchanged program takes {lasting(evaluation_s(state))}; the "
        f"search takes {_cost(found.search, found)}"
    )
    rest = [f"{part.name} {_cost(part, found)}" for part in found.parts[1:]]
    if rest:
        yield f"after the search, at most: {'; '.join(rest)}"
    if LEFT_OUT[found.after]:
        why = f"--after {found.after}" if asked else "all of it would take longer than the search"
        yield f"left out, since {why}: {', '.join(LEFT_OUT[found.after])}" + (
            "" if asked else " (--after full includes them)"
        )
    yield from _noise(state, found)
    if found.smallest == 0:
        yield (
            "the smallest gain that this can decide cannot be told before: all that is counted of "
            "the unchanged program has the same score"
        )
    elif found.smallest is not None:
        yield (
            f"the smallest gain that this can decide is about {_number(found.smallest, state)}, "
            "four times out of five"
        )


def _noise(state: State, found: Estimate) -> Iterator[str]:
    if found.noise:
        yield (
            f"the unchanged program's {state.objective.name} differs by "
            f"{_number(found.noise.sd, state)} from seed to seed (standard deviation of "
            f"{found.noise.df + 1} runs)"
        )


def _number(value: float, state: State) -> str:
    return f"{value:.3g} {state.objective.unit}".rstrip()


def _cost(part: Part, found: Estimate) -> str:
    """`150 evaluations, 12 min`; the time is by the clock, with as many at a time as there are."""
    dollars = f", ${part.usd:.2f}" if part.usd else ""
    count = f"{part.evaluations:,.0f} evaluation{'s' * (part.evaluations != 1)}"
    return f"{count}, {lasting(part.seconds / found.slots)}{dollars}"


def lasting(seconds: float) -> str:
    """`0.3 s`, `12 min`, `5.8 h`."""
    if seconds < 90:
        return f"{seconds:.2g} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
