"""The lab, which is all that a searcher holds: what it may know, and what it may ask for.

Evaluations are charged, recorded and replayed behind it (see scheduler.py and replay.py).
"""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from ..errors import UserError
from ..ledger.entries import NO_DETAILS, Stage
from ..llm.gateway import Gateway
from ..llm.provider import Answer, LlmError, Messages
from ..outside.station import Station
from ..records import DETAIL_CHARS, Candidate, Trial, Usage
from ..study import requirement, space
from ..study.space import Param
from ..text import plain
from .budget import BudgetView
from .faults import Faults
from .insight import Insight
from .program import Program
from .scheduler import Scheduler
from .stages import checked


class Lab(Insight):
    """One cell's lab; thread-safe. It holds no bench, task, vault or ledger (see desk.py)."""

    def __init__(
        self, program: Program, scheduler: Scheduler, baseline: Trial, *,
        baseline_outputs: str | None = None, gateway: Gateway | None = None,
        station: Station | None = None,
    ) -> None:  # fmt: skip
        """baseline_outputs: the blob of what the unchanged program returned."""
        super().__init__(program, scheduler, baseline, baseline_outputs)
        self.station = station
        """place of a process outside that searches for this cell, such as a coding agent"""
        cell = scheduler.cell
        self.space: Mapping[str, Param] = program.space
        self.sources: Mapping[str, str] = program.pristine.sources
        self.blocks = program.pristine.blocks
        self.editable = program.pristine.editable
        self.tree: Mapping[str, bytes] = program.tree
        self.brief, self.rule = program.brief, program.rule
        self.nouns = program.nouns
        self.view = program.view
        """name of the view whose scores it sees; empty where they are by the study's main rule"""
        self.claim, self.constraints = program.claim, tuple(program.constraints)
        self.requires = tuple(one.text for one in program.requires)
        self.seed = cell.seed
        # a text seed is hashed with SHA-512: the same under every PYTHONHASHSEED
        self.rng = random.Random(f"{cell.searcher}:{cell.seed}")
        self.budget = BudgetView(scheduler.meter)
        self._requires, self._standing = tuple(program.requires), program.standing
        self._pristine, self._gateway = program.pristine, gateway
        items = program.items.values()
        self.clusters: Mapping[str, str] = {one.id: one.cluster for one in items}
        self.inputs: Mapping[str, Any] = {one.id: one.input for one in items}
        """{item of the search split: what a program is given of it}, as the clusters before"""
        self.noisy = program.noisy
        """True where the study says that runs of one program differ"""
        self.limits = program.limits
        """limits of one evaluation, as the study sets them"""
        self._again: Counter[str] = Counter()
        self._faults = Faults(program.tree, program.pristine.sources)

    @property
    def history(self) -> Sequence[Trial]:
        """Trials handed over so far, in the order in which they finished."""
        return self._scheduler.history

    @property
    def closed(self) -> str:
        """Why nothing more can be asked for; empty while something can."""
        return self._scheduler.closed

    @property
    def usage(self) -> Usage:
        """Usage of this cell's trials and completions."""
        return self._scheduler.meter.usage

    @property
    def continued(self) -> bool:
        """True if the cell was on record when this command began: a live searcher goes on."""
        return self._scheduler.continued

    def alive(self) -> None:
        """Tell that the searcher is at work, though it asks for nothing: see --stall-seconds."""
        self._scheduler.alive()

    def settle(self) -> None:
        """Wait until every trial that was asked for is part of the history, or the lab is closed.

        So is what a kill cut off, which a live searcher has not asked for in this command.
        """
        self._scheduler.settle()

    def began(self, reach: str) -> int:
        """Number of a new session: a process outside that searches for this cell. It is on record.

        reach: "data hidden" where it could read no answer of the study, else "could read the data".
        From here on its own clock counts against --max-seconds.
        """
        return self._scheduler.begin_session(reach)

    def spent(
        self, number: int, *, wall_s: float, tokens: int | None = None, usd: float | None = None,
        ending: str = "", output: str = "",
    ) -> None:  # fmt: skip
        """Put on record what a session has taken since it began; call it now and then, and last.

        tokens, usd: None where it has told nothing (more) of them; a cost that nobody tells is
        unknown, never 0. ending: how it ended, in a few words; it is at work until that is told.
        output: the end of what it printed. Nothing is recorded any more once the lab is closed.
        """
        self._scheduler.sessions.spend(
            number, wall_s=wall_s, tokens=tokens, usd=usd, ending=ending, output=output
        )
        self.alive()

    def params(self, candidate: Candidate) -> dict[str, Any]:
        """Every parameter's value under a candidate.

        One that is bound to a place and not set is what the candidate's own code has there.
        """
        others = space.switched(self.space, candidate.overrides)
        own = (
            self._standing.after(candidate.patch, self._pristine, others) if self._standing else {}
        )
        return space.settings(self.space, {**own, **candidate.overrides})

    def infeasible(self, overrides: Mapping[str, Any]) -> str:
        """Requirement between parameters (`requires`) that these values break; "" where none.

        Such a candidate is charged as invalid where it is submitted all the same.
        """
        if not self._requires or space.problems(self.space, overrides):
            return ""
        values = space.settings(self.space, overrides)
        return "\n".join(requirement.broken(self._requires, values))

    def files(self, candidate: Candidate) -> Mapping[str, str]:
        """The editable files after a candidate's patch; raises PatchError.

        They are without its switches, which are put in beside the patch where it runs.
        """
        return self._pristine.patched(candidate.patch)

    def edit(self, candidate: Candidate, files: Mapping[str, str | None]) -> Candidate:
        """The candidate with whole new texts for some files; None deletes one.

        Raises PatchError where a file may not be edited, or the entry point is deleted.
        """
        return dataclasses.replace(candidate, patch=self._pristine.edited(candidate.patch, files))

    def evaluate(self, candidate: Candidate, *, share: float = 1.0) -> Trial:
        """Run and judge a candidate; blocks. Raises BudgetSpent."""
        return self.submit(candidate, share=share).result()

    def submit(self, candidate: Candidate, *, share: float = 1.0) -> Future[Trial]:
        """Start an evaluation; the future is resolved once it is on record."""
        if not 0 < share <= 1:
            raise UserError(f"share must be in (0, 1], got {share!r}")
        return self._scheduler.submit(candidate, share, smoke=False)

    def smoke(self, candidate: Candidate) -> Trial:
        """Run a few fixed items, charged as the share that they are."""
        return self._scheduler.submit(candidate, self.smoke_share, smoke=True).result()

    @property
    def price(self) -> float:
        """Trials of the budget that one costs: 1, or one for each of its replicates."""
        return self._scheduler.prices.of(1.0) / self._scheduler.meter.full

    @property
    def smoke_share(self) -> float:
        """Share of a trial that a smoke run is charged."""
        prices = self._scheduler.prices
        return prices.smoke / prices.of(1.0)  # a whole trial has all its replicates

    def replicate(self, trial: Trial) -> Trial:
        """Run a trial's program once more under seeds of its own; charged like a trial.

        It never is the champion: the luckier of two runs would be.
        """
        candidate = trial.candidate
        self._again[candidate.digest] += 1
        again = self._again[candidate.digest]
        return self._scheduler.submit(candidate, trial.share, smoke=False, again=again).result()

    def withdraw(self, trial: Trial, why: str) -> None:
        """Do not stand for a trial: whatever its score, it is not this cell's champion.

        why: "" to stand for it again, as where a larger budget brought the run that was missing.
        """
        self._scheduler.withdraw(trial.number, plain(why)[:DETAIL_CHARS])

    def note(
        self, stage: str, outcome: str, *, request: str = "", trials: Iterable[int] = (),
        details: Mapping[str, Any] = NO_DETAILS,
    ) -> None:  # fmt: skip
        """Put a step of the search on record: what was done, and what came of it, in one line.

        request: the `key` of the model's answer that it rests on. trials: numbers. details: what
        reports count of it (docs/ledger.md). A replay repeats none.
        """
        told, some = plain(outcome)[:DETAIL_CHARS], tuple(trials)
        self._scheduler.staged(Stage(plain(stage), told, plain(request), some, checked(details)))

    def faults(self, candidate: Candidate) -> Sequence[str]:
        """Faults that show without running it, a line each: it does not compile, undefined names.

        Those of the unchanged program are none of its own. Costs nothing. Raises PatchError.
        """
        return self._faults.of(self.files(candidate))

    def complete(
        self, messages: Messages, *, stage: str = "propose", shorter: Messages | None = None,
        **options: Any,
    ) -> Answer:  # fmt: skip
        """A reply of the run's language model to [{"role", "content"}]; metered and journalled.

        It is a text that also says whether it is whole (`ending`, `problem`).

        Prompts must not hold wall time, paths or addresses, and what is left of the budget only
        within `toolkit.varying`: a resumed run asks again and is answered from the journal.
        shorter: what is asked once where the model finds the messages too long. options go to the
        provider as they are.
        Raises LlmError where there is no model, or where it sends no answer several times in a row;
        BudgetSpent at --max-usd.
        """
        if self._gateway is None:
            raise LlmError(
                "this run has no language model: add --llm openai:MODEL, --llm inbox:DIR or "
                "--llm recorded:FILE"
            )
        meter = self._scheduler.meter
        with self._scheduler.thinking() as history:
            meter.check_waiting()
            text, reply = self._gateway.complete(messages, history, stage, options, shorter)
            meter.settle(reply.usage)
            meter.wait(reply.waited_s)
        return text
