"""Cost of a comparison, said before it is spent: of the search, and of the steps after it.

Every figure follows from what the ledger says of the unchanged program: pure, no clock, no file.
The steps after a search are counted at their most, since the number of champions and the gains that
will be decided are not known before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil, log, sqrt
from typing import Any, Literal

from ..ledger.state import State
from ..ledger.subjects import BASELINE, Split
from ..records import Scored
from ..statistics import Components, Spread, components, smallest_gain, spread
from ..study.study import Study

After = Literal["full", "light", "none"]
LEFT_OUT: Mapping[After, Sequence[str]] = {
    "full": (),
    "light": (
        "the attribution", "the scores of what led to the champions",
        "the checks and floors that run programs again",
    ),
    "none": (
        "the attribution", "the scores of what led to the champions", "the integrity checks",
        "the floors", "the search for dead parameters",
    ),
}  # fmt: skip
FINDING = "after"
"""name of the finding: how much follows the search, and what was left out"""
LONG_S = 3600.0
"""seconds of what follows a search that nobody has asked for; below them all of it follows"""
ATTRIBUTION = 96
"""evaluations of the deciding split, at most, for both values of one champion's parts"""
CHECKS = 4
"""programs that the integrity checks run for one champion, or for the baseline"""


@dataclass(frozen=True)
class Rate:
    """Time and price of one evaluation of a split, as the unchanged program took them."""

    seconds: float
    usd: float = 0.0


@dataclass(frozen=True)
class Stage:
    """Stage of a comparison: its evaluations, their seconds one after the other, their price."""

    name: str
    evaluations: float
    seconds: float
    usd: float = 0.0

    @classmethod
    def of(cls, name: str, times: float, rate: Rate) -> Stage:
        return cls(name, times, times * rate.seconds, times * rate.usd)


@dataclass(frozen=True)
class Course:
    """Size of what is asked for. trials: evaluations of a cell; slots: evaluations at a time.

    final: evaluations of one score on the deciding split, a replicate each; held_out: True if
    that is another split than the search's. fresh: True if a third split is scored as well.
    others: studies that champions are scored on as well.
    """

    cells: int
    trials: float
    slots: int
    final: int = 1
    held_out: bool = True
    fresh: bool = False
    others: int = 0


