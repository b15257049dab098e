"""The estimate of a comparison's cost in words, for people, before its first trial."""

from __future__ import annotations

from collections.abc import Iterator

from ..figures import counted
from ..ledger.state import State
from .cost import LEFT_OUT, Outlook, Stage, evaluation_s


def lines(state: State, found: Outlook, *, asked: bool) -> Iterator[str]:
    """asked: somebody chose what follows the search."""
    yield (
        f"one evaluation of the unchanged program takes {lasting(evaluation_s(state))}; the "
        f"search takes {_cost(found.search, found)}, and longer where trials are heavier than that "
        "program"
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
    yield _smallest(state, found)


def before(seconds: float, times: int) -> str:
    """Time that the unchanged program still runs before the search; its first run took seconds."""
    return (
        f"one evaluation of the unchanged program took {lasting(seconds)}: it runs {times} more "
        f"time{'s' * (times != 1)} before the search, about {lasting(times * seconds)}, and then "
        "what the search takes is told"
    )


def _noise(state: State, found: Outlook) -> Iterator[str]:
    if found.noise:
        name, runs = state.objective.name, found.noise.df + 1
        if found.noise.sd:
            yield (
                f"the unchanged program's {name} differs by {_number(found.noise.sd, state)} from "
                f"seed to seed (standard deviation of {runs} runs)"
            )
        else:
            yield f"the unchanged program's {name} is the same under each of {runs} seeds"


def _smallest(state: State, found: Outlook) -> str:
    """The gain that could be decided, with what it rests on: no champion is known yet."""
    if found.smallest is None:
        return _untold(state)
    sampled = state.claim == "sealed" and state.objective.evidence != "measured"
    if sampled and not found.smallest:
        return (
            "the smallest gain that this can decide cannot be told: the unchanged program's scores "
            "are all alike"
        )
    if not found.smallest:
        return "the unchanged program shows no noise: any gain that is not 0 can be decided"
    if sampled:
        condition = (
            "if a champion's scores vary as much as the unchanged program's: less is enough where "
            f"few {state.nouns.outputs} change, and several times as much may be needed where a "
            "champion leaves a poor score far behind"
        )
    else:
        condition = "if a champion is as noisy as the unchanged program"
    return (
        f"the smallest gain that this can decide is about {_number(found.smallest, state)}, four "
        f"times out of five, {condition}"
    )


def _untold(state: State) -> str:
    """Line in place of the smallest gain where no noise and no sample tell it."""
    if state.claim == "exact" and state.objective.evidence == "judged":
        return "outputs are validated exactly: any gain that is not 0 is decided as to its program"
    why = f"the test split has one {state.nouns.cluster}, so that there is no interval"
    if state.claim == "replicates":
        why = "one replicate says nothing of the noise (`[replicates] final` in study.toml)"
    elif state.claim != "sealed" or state.objective.evidence == "measured":
        why = (
            "how much the number varies from run to run is not measured (`[replicates]` in "
            "study.toml)"
        )
    return f"no gain can be decided: {why}"


def _number(value: float, state: State) -> str:
    return f"{value:.3g} {state.objective.unit}".rstrip()


def _cost(part: Stage, found: Outlook) -> str:
    """`150 evaluations, 12 min`; the time is by the clock, with as many at a time as there are."""
    dollars = f", ${part.usd:.2f}" if part.usd else ""
    count = counted(round(part.evaluations), "evaluation")
    return f"{count}, {lasting(part.seconds / found.slots)}{dollars}"


def lasting(seconds: float) -> str:
    """`0.3 s`, `12 min`, `5.8 h`."""
    if seconds < 90:
        return f"{seconds:.2g} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
