"""Runs candidates and has them judged: the only place that sees both code and gold."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Unpack

from ..errors import NotAnswered
from ..evaluator import Evaluator
from ..jobs import Job
from ..ledger.subjects import Split
from ..records import OF_ANSWERS, Candidate, Scored, canonical
from ..study import seeding, space
from ..study import task as tasks
from ..study.bindings import Bound
from ..study.study import Study
from . import description, feasibility, liveness, reference, replicates, rewriting
from .judging import Judging
from .processes import PerCall
from .selection import Asking, Selection, as_meant
from .tally import HOST, Counted


class Bench(Judging):
    """One study's programs on one evaluator."""

    def __init__(self, study: Study, evaluator: Evaluator) -> None:
        """Raises DataError where the study's data is missing."""
        super().__init__(study)
        self._place = evaluator
        self.answers = getattr(evaluator, "answers", None)  # who answers programs, if they ask
        # below what counts: an evaluation counts once, in however many processes it runs
        apart = PerCall(evaluator) if study.fresh == "call" else evaluator
        self.evaluator = Counted(apart, self.tally)
        self.limits = study.limits

    def beside(self, other: Study) -> Bench:
        """Bench of another study that runs the same code, in the same place and secret.

        Raises DataError where its data is missing.
        """
        found = Bench(other, self._place)
        found.follow(self.secret)
        return found

    def expect(self, baseline_s: float) -> None:
        """Derive the limit by the clock from the seconds that the unchanged program took."""
        self.limits = self.study.limits.derived(baseline_s)

    def run(
        self,
        candidate: Candidate,
        split: Split = "search",
        *,
        seed: int | None = None,
        anew: bool = False,
        once: bool = False,
        again: int = 0,
        ask: int = 0,
        rewrite: bool = False,
        by: str = "",
        **asking: Unpack[Asking],
    ) -> Scored:
        """Evaluate and judge one candidate; every failure is a status, never an exception.

        It runs as often as the split has replicates, each under a seed of its own; a smoke run and
        where once is true, once. Raises UserError where the study has no such split, and
        NotAnswered where the host asks and no language model answers the program: what the host
        scores stands for good.

        seed: run it once, under this seed; None: under those of the split's replicates.
        anew: run it even if an identical program has run before, as replicates and whatever is
        measured. again: which further replicate. ask: above 0, the language model is asked anew,
        apart from all that was asked before. rewrite: see `Programs.bound`. by: for the tally.
        """
        self.require(split)
        self.tally.ran(by)
        made, problem = self.built(candidate, rewrite=rewrite)
        if made is None:
            self.tally.refuse()
            return Scored(status="invalid", detail=problem)
        asked = self.selection(split, **asking)
        wanted, named = replicates.chosen(self.study, self.secret, split, asking.get("only"))
        if again:
            wanted = replicates.further(self.study, self.secret, split, again)
        own = bool(again) or seed is not None or replicates.has_seeds_of_its_own(self.study)
        if seed is not None:
            wanted, named = (seed,), None
        if once or asking.get("smoke"):
            wanted, named = wanted[:1], None
        anew = anew or bool(again) or len(wanted) > 1 or named is not None
        job = self._job(made, candidate, asked, anew=anew)
        sown = partial(seeding.sown, binding=self.study.seed_at if own else None)
        usual = (whole := asked.size == self.size(split)) and as_meant(asking)
        asking_anew = again or -ask  # a replicate's answers are its own, and so are these
        run = partial(self._once, job, asked, sown=sown, whole=whole, usual=usual, ask=asking_anew)
        found = replicates.run(run, wanted, named, self.tally.again)
        if by == HOST and found.status in OF_ANSWERS:
            raise NotAnswered(found.told.partition("\n")[0])
        return found

    def _job(self, made: Bound, candidate: Candidate, asked: Selection, *, anew: bool) -> Job:
        metered = self.study.objective.evidence == "measured"
        return Job(
            files=made.files,
            entry=self.study.entry,
            parameters=self.told(candidate),
            calls=asked.calls,
            limits=self.limits,
            seed=self.study.seed,
            command=(*self.study.command, *made.arguments),
            fresh=anew or metered,
            environment=made.environment,
            script=self.study.script,
            leaves=self.study.leaves,
            arguments=self.study.arguments,
            writable=self.study.writable,
            links=self.study.links,
            metered=metered,
        )

    def unchanged(self, asked: Selection) -> Job:
        """Job of the unchanged program, which is run whether it has run before or not."""
        return self._job(self.bound(Candidate()), Candidate(), asked, anew=True)

    def _once(
        self,
        job: Job,
        asked: Selection,
        seed: int,
        *,
        sown: Callable[[Job], Job],
        whole: bool,
        usual: bool,
        ask: int = 0,
    ) -> Scored:
        """Run one evaluation under a seed.

        sown: a job with its seed where the program takes one, if it is to have it.
        whole: of a whole split. usual: asked as it is meant as well, so that constraints apply.
        ask: names answers of a language model that are apart from others; 0: the usual ones.
        """
        if reference.wanted(self.task, asked):
            reference.learn(self, sown(replace(self.unchanged(asked), seed=seed)), asked)
        answers = self.answers.session(again=ask) if self.answers else None
        outcome = self.evaluator.run(sown(replace(job, seed=seed, answers=answers)))
        outcome = replace(outcome, usage=outcome.usage.with_cards(self.study.limits.gpus))
        judged = self.judged(asked.batches, outcome, whole=whole)
        found = feasibility.measured(judged, self.study.objective)
        return feasibility.kept(found, self.study.constraints) if usual else found

    def by(self, view: str) -> Bench:
        """Bench whose scores are those of a view; what either runs is counted together."""
        if not view:
            return self
        other = copy.copy(self)
        other.__dict__["judge"] = self.judge.by(view)
        return other

    def dead_parameters(self) -> list[str]:
        """Parameters of which no value that was tried changes an output of the unchanged program.

        Asked of the first call of the search split, mostly one evaluation each (see liveness.py),
        and of all calls where nothing changes there. A switch is not asked: it may wait for one.
        """
        switches = space.switches(self.study.space)
        values = {name: one for name, one in self.study.space.items() if name not in switches}
        seeming = liveness.dead(values, self._first_answers)
        if not seeming or len(self.items["search"]) == 1:
            return seeming
        return liveness.dead({name: values[name] for name in seeming}, self._answers)

    def rewritten(self) -> str:
        """Difference that writing every default into its place makes; "" for none.

        Asked of the first call of the search split, one evaluation (see rewriting.py).
        """
        return rewriting.difference(self.study, self._first_answers, self._rewritten)

    def _rewritten(self, candidate: Candidate) -> Scored:
        first = frozenset(item.cluster for item in self.items["search"][0])
        return self.run(candidate, only=first, once=True, rewrite=True, by=HOST)

    def _first_answers(self, candidate: Candidate) -> str:
        """The outputs of the first call of the search split, as text; "" where it fails there."""
        first = frozenset(item.cluster for item in self.items["search"][0])
        return self._answers(candidate, only=first)

    def _answers(self, candidate: Candidate, only: frozenset[str] | None = None) -> str:
        """The outputs on the search split, or on some clusters of it; "" where it fails there."""
        result = self.run(candidate, only=only, once=True, by=HOST)
        return canonical(result.outputs) if result.status == "ok" else ""

    def description(self) -> dict[str, Any]:
        """Description of the study for the ledger, from which alone a report is made."""
        found = description.of(self.study, self.items, self.vault)
        more = {"isolation": self.evaluator.isolation, "full": self.full}
        return {**found, **more, "wrong_context": tasks.has_wrong_context(self.task)}