@dataclass(frozen=True)
class Outlook:
    """parts: the search first. after: what follows it. noise: of one run of the program."""

    parts: Sequence[Stage]
    after: After
    slots: int
    noise: Spread | None = None
    smallest: float | None = None

    @property
    def search(self) -> Stage:
        return self.parts[0]

    @property
    def rest(self) -> Stage:
        """Everything that follows the search, as one step, at most."""
        rest = self.parts[1:]
        return Stage(
            "the rest", sum(p.evaluations for p in rest), sum(p.seconds for p in rest),
            sum(p.usd for p in rest),
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        return {
            "parts": [asdict(part) for part in self.parts],
            "slots": self.slots,
            "noise": self.noise.sd if self.noise else None,
            "smallest_gain": self.smallest,
        }


def estimate(course: Course, search: Rate, final: Rate, after: After) -> Outlook:
    """The steps of a comparison and what each takes."""
    budget = course.cells * course.trials
    parts = [Stage.of("the search", budget, search), *_rest(course, final, after)]
    return Outlook([part for part in parts if part.evaluations], after, course.slots)


def _rest(course: Course, final: Rate, after: After) -> list[Stage]:
    """Steps after the search, in evaluations of the deciding split."""
    cells, times = course.cells, course.final
    full = after == "full"
    scored = cells * (ceil(records(course.trials)) + 1 if full else 1) if course.held_out else 0
    found = [Stage.of("scores of the champions", scored * times, final)]
    found.append(Stage.of("scores on fresh data", (cells + 1) * times * course.fresh, final))
    if course.others and after != "none":  # the same code: about as long there as here
        found.append(Stage.of("the transfer", course.others * (cells + 1) * times, final))
    if full:
        checks = (cells + 1) * CHECKS
        found.append(Stage.of("the attribution", cells * ATTRIBUTION * times, final))
        found.append(Stage.of("the integrity checks", checks * times, final))
    return found


def records(trials: float) -> float:
    """Expected changes of the best over so many independent trials: 1 + 1/2 + 1/3 …"""
    return sum(1 / number for number in range(1, int(trials) + 1))


def chosen(asked: After | None, course: Course, search: Rate, final: Rate) -> After:
    """Level that was asked for; else "full", unless that is long and longer than the search."""
    if asked:
        return asked
    full = estimate(course, search, final, "full")
    long = full.rest.seconds / course.slots > LONG_S and full.rest.seconds > full.search.seconds
    return "light" if long else "full"


def outlook(state: State, study: Study, course: Course, asked: After | None) -> Outlook:
    """The estimate of a run whose baseline is known.

    asked: the level of what follows the search. Where nobody asks, a resumed run keeps the level
    that it chose: the clock may read something else the next time.
    """
    base = baseline(state)
    search, final = rate(base["search"]), rate(base[state.final])
    held_out = state.final == "test"
    times = study.replicates.final if held_out else study.replicates.search
    course = replace(
        course, final=times, held_out=held_out, fresh=state.has_fresh, others=len(study.others)
    )
    known = state.findings.get(FINDING)
    after = asked or (known["level"] if known and not known["asked"] else None)
    found = estimate(course, search, final, chosen(after, course, search, final))
    return replace(found, noise=noise(state), smallest=smallest(state, course))


def finding(found: Outlook, *, asked: bool) -> dict[str, Any]:
    """The estimate as a finding for the ledger. asked: somebody chose what follows the search."""
    left_out = list(LEFT_OUT[found.after])
    value = {"level": found.after, "asked": asked, "left_out": left_out, **found.to_json()}
    return {"name": FINDING, "value": value}


def is_news(state: State, found: Outlook, *, asked: bool) -> bool:
    """True if the ledger does not hold this estimate already."""
    known = state.findings.get(FINDING)
    return known is None or (known["level"], known["asked"]) != (found.after, asked)


def rate(found: Scored) -> Rate:
    """Time and price of one of the evaluations that were scored together."""
    times, answers = max(1, len(found.replicates)), found.usage.answers
    usd = found.usage.usd + ((answers.usd or 0.0) if answers else 0.0)
    return Rate(found.usage.wall_s / times, usd / times)


def baseline(state: State) -> dict[Split, Scored]:
    """{split: scores of the unchanged program} of the study's splits."""
    return {
        split: one
        for (subject, split), one in state.assessments.items()
        if subject == BASELINE and split in state.splits
    }


def evaluation_s(state: State) -> float:
    """Seconds of one evaluation of the unchanged program, on the split where it took longer."""
    return max(rate(found).seconds for found in baseline(state).values())


def own_s(state: State) -> float:
    """Seconds of one evaluation that are the unchanged program's own, without any waiting."""
    base = baseline(state).values()
    return max(one.usage.own_s / max(1, len(one.replicates)) for one in base)


def noise(state: State) -> Spread | None:
    """Spread of the unchanged program's replicates, where scores decide if there are any there.

    None where it ran under one seed only.
    """
    known, splits = baseline(state), dict.fromkeys((state.final, *state.splits))
    runs = [known[split].replicates for split in splits if len(known[split].replicates) > 1]
    return spread(runs[0]) if runs else None


def smallest(state: State, course: Course) -> float | None:
    """The smallest gain that a champion's test could decide; None where that cannot be told.

    Where nothing is held out, a champion is chosen by the number that decides, and noise raises it.
    """
    moved, found, times = noise(state), None, course.final
    metered = state.objective.evidence == "measured"  # one number of a whole evaluation
    if state.claim == "sealed" and not metered:
        rows, counted = state.rows(state.final), state.counted(state.final)
        base = baseline(state)[state.final]
        values = {row: base.items[row] for row in counted}
        found = components([values], {row: rows[row] for row in counted})
        if found.clusters < 2:
            return None
    return reach(found, moved, course.trials, times, held_out=course.held_out)


def reach(
    sample: Components | None, noise: Spread | None, trials: float, times: int, *, held_out: bool
) -> float | None:
    """The smallest gain that a score of so many replicates could decide; None where none is known.

    sample: variances over clusters, where the score has any. Where nothing is held out, the best of
    so many trials is taken to be lucky.
    """
    found = smallest_gain(sample, noise=noise, replicates=(times, times))
    if found is None or held_out or noise is None:
        return found
    return found + luck(trials, times, noise.sd)


def luck(trials: float, times: int, sd: float) -> float:
    """Gain that noise alone gives the best of so many trials, each the mean of so many runs."""
    return sqrt(2 * log(max(1.0, trials)) / times) * sd
