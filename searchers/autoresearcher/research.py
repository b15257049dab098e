"""State of one cell of the staged loop, which its stages share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import toolkit
from searchers.autoresearcher.guard import Inner
from searchers.autoresearcher.looks import View, answered
from searchers.autoresearcher.replies.queries import Look
from searchers.autoresearcher.requests.messages import Requests
from searchers.autoresearcher.requests.now import PROMPT_TOKENS, Notes, Now, Settings
from searchers.autoresearcher.rows import counted
from searchers.autoresearcher.stages.archive import Archive


@dataclass(frozen=True)
class Options:
    """Options of the staged loop, as `-o autoresearch.NAME=VALUE` sets them.

    failures: items that a request shows at most. repairs: of one edit, at most. prompt_tokens: the
    most of a request.
    """

    scope: Literal["code", "parameters"] = "code"
    sees: Literal["failures", "scores"] = "failures"
    failures: int = 16
    guard: bool = True
    repairs: int = 3
    replicate: bool = True
    prune: bool = True
    prompt_tokens: int = PROMPT_TOKENS
    honest: bool = False


@dataclass
class Research:
    """State of a cell. notes: the last that a reply held. rounds: requests since the survey.

    looks: questions of the last reply. informed: the last reply was to a request with answers.
    remarks: what of it was left out. refused: edits in a row that broke a requirement between
    parameters. replicas: numbers of trials that ran a program once more. pooled: {number of a
    trial: the same with the mean scores of both runs}. drifts: what two runs of one program
    differed by.
    """

    lab: toolkit.Lab
    options: Options
    best: toolkit.Trial = field(init=False)
    notes: Notes = field(default_factory=Notes)
    rounds: int = 0
    looks: Sequence[Look] = ()
    informed: bool = False
    remarks: list[str] = field(default_factory=list)
    refused: int = 0
    replicas: set[int] = field(default_factory=set)
    pooled: dict[int, toolkit.Trial] = field(default_factory=dict)
    drifts: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        own = self.options
        self.best = self.lab.baseline
        self.archive = Archive()
        self.rows = frozenset(counted(self.lab))
        self.inner = Inner(self.lab, wanted=own.guard)
        self.requests = Requests(
            self.lab,
            Settings(
                own.scope,
                own.sees,
                own.failures,
                own.prompt_tokens,
                own.honest,
                self.inner.items,
                own.replicate,
            ),
        )

    @property
    def may_run(self) -> bool:
        """True while a trial fits into the budget."""
        return self.lab.budget.left >= self.lab.price

    def now(self) -> Now:
        """State that the next request is made of; the last questions are answered as it is now."""
        view = self._view()
        answers = answered(self.looks, view)
        self.requests.choice.shown |= view.here
        return Now(
            self.best, tuple(self.archive.experiments), self.notes, answers, tuple(self.remarks),
            dict(self.pooled), tuple(self.drifts),
        )  # fmt: skip

    def _view(self) -> View:
        """View of the cell that questions of a reply may be about."""
        return View(
            self.lab, self.best, self.archive.experiments, self.inner.items, self.options.sees,
            frozenset(self.requests.choice.shown), pooled=self.pooled,
        )  # fmt: skip
