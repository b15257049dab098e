"""Runs candidates and has them judged: the only place that sees both code and gold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from typing import Any

from ..errors import PatchError, StudyError, UserError
from ..evaluator import Evaluator
from ..ledger.state import SPLITS, Split
from ..records import Candidate, Failure, Job, Outcome, Scored, canonical
from ..study import space
from ..study import task as tasks
from ..study.study import Study
from ..study.task import Item, Task, Vault
from ..text import short
from . import description, feasibility, liveness, replicates, selection, shares, shuffle
from .judge import Judge, Judgement, Malformed, Unscored
from .processes import PerCall
from .selection import Selection
from .tally import HOST, Counted, Tally

SMOKE_ITEMS = 5


class Bench:
    """One study's programs on one evaluator."""

    def __init__(self, study: Study, evaluator: Evaluator) -> None:
        """Raises DataError where the study's data is missing."""
        self.study = study
        self.tally = Tally()
        # below what counts: an evaluation counts once, in however many processes it runs
        apart = PerCall(evaluator) if study.fresh == "call" else evaluator
        self.evaluator = Counted(apart, self.tally)
        self.limits = study.limits
        self.task: Task = study.task()
        items = self.task.items()
        self.items: dict[Split, list[list[Item]]] = {
            split: selection.grouped(items, study.clusters(split), study.seed) for split in SPLITS
        }
        # lru_cache on the methods themselves would keep every bench alive
        self.selection = lru_cache(maxsize=64)(self._selection)
        self.shuffle_by(shuffle.fresh())

    def shuffle_by(self, secret: str) -> None:
        """Hand items over in the order of this secret from here on: that of the run."""
        self._shuffle = shuffle.Shuffle(secret)
        self.selection.cache_clear()

    @cached_property
    def vault(self) -> Vault:
        """Opened at the first use, when the evaluator's clean interpreter already runs."""
        return self.task.vault()

    @cached_property
    def judge(self) -> Judge:
        """The study's own rules; holds the vault."""
        objective = feasibility.scored_by(self.study.objective)
        return Judge(self.task, self.vault, objective, self.study.nouns)

    @cached_property
    def _ordered(self) -> dict[Split, list[Item]]:
        """Each split's items in the order in which growing shares take them."""
        kinds = {item: gold.kind for item, gold in self.vault.gold.items()}
        seed = self.study.seed
        return {split: shares.order(items, kinds, seed) for split, items in self.items.items()}

    @cached_property
    def prices(self) -> shares.Prices:
        """What the shares of the search split cost, in items."""
        ordered, smoke = self._ordered["search"], self.selection("search", smoke=True)
        least, times = shares.least(ordered, self._counted), self.study.replicates.search
        return shares.Prices(len(ordered), least, smoke.questions, times)

    @cached_property
    def _sealed(self) -> frozenset[str]:
        if self.study.claim != "sealed":  # the test split, if any, is of the same data
            return frozenset()
        return frozenset(item.id for items in self.items["test"] for item in items)

    @cached_property
    def _counted(self) -> set[str]:
        return {item for item in self.vault.gold if self.vault.counts(item)}

    def _selection(
        self,
        split: Split,
        share: float = 1.0,
        smoke: bool = False,
        wrong_context: bool = False,
        only: frozenset[str] | None = None,
        order: int = 0,
        halves: bool = False,
    ) -> Selection:
        """Shares are nested (see shares.py). only: these clusters."""
        named = None if replicates.rows(self.study, split) is not None else only
        batches = selection.only_of(self.items[split], named)
        if smoke:
            batches = [batches[0][:SMOKE_ITEMS]]
        elif share < 1:
            batches = shares.head(batches, self._ordered[split], share, self._counted)
        batches = [self._shuffle.arrange(items, order) for items in batches]
        if halves:
            batches = selection.halved(batches)
        calls = selection.with_contexts(self.task, batches, wrong_context=wrong_context)
        calls = self._shuffle.calls(calls)
        return selection.selected(calls[::-1] if order else calls)

    def has_wrong_context(self, split: Split) -> bool:
        """Whether another call's context can be handed over, as a floor that means something."""
        return tasks.has_wrong_context(self.task) and len(self.items[split]) > 1

    def expect(self, baseline_s: float) -> None:
        """Derive the limit by the clock from the seconds that the unchanged program took."""
        self.limits = self.study.limits.derived(baseline_s)

    @property
    def full(self) -> int:
        """Items in the search split: the price of one trial."""
        return sum(map(len, self.items["search"]))

    def sources(self, candidate: Candidate) -> dict[str, str]:
        """The editable files after the candidate's patch; raises PatchError."""
        return self.study.pristine.patched(candidate.patch)

    def files(self, candidate: Candidate) -> dict[str, bytes]:
        """The whole tree of a candidate; raises PatchError."""
        kept = {
            path: text for path, text in self.study.files.items() if not self.study.may_edit(path)
        }
        edited = {path: text.encode() for path, text in self.sources(candidate).items()}
        return {**kept, **edited}

    def problem(self, candidate: Candidate) -> str:
        """Why a candidate is not run at all; empty if it may be."""
        found = space.problems(self.study.space, candidate.overrides)
        try:
            self.files(candidate)
        except (PatchError, UnicodeEncodeError) as error:
            found.append(str(error))
        return "\n".join(found)

    def run(
        self,
        candidate: Candidate,
        split: Split = "search",
        *,
        share: float = 1.0,
        smoke: bool = False,
        wrong_context: bool = False,
        only: frozenset[str] | None = None,
        fresh: bool = False,
        order: int = 0,
        halves: bool = False,
        once: bool = False,
        by: str = "",
    ) -> Scored:
        """Evaluate and judge one candidate; every failure is a status, never an exception.

        It runs as often as the split has replicates, each under a seed of its own; a smoke run and
        where once is true, once. Raises UserError where the study has no such split.

        wrong_context: each call gets the context of the split's next one, a floor.
        only: the clusters to ask about; all of the split where it is None. Where the rows of the
        split are replicates, it names those to run.
        fresh: run it even if an identical program has run before, as replicates are and whatever
        is measured.
        order: another shuffle than 0, and the calls the other way round. halves: the items of a
        call in two calls. by: who asks, for the tally.
        """
        self.require(split)
        self.tally.ran(by)
        problem = self.problem(candidate)
        if problem:
            self.tally.refuse()
            return Scored(status="invalid", detail=problem)
        asked = self.selection(split, share, smoke, wrong_context, only, order, halves)
        wanted, named = replicates.chosen(self.study, split, only)
        if smoke or once:
            wanted, named = wanted[:1], None
        measured = self.study.objective.evidence == "measured"
        job = Job(
            files=self.files(candidate),
            entry=self.study.entry,
            parameters=space.settings(self.study.space, candidate.overrides),
            calls=asked.calls,
            limits=self.limits,
            seed=self.study.seed,
            command=self.study.command,
            fresh=fresh or measured or len(wanted) > 1 or named is not None,
        )
        whole = asked.questions == self._size(split)
        # a constraint is about a whole split, asked as it is meant
        usual = whole and not (wrong_context or halves or order)
        run = partial(self._once, job, asked, whole=whole, usual=usual)
        return replicates.run(run, wanted, named, self.tally.again)

    def _once(self, job: Job, asked: Selection, seed: int, *, whole: bool, usual: bool) -> Scored:
        """One evaluation, under a seed. whole: of a whole split; usual: the constraints hold."""
        outcome = self.evaluator.run(replace(job, seed=seed))
        judged = self.judged(asked.batches, outcome, whole=whole)
        found = feasibility.measured(judged, self.study.objective)
        return feasibility.kept(found, self.study.constraints) if usual else found

    def _size(self, split: Split) -> int:
        return sum(map(len, self.items[split]))

    def require(self, split: Split) -> None:
        """Raises UserError where the study has no such split."""
        if split not in self.splits:
            raise UserError(
                f'study {self.study.name!r} has no {split} split: its [splits] say test = "none"'
            )

    @property
    def splits(self) -> tuple[Split, ...]:
        """The splits that there are."""
        return tuple(split for split in self.items if self.items[split])

    def judged(
        self, batches: Sequence[Sequence[Item]], outcome: Outcome, *, whole: bool = True
    ) -> Scored:
        """Outcome of an evaluation to scores. whole: of a whole split."""
        failed = Scored(
            status=outcome.status, usage=outcome.usage, detail=outcome.detail, cached=outcome.cached
        )
        if outcome.status != "ok" or outcome.values is None:
            return failed
        try:
            outputs = self.judge.read(batches, outcome.values)
            found = self._score(self.judge, outputs, whole=whole)
        except (Malformed, Unscored) as error:
            return replace(failed, status="crashed", detail=str(error))
        return replace(
            failed, score=found.score, items=found.rows, metrics=found.metrics, outputs=outputs
        )

    def constant(self, output: Any, split: Split) -> Scored:
        """The score of giving one output for every item; no program runs.

        Raises StudyError where the study cannot score its own constant.
        """
        everything = {item.id: output for items in self.items[split] for item in items}
        answer = self.judge.answer(output)
        shown = answer if isinstance(answer, str) else short(answer)
        try:
            found = self._score(self.judge, everything)
        except Unscored as error:
            raise StudyError(f"study {self.study.name!r}, constant {shown!r}: {error}") from error
        return replicates.repeated(found.scored(shown), replicates.rows(self.study, split))

    def symmetric(self, outputs: Mapping[str, Any]) -> Scored | None:
        """Recorded outputs by the task's symmetric rule; None where it offers none."""
        other = self.judge.symmetric()
        if other is None:
            return None
        try:
            found = self._score(other, outputs)
        except Unscored as error:
            return Scored(status="crashed", detail=f"symmetric rule: {error}")
        return found.scored()

    def _score(self, rules: Judge, outputs: Mapping[str, Any], *, whole: bool = True) -> Judgement:
        """Raises Unscored."""
        if not self._sealed.isdisjoint(outputs):
            self.tally.opened()
        return rules.judge(outputs, whole=whole)

    def failures(
        self, outputs: Mapping[str, Any], scores: Mapping[str, float], limit: int
    ) -> list[Failure]:
        """Failures of a program on the search split, the worst first."""
        asked = [item for items in self.items["search"] for item in items]
        return self.judge.failures(asked, outputs, scores, limit=limit)

    def dead_parameters(self) -> list[str]:
        """Parameters that change no output at the value farthest from their default.

        Asked of the first call of the search split, an evaluation each (see liveness.py).
        """
        return liveness.dead(self.study.space, self._first_answers)

    def _first_answers(self, candidate: Candidate) -> str:
        """The outputs of the first call of the search split, as text; "" where it fails there."""
        first = frozenset(item.cluster for item in self.items["search"][0])
        result = self.run(candidate, only=first, once=True, by=HOST)
        return canonical(result.outputs) if result.status == "ok" else ""

    def description(self) -> dict[str, Any]:
        """Description of the study for the ledger, from which alone a report is made."""
        found = description.of(self.study, self.items, self.vault)
        more = {"isolation": self.evaluator.isolation, "full": self.full}
        return {**found, **more, "wrong_context": tasks.has_wrong_context(self.task)}
