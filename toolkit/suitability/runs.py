"""Evaluations that an assessment rests on: all of them of the search split, none is recorded."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ..attribution.progress import Progress
from ..bench import feasibility, replicates
from ..bench.bench import Bench
from ..bench.forecast import lasting
from ..bench.tally import HOST
from ..bench.threads import run_all
from ..errors import UserError
from ..records import Candidate, Scored

DRAWS = 1000
"""draws of one setting that keeps the study's own rules, before none is found"""
LONG_S = 600.0
"""seconds from which it is said how to ask for less"""
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Course:
    """Number of evaluations of each sort, and how many are under way at a time.

    seeds: runs of the unchanged program, a seed each. settings: random values of the parameters.
    """

    seeds: int = 5
    settings: int = 20
    slots: int = 1

    @property
    def evaluations(self) -> int:
        """Number of evaluations in all: one seed is run twice."""
        return self.seeds + 1 + self.settings

    @property
    def again(self) -> int:
        """Number of further evaluations of the best setting, where the score differs by seed."""
        return self.seeds - 1 if self.settings else 0


@dataclass(frozen=True)
class Run:
    """One evaluation. seconds: by the host's clock, until its score was known."""

    scored: Scored
    seconds: float


@dataclass(frozen=True)
class Runs:
    """Evaluations of one study.

    first: the unchanged program under the study's seed, with nothing beside it. again: the same
    once more. others: the same under other seeds. settings: candidates that set every parameter.
    confirmed: the best of them under those other seeds, which did not choose it; empty where no
    score differs from seed to seed.
    """

    first: Run
    again: Run
    others: Sequence[Run]
    settings: Sequence[tuple[Candidate, Scored]]
    slots: int
    confirmed: Sequence[Scored] = ()

    @property
    def best(self) -> Candidate | None:
        """The best of the settings that ran."""
        scored = [(one, found) for one, found in self.settings if found.score is not None]
        return max(scored, key=lambda pair: pair[1].rank)[0] if scored else None

    @property
    def seeds(self) -> list[Scored]:
        """The unchanged program, one run a seed."""
        return [self.first.scored, *(one.scored for one in self.others)]

    @property
    def unchanged(self) -> list[Scored]:
        """Every run of the unchanged program."""
        return [*self.seeds, self.again.scored]

    @property
    def every(self) -> list[Scored]:
        return [*self.unchanged, *(found for _, found in self.settings)]


def evaluated(bench: Bench, course: Course, tell: Tell) -> Runs:
    """Run everything. Raises UserError where the unchanged program has no score."""
    settings = drawn(bench, course.settings)
    tell(announced(course))
    first = _timed(bench, Candidate(), bench.study.seed)
    _require(bench, first.scored)
    bench.expect(first.scored.usage.wall_s)
    tell(_estimated(course, first))
    progress = Progress(tell)
    progress.begin("the assessment", "evaluated on the search split")
    seeds = [bench.study.seed, *_seeds(bench, course.seeds)]
    jobs = [partial(_timed, bench, Candidate(), seed, anew=True) for seed in seeds]
    same, *others = run_all(jobs, course.slots, lambda text: None, wait=False)
    jobs = [partial(_timed, bench, one, bench.study.seed) for one in settings]
    tried = run_all(jobs, course.slots, progress.step, wait=False, noun="setting")
    found = [(one, run.scored) for one, run in zip(settings, tried, strict=True)]
    return _confirmed(bench, Runs(first, same, others, found, course.slots), seeds[1:])


def _confirmed(bench: Bench, runs: Runs, seeds: Sequence[int]) -> Runs:
    """The same, with the best setting run under the seeds that did not choose it.

    Of many settings one is the best by luck as well, and this luck is that of one seed.
    """
    if runs.best is None or len({one.score for one in runs.seeds}) == 1:
        return runs
    jobs = [partial(_timed, bench, runs.best, seed) for seed in seeds]
    again = run_all(jobs, runs.slots, lambda text: None, wait=False)
    return replace(runs, confirmed=[one.scored for one in again])


def announced(course: Course) -> str:
    """Cost in evaluations, before any was run."""
    settings = f", {course.settings} random settings" if course.settings else ""
    return (
        f"{course.evaluations} evaluations of the search split: the unchanged program under "
        f"{course.seeds} seeds, one of them twice{settings}; the test split stays sealed"
        + (f"; {course.again} more where the score differs by seed" if course.again else "")
    )


def _estimated(course: Course, first: Run) -> str:
    """Cost of the rest, from the first evaluation."""
    left, usd = course.evaluations - 1, first.scored.usage.usd
    seconds = first.seconds * left / course.slots
    dollars = f" and ${usd * left:.2f}" if usd else ""
    shorter = course.settings and seconds > LONG_S
    return (
        f"the first one took {lasting(first.seconds)}: the other {left} take about "
        f"{lasting(seconds)}{dollars}, {course.slots} at a time"
        + ("; --settings 0 leaves the random settings out" if shorter else "")
    )


def _require(bench: Bench, found: Scored) -> None:
    if found.ok and found.score is not None:
        return
    raise feasibility.refusal(bench.study, found, "search")


def _timed(bench: Bench, candidate: Candidate, seed: int, *, anew: bool = False) -> Run:
    begin = time.perf_counter()
    found = bench.run(candidate, seed=seed, anew=anew, by=HOST)
    return Run(found, time.perf_counter() - begin)


def _seeds(bench: Bench, count: int) -> Iterator[int]:
    """Seeds beside the study's own: those of the replicates of a trial."""
    return (replicates.drawn(bench.secret, "search", number) for number in range(1, count))


def drawn(bench: Bench, count: int) -> list[Candidate]:
    """Random settings, as the searcher `random` draws them; none without parameters.

    Raises UserError where no draw keeps the study's own rules.
    """
    if not bench.study.space:
        return []
    rng = random.Random(f"{bench.study.seed}:settings")
    return [_draw(bench, rng) for _ in range(count)]


def _draw(bench: Bench, rng: random.Random) -> Candidate:
    space = bench.study.space
    for _ in range(DRAWS):
        found = Candidate({name: space[name].sample(rng) for name in sorted(space)})
        problem = bench.problem(found)
        if not problem:
            return found
    raise UserError(
        f"none of {DRAWS} random settings may be run, the last one because: {problem}\nchange "
        "[parameters] or what is required of them, or leave the settings out: --settings 0"
    )
