"""Contract of a searcher, and a driver for those that think in ask and tell."""

from __future__ import annotations

import queue
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import BudgetSpent, UserError
from ..records import Candidate, Trial
from ..study.objective import Nouns, Objective
from ..study.space import Param
from ..text import said

if TYPE_CHECKING:
    from .lab import Lab


MOST_SKIPPED = 1000
"""proposals in a row that may break a requirement between parameters"""


@dataclass(frozen=True)
class Outline:
    """Outline of a study for a searcher, before anything is spent; its lab has the same."""

    space: Mapping[str, Param]
    sources: Mapping[str, str]
    brief: str = ""
    objective: Objective = field(default_factory=Objective)
    nouns: Nouns = field(default_factory=Nouns)

    @classmethod
    def of(cls, study: Any) -> Outline:
        """The outline of a study, or of a lab, which has the same."""
        names = ("space", "sources", "brief", "objective", "nouns")
        return cls(**{name: getattr(study, name) for name in names})

    def need_parameters(self) -> None:
        """Raises UserError where there is nothing to tune."""
        if not self.space:
            raise UserError(
                "the study declares no parameters, so there is nothing to tune: add a table "
                "[parameters] to its file, or name a searcher that edits code"
            )


class Searcher(Protocol):
    """Proposes candidates. Options are keyword-only arguments of `__init__`.

    One whose proposals are draws from one distribution, whatever the scores, says so by an
    attribute `independent = True`: reports then tell what so many of them are expected to reach.
    One that cannot start again from its seed, because it is a process outside or a person, says
    `live = True`: when its cell is resumed, all recorded trials are its lab's history before `run`
    is called, and nothing is replayed (`lab.continued`).
    One that options can hold back names them, `controls = {"sees": "scores"}`: `--controls` then
    adds a cell for each, which shows what its lead owes to that.
    One whose options ask for scores by a view of the study names it, `searches_for = "symmetric"`,
    an attribute of its object: its cells are those of `-o SEARCHER.objective=symmetric`.
    One that cannot work on every study has a method `check_study(outline)`, which raises UserError
    where it has nothing to do; it is called before anything is spent.
    """

    def run(self, lab: Lab) -> str | None:
        """Search until the budget is spent; letting BudgetSpent escape is the normal ending.

        It may return why it ended before that, in a sentence.
        """
        ...


def controls(searcher: Any) -> Mapping[str, Any]:
    """{option: value} that holds a searcher back in one respect each; empty for most."""
    found = getattr(searcher, "controls", None)
    named = found.items() if isinstance(found, Mapping) else ()
    return {str(name): value for name, value in named if isinstance(value, str | int | float)}


def searches_for(searcher: Any) -> str:
    """The view whose scores a searcher's options ask for; "" for the study's objective."""
    found = getattr(searcher, "searches_for", "")
    return found if isinstance(found, str) else ""


def refusal(searcher: Any, outline: Outline) -> str:
    """Why a searcher has nothing to do in a study; empty if it has."""
    check = getattr(searcher, "check_study", None)
    try:
        if callable(check):
            check(outline)
    except UserError as error:
        return said(error)
    return ""


class AskTell:
    """Base of searchers with `ask` and `tell`; keeps `parallel` evaluations in flight.

    share: what a candidate is first evaluated at; see `promote`. independent: see `Searcher`.
    """

    parallel: int = 1
    share: float = 1.0
    independent: bool = False

    def start(self, lab: Lab) -> None:
        """Called once, before the first `ask`."""

    def ask(self) -> Candidate | None:
        """The next candidate, or None if there is nothing to propose until the next `tell`."""
        raise NotImplementedError

    def skip(self, candidate: Candidate) -> None:
        """A candidate that breaks a requirement between parameters: it is neither run nor charged.

        The next `ask` follows at once. See `lab.infeasible`.
        """

    def promote(self, trial: Trial) -> float | None:
        """The larger share at which a finished trial's candidate goes on, or None to be told it."""
        return None

    def tell(self, trial: Trial) -> None:
        """One finished trial, in the order in which they finished."""

    def run(self, lab: Lab) -> None:
        self.start(lab)
        done: queue.SimpleQueue[Future[Trial]] = queue.SimpleQueue()
        flying, spent = 0, None
        while True:
            while spent is None and flying < self.parallel:
                candidate = self._feasible(lab)
                if candidate is None:
                    break
                spent = _submit(lab, candidate, self.share, done)
                flying += spent is None
            if not flying:
                break
            trial = done.get().result()
            flying -= 1
            larger = self.promote(trial)
            if larger is not None and spent is None:
                spent = _submit(lab, trial.candidate, larger, done)
                flying += spent is None
            elif larger is None:
                self.tell(trial)
        if spent is not None:
            raise spent

    def _feasible(self, lab: Lab) -> Candidate | None:
        """The next candidate that keeps the study's requirements."""
        for _ in range(MOST_SKIPPED):
            candidate = self.ask()
            if candidate is None or not (broken := lab.infeasible(candidate.overrides)):
                return candidate
            self.skip(candidate)
        raise UserError(
            f"{MOST_SKIPPED:,} proposals in a row broke a requirement of [space], the last one so: "
            f"{broken}; widen the ranges, or use a searcher that keeps to it"
        )


def _submit(
    lab: Lab, candidate: Candidate, share: float, done: queue.SimpleQueue[Future[Trial]]
) -> BudgetSpent | None:
    """Start an evaluation that ends in `done`; what was raised if it does not fit any more."""
    try:
        lab.submit(candidate, share=share).add_done_callback(done.put)
    except BudgetSpent as end:
        return end
    return None
