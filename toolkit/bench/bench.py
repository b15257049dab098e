"""Runs candidates and has them judged: the only place that sees both code and gold."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache, partial
from math import ceil
from typing import Any

from ..errors import PatchError, StudyError, UserError
from ..evaluator import Evaluator
from ..ledger.state import Split
from ..records import Candidate, Failure, Job, Outcome, Scored, canonical
from ..study import space
from ..study.study import Study
from ..study.task import Item, Task, Vault
from ..text import said
from . import feasibility, judge, liveness, replicates, shares, shuffle
from .processes import PerCall
from .tally import HOST, Counted, Tally

SMOKE_QUESTIONS = 5


@dataclass(frozen=True)
class Selection:
    """Some questions of one split, call by call, in the order in which a program gets them."""

    batches: tuple[tuple[Item, ...], ...]
    calls: tuple[bytes, ...]

    @property
    def questions(self) -> int:
        return sum(map(len, self.batches))


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
        self.items: dict[Split, list[list[Item]]] = {
            "search": self._grouped("search"),
            "test": self._grouped("test"),
        }
        # lru_cache on the methods themselves would keep every bench alive
        self.selection = lru_cache(maxsize=64)(self._selection)
        self.shuffle_by(shuffle.fresh())

    def shuffle_by(self, secret: str) -> None:
        """Hand questions over in the order of this secret from here on: that of the run."""
        self._shuffle = shuffle.Shuffle(secret)
        self.selection.cache_clear()

    @cached_property
    def vault(self) -> Vault:
        """Opened at the first use, when the evaluator's clean interpreter already runs."""
        return self.task.vault()

    @cached_property
    def _ordered(self) -> dict[Split, list[Item]]:
        """Each split's questions in the order in which growing shares take them."""
        kinds = {item: gold.kind for item, gold in self.vault.gold.items()}
        seed = self.study.seed
        return {split: shares.order(items, kinds, seed) for split, items in self.items.items()}

    @cached_property
    def prices(self) -> shares.Prices:
        """What the shares of the search split cost, in questions."""
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
        gold = self.vault.gold
        return {item for item, one in gold.items() if one.kind in self.vault.counted}

    def _grouped(self, split: Split) -> list[list[Item]]:
        """Questions by conversation, in the host's own order.

        Shares are drawn from it, and equally bad failures are shown in it, so both are the same
        in every run of a study. No program is handed questions in this order: it can be computed
        from ids and the study's seed.
        """
        batches = []
        for cluster in self.study.clusters(split):
            items = sorted(
                (item for item in self.task.items() if item.cluster == cluster),
                key=lambda item: item.id,
            )
            random.Random(f"{self.study.seed}:{cluster}").shuffle(items)
            if items:
                batches.append(items)
        return batches

    def _selection(
        self,
        split: Split,
        share: float = 1.0,
        smoke: bool = False,
        wrong_memory: bool = False,
        only: frozenset[str] | None = None,
        order: int = 0,
        halves: bool = False,
    ) -> Selection:
        """Shares are nested (see shares.py). only: these conversations."""
        whole = only is None or replicates.rows(self.study, split) is not None
        batches = [b for b in self.items[split] if whole or b[0].cluster in (only or ())]
        if smoke:
            batches = [batches[0][:SMOKE_QUESTIONS]]
        elif share < 1:
            batches = shares.head(batches, self._ordered[split], share, self._counted)
        batches = [self._shuffle.arrange(items, order) for items in batches]
        if order:
            batches.reverse()
        if halves:
            batches = [half for items in batches for half in _halves(items)]
        known = self.task.conversations()
        memories = [known[items[0].cluster] for items in batches]
        if wrong_memory:
            memories = memories[1:] + memories[:1]
        questions = [[item.question for item in items] for items in batches]
        calls = [list(call) for call in zip(memories, questions, strict=True)]
        return Selection(tuple(map(tuple, batches)), canonical_calls(calls))

    def expect(self, baseline_s: float) -> None:
        """Derive the limit by the clock from the seconds that the unchanged program took."""
        self.limits = self.study.limits.derived(baseline_s)

    @property
    def full(self) -> int:
        """Questions in the search split: the price of one trial."""
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
        wrong_memory: bool = False,
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

        wrong_memory: each question is asked of the split's next conversation, a floor.
        only: the conversations to ask about; all of the split where it is None. Where the rows of
        the split are replicates, it names those to run.
        fresh: run it even if an identical program has run before, as replicates are and whatever
        is measured.
        order: another shuffle than 0, and the conversations the other way round. halves: the
        questions of a conversation in two calls. by: who asks, for the tally.
        """
        self.require(split)
        self.tally.ran(by)
        problem = self.problem(candidate)
        if problem:
            self.tally.refuse()
            return Scored(status="invalid", detail=problem)
        selection = self.selection(split, share, smoke, wrong_memory, only, order, halves)
        wanted, named = replicates.chosen(self.study, split, only)
        if smoke or once:
            wanted, named = wanted[:1], None
        measured = self.study.objective.evidence == "measured"
        job = Job(
            files=self.files(candidate),
            entry=self.study.entry,
            parameters=space.settings(self.study.space, candidate.overrides),
            calls=selection.calls,
            limits=self.limits,
            seed=self.study.seed,
            command=self.study.command,
            fresh=fresh or measured or len(wanted) > 1 or named is not None,
        )
        # a constraint is about a whole split, asked as it is meant
        usual = not (wrong_memory or halves or order)
        whole = usual and selection.questions == self._size(split)
        run = partial(self._once, job, selection, whole=whole)
        return replicates.run(run, wanted, named, self.tally.again)

    def _once(self, job: Job, selection: Selection, seed: int, *, whole: bool) -> Scored:
        """One evaluation, under a seed. whole: the constraints are asked of it."""
        outcome = self.evaluator.run(replace(job, seed=seed))
        found = feasibility.measured(self.judged(selection.batches, outcome), self.study.objective)
        return feasibility.kept(found, self.study.constraints) if whole else found

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

    def judged(self, batches: Sequence[Sequence[Item]], outcome: Outcome) -> Scored:
        """Outcome of an evaluation to scores."""
        failed = Scored(
            status=outcome.status, usage=outcome.usage, detail=outcome.detail, cached=outcome.cached
        )
        if outcome.status != "ok" or outcome.values is None:
            return failed
        try:
            if len(outcome.values) != len(batches):  # only a forged result has another number
                raise judge.Malformed(f"{len(outcome.values)} results for {len(batches)} calls")
            predictions = judge.read(batches, outcome.values)
            found = self._score(self.vault, predictions)
        except (judge.Malformed, judge.Unscored) as error:
            return replace(failed, status="crashed", detail=str(error))
        return replace(
            failed,
            score=found.score,
            items=found.items,
            metrics=found.metrics,
            outputs={item: [p.answer, list(p.retrieved)] for item, p in predictions.items()},
        )

    def constant(self, answer: str, split: Split) -> Scored:
        """The score of giving one answer to every question; no program runs.

        Raises StudyError where the study cannot score its own constant.
        """
        everything = {
            item.id: judge.Prediction(answer, ()) for items in self.items[split] for item in items
        }
        try:
            found = self._score(self.vault, everything)
        except judge.Unscored as error:
            raise StudyError(f"study {self.study.name!r}, constant {answer!r}: {error}") from error
        return replicates.repeated(_ok(found, detail=answer), replicates.rows(self.study, split))

    def symmetric(self, predictions: Mapping[str, Any]) -> Scored | None:
        """Recorded predictions by the task's symmetric rule; None where it offers none."""
        if self.vault.symmetric is None:
            return None
        answers = {
            item: judge.Prediction(one[0], tuple(one[1])) for item, one in predictions.items()
        }
        try:
            found = self._score(self.vault.by(self.vault.symmetric), answers)
        except judge.Unscored as error:
            return Scored(status="crashed", detail=f"symmetric rule: {error}")
        return _ok(found)

    def _score(self, vault: Vault, predictions: Mapping[str, judge.Prediction]) -> judge.Judgement:
        """Raises judge.Unscored."""
        if not self._sealed.isdisjoint(predictions):
            self.tally.opened()
        return judge.judge(vault, predictions)

    def failures(
        self, predictions: Mapping[str, Any], scores: Mapping[str, float], limit: int
    ) -> list[Failure]:
        """What a program got wrong on the search split, the worst first."""
        asked = [item for items in self.items["search"] for item in items]
        return judge.failures(self.task, self.vault, asked, predictions, scores, limit=limit)

    def dead_parameters(self) -> list[str]:
        """Parameters that change no output at the value farthest from their default.

        Asked of the first search conversation, an evaluation each (see liveness.py).
        """
        return liveness.dead(self.study.space, self._first_answers)

    def _first_answers(self, candidate: Candidate) -> str:
        """The outputs on the first search conversation, as text; "" where it fails there."""
        first = frozenset({self.items["search"][0][0].cluster})
        result = self.run(candidate, only=first, once=True, by=HOST)
        return canonical(result.outputs) if result.status == "ok" else ""

    def description(self) -> dict[str, Any]:
        """What the ledger must know of the study so that a report needs nothing else."""
        asked = {
            split: {item.id: item.cluster for items in batches for item in items}
            for split, batches in self.items.items()
        }
        kinds = {item: self.vault.gold[item].kind for table in asked.values() for item in table}
        return {
            "name": self.study.name,
            "title": self.study.title,
            "digest": self.study.digest,
            "isolation": self.evaluator.isolation,
            "items": asked,
            "kinds": kinds,
            "counted": sorted(self.vault.counted),
            "objective": self.study.objective.to_json(),
            "nouns": self.study.nouns.to_json(),
            "claim": self.study.claim,
            "replicates": asdict(self.study.replicates),
            "constraints": [one.text for one in self.study.constraints],
            "full": self.full,
            "defaults": {name: param.default for name, param in self.study.space.items()},
            "parameters": list(self.study.space),  # in the order of their declaration
            "space": {name: space.to_json(param) for name, param in self.study.space.items()},
            "roles": self.study.roles.to_json(),
            "original": dict(self.study.original_sources),
            "start": self.study.start,
        }


def _ok(found: judge.Judgement, detail: str = "") -> Scored:
    return Scored(
        status="ok", score=found.score, items=found.items, metrics=found.metrics, detail=detail
    )


def _halves(items: Sequence[Item]) -> list[list[Item]]:
    middle = ceil(len(items) / 2)
    return [list(half) for half in (items[:middle], items[middle:]) if half]


def canonical_calls(calls: Iterable[Sequence[Any]]) -> tuple[bytes, ...]:
    """Argument lists, each encoded once and sent many times."""
    try:
        return tuple(canonical(call).encode() for call in calls)
    except (TypeError, ValueError) as error:
        raise UserError(f"the task hands over something that is not JSON: {said(error)}") from error
