"""Runs of the unchanged program, and what they say of a study before it is searched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..bench import prospect
from ..bench.bench import Bench
from ..bench.forecast import lasting
from ..bench.splits import Splits
from ..bench.tally import HOST
from ..places import Place, at_once, opened
from ..plugins import Registry, contained
from ..records import Candidate, Scored
from ..statistics import Spread, spread
from ..study.claim import Replicates
from ..study.study import Study

if TYPE_CHECKING:
    from ..jobs import Job, Outcome

LONG_S = 60.0


@dataclass(frozen=True)
class Baseline:
    """The unchanged program's runs on the search split. slots: evaluations at a time here."""

    scored: Scored
    isolation: str
    slots: int
    runs: int

    @property
    def noise(self) -> Spread | None:
        """Spread from run to run; None where it ran once."""
        return spread(self.scored.replicates) if len(self.scored.replicates) > 1 else None

    @property
    def noisy(self) -> bool:
        return bool(self.noise and self.noise.sd)

    @property
    def seconds(self) -> float:
        return self.scored.usage.wall_s / self.runs

    @property
    def cpu_s(self) -> float:
        return self.scored.usage.cpu_s / self.runs

    @property
    def usd(self) -> float:
        return self.scored.usage.usd / self.runs


class _Telling:
    """An evaluator that says after each run how long it took, and what the others will take."""

    def __init__(self, inner: Any, runs: int, tell: Callable[[str], None], long_s: float) -> None:
        self._inner, self._runs, self._tell, self._done = inner, runs, tell, 0
        self._long_s = long_s

    def run(self, job: Job) -> Outcome:
        found: Outcome = self._inner.run(job)
        self._done += 1
        left = self._runs - self._done if found.status == "ok" else 0
        seconds = found.usage.wall_s
        more = f"; {left} more" if left else ""
        if left and left * seconds > self._long_s:
            more += (
                f", about {lasting(left * seconds)}. The study is written: Ctrl-C stops here and "
                "keeps it; --force --runs 1 runs the program once"
            )
        self._tell(f"run {self._done} of {self._runs}: {lasting(seconds)}{more}")
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def run(
    study: Study,
    place: Place,
    registry: Registry,
    *,
    runs: int,
    tell: Callable[[str], None],
    long_s: float = LONG_S,
) -> Baseline:
    """Runs of the unchanged program, each under a seed of its own.

    long_s: seconds of what is still to run, from which on a way to run less is told.
    """
    repeated = replace(study, replicates=Replicates(runs, study.replicates.final))
    with (
        contained("code of a plugin or of the study ended the command"),
        opened(place, study, registry, hidden=[study.folder], tell=tell) as evaluator,
    ):
        learned = hasattr(study.task(), "learn")  # right answers, in a run before the others
        if learned:
            tell("one more run comes first: it learns the right answers")
        bench = Bench(repeated, _Telling(evaluator, runs + learned, tell, long_s))
        scored = bench.run(Candidate(), "search", anew=True, by=HOST)
        return Baseline(scored, evaluator.isolation, at_once(place, evaluator), runs)


def smallest(study: Study, found: Baseline, trials: float) -> float | None:
    """The smallest gain that so many trials could decide; None where none can be told."""
    return prospect.smallest(Splits(study), found.scored.items, found.noise, trials)
