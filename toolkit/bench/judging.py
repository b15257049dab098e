"""Scores, failures and looks of what programs gave back: what a study's own rules say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from ..errors import StudyError
from ..jobs import Outcome
from ..ledger.subjects import Split
from ..records import Failure, Scored, Status
from ..study import researcher
from ..study.study import Study
from ..study.task import Invalid, Item
from ..text import short
from . import differences, feasibility, looks, replicates, scripts
from .differences import Difference
from .judge import Judge, Judgement, Malformed, Unscored
from .looks import Mark, Ran, Seen
from .programs import Programs
from .tally import Tally


class Judging(Programs):
    """One study's programs with the judge of their outputs; none of them runs here."""

    def __init__(self, study: Study) -> None:
        """Raises DataError where the study's data is missing."""
        super().__init__(study)
        self.tally = Tally()

    @cached_property
    def judge(self) -> Judge:
        """The study's own rules; holds the vault."""
        objective = feasibility.scored_by(self.study.objective)
        trace = researcher.trace(self.study.trace, self.task)
        return Judge(self.task, self.vault, objective, self.study.nouns, trace=trace)

    def judged(
        self, batches: Sequence[Sequence[Item]], outcome: Outcome, *, whole: bool = True
    ) -> Scored:
        """Scores of an evaluation's outcome. whole: it is of a whole split."""
        detail = outcome.detail
        if self.study.script:
            detail = detail or scripts.heard(outcome.values or ())
        failed = Scored(
            status=outcome.status, usage=outcome.usage, detail=detail, cached=outcome.cached
        )
        if outcome.status != "ok" or outcome.values is None:
            return failed
        try:
            outputs = self.outputs(batches, outcome.values)
            found = self._score(self.judge, outputs, whole=whole)
        except Invalid as error:
            return replace(failed, status="invalid", detail=str(error))
        except (Malformed, Unscored) as error:
            told = "\n".join(filter(None, [str(error), detail]))
            status: Status = "crashed" if isinstance(error, Malformed) else "invalid"
            return replace(failed, status=status, detail=told)
        return replace(
            failed, score=found.score, items=found.rows, metrics=found.metrics, outputs=outputs
        )

    def outputs(self, batches: Sequence[Sequence[Item]], values: Sequence[Any]) -> dict[str, Any]:
        """{item id: output} of what came back. Raises Malformed and Unscored."""
        if self.study.script:
            values = scripts.outputs(self.task, batches, values)
        return self.judge.read(batches, values)

    def constant(self, output: Any, split: Split) -> Scored:
        """Score of one output given for every item; no program runs.

        Raises StudyError where the study cannot score its own constant.
        """
        answer = self.judge.answer(output)
        shown = answer if isinstance(answer, str) else short(answer)
        return self.given(dict.fromkeys(self.ids(split), output), split, shown)

    def given(self, outputs: Mapping[str, Any], split: Split, shown: str) -> Scored:
        """Score of {item id: output} that no program made. Raises StudyError as `constant` does."""
        try:
            found = self._score(self.judge, outputs)
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
        """Scores by these rules; raises Unscored."""
        if not self.sealed.isdisjoint(outputs):
            self.tally.opened()
        return rules.judge(outputs, whole=whole)

    def failures(
        self, outputs: Mapping[str, Any], scores: Mapping[str, float], limit: int
    ) -> list[Failure]:
        """Failures of a program on the search split, the worst first."""
        asked = [item for items in self.items["search"] for item in items]
        return self.judge.failures(asked, outputs, scores, limit=limit)

    def look(self, ran: Ran, base: Ran, against: Ran, limit: int) -> Seen:
        """Part of a look at a trial on the search split that the judge can tell (looks.py)."""
        return looks.see(self.judge, self.ids("search"), ran, base, against, limit)

    def marks(self, ran: Ran) -> Mapping[str, Mark]:
        """{item of the search split: how it came out}, where a program has an output of it."""
        return looks.marks(self.judge, self.ids("search"), ran)

    def cases(self, ran: Ran, items: Sequence[str]) -> list[Failure]:
        """Some items of the search split with what a program returned, in the order asked for."""
        own = set(self.ids("search"))
        return looks.cases(self.judge, [item for item in items if item in own], ran)

    def lost(self, ran: Ran) -> dict[str, str]:
        """{item of the search split that is wrong: where it was lost}, where a trace can tell."""
        return looks.lost(self.judge, self.ids("search"), ran)

    def difference(self, one: Scored, other: Scored) -> Difference:
        """Difference of two trials on the search split, with its noise (differences.py)."""
        return differences.between(self, one, other)
