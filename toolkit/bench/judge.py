"""Outputs to scores. Runs in the host only; never sees the code that made them.

Scorers, pools and metrics speak in the objective's own direction; here, and nowhere else, a number
that is searched for is turned into the host's, where higher is better.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from statistics import fmean
from typing import Any, TypeVar

from ..figures import counted
from ..records import Failure, Scored
from ..statistics.pooled import pseudo_values
from ..study.objective import OVERALL, Nouns, Objective, reserved
from ..study.task import Item, Row, Task, Vault
from .blame import Unscored, blamed, notes_of, number, numbers, of_item, of_rows

__all__ = ["Judge", "Judgement", "Malformed", "Unscored"]

Value = TypeVar("Value")


class Malformed(Exception):  # noqa: N818 - says what the output is
    """A program returned something other than one output per input, or one of another form."""


@dataclass(frozen=True)
class Judgement:
    """Scores of a program's outputs.

    rows: {row of the score: value}, higher is better, as Scored.items keeps them: items, or the
    clusters of a pooled objective. score: None where nothing that counts was asked, or where the
    host's meter gives it and there is no scorer. metrics: in their own direction.
    """

    rows: Mapping[str, float]
    score: float | None
    metrics: Mapping[str, float]

    def scored(self, detail: str = "") -> Scored:
        """The same as a record of a score that no program ran for."""
        return Scored(
            status="ok", score=self.score, items=self.rows, metrics=self.metrics, detail=detail
        )


@dataclass(frozen=True)
class Judge:
    """The rules of one study, and the items that they judge."""

    task: Task
    vault: Vault
    objective: Objective
    nouns: Nouns
    rule: str = "scorer"
    """name of the rule that scores an output, for messages about it"""
    trace: Callable[[Item, Any], Mapping[str, Any]] | None = None
    """what tells where an output was lost"""

    @cached_property
    def items(self) -> Mapping[str, Item]:
        return {item.id: item for item in self.task.items()}

    def read(self, batches: Sequence[Sequence[Item]], values: Sequence[Any]) -> dict[str, Any]:
        """{item id: output} from the values that came back, call by call.

        Raises Malformed, and Unscored where the study's own check fails.
        """
        if len(values) != len(batches):  # only a forged result has another number
            raise Malformed(f"{counted(len(values), 'result')} for {counted(len(batches), 'call')}")
        outputs = {}
        for call, (items, given) in enumerate(zip(batches, values, strict=True), 1):
            if not isinstance(given, list) or len(given) != len(items):
                listed, wanted = isinstance(given, list), self.nouns.count_outputs(len(items))
                got = counted(len(given), "item") if listed else type(given).__name__
                raise Malformed(
                    f"call {call} must return a list of {wanted}, one per "
                    f"{self.nouns.item} and in their order; it returned {got}"
                )
            for item, output in zip(items, given, strict=True):
                self.check(item.id, output)
                outputs[item.id] = output
        return outputs

    def check(self, item: str, output: Any) -> None:
        """Raises Malformed where an output has another form than the task wants, or Unscored."""
        if check := self._optional("check"):
            where = of_item(item, output)
            with blamed("check", where):
                wrong = check(output)
                text = str(wrong) if wrong else ""
            if isinstance(wrong, bool):  # where True means well-formed, the opposite is read
                raise Unscored(
                    f"the study's check gave {wrong} for {where}; it gives what is wrong with "
                    'an output, or ""'
                )
            if text:
                raise Malformed(f"{text} (this is of {where})")

    def judge(self, outputs: Mapping[str, Any], *, whole: bool = True) -> Judgement:
        """Scores of outputs {item id: output}. Raises Unscored.

        whole: they are those of a whole split, so that a pooled objective must have a value
        without any one cluster as well; of a part, each cluster then counts as all of them.
        """
        # in the task's order: that of the outputs is a run's secret, and sums round by their order
        rows = [self._row(item, outputs[item]) for item in self.items if item in outputs]
        counted = [row for row in rows if self.vault.counts(row.item.id)]
        by_kind = self._by_kind(rows)
        metrics = {**by_kind, **self._metrics(rows, by_kind)}
        if self.objective.pooled:
            values = self._pseudo_values(counted, whole=whole) if counted else {}
            return Judgement(values, _mean(values.values()), metrics)
        if self.vault.scorer is None:  # the meter gives the score
            return Judgement(dict.fromkeys(outputs, 0.0), None, metrics)
        shown = self.objective.shown
        scores = {row.item.id: shown(row.score) for row in rows if row.score is not None}
        return Judgement(scores, _mean(scores[row.item.id] for row in counted), metrics)

    def symmetric(self) -> Judge | None:
        """The same judge by the task's symmetric rule; None where there is none."""
        rule = self.vault.symmetric
        return (
            replace(self, vault=self.vault.by(rule)) if rule and not self.objective.pooled else None
        )

    def by(self, view: str) -> Judge:
        """Judge by one of the task's views, of the same items."""
        return replace(self, vault=self.vault.by(self.vault.views[view]), rule=f"view {view}")

    def scores(self, outputs: Mapping[str, Any]) -> dict[str, float]:
        """{item: its score}, higher is better. Raises Unscored."""
        return self._scores(list(outputs), outputs)

    def answer(self, output: Any) -> Any:
        """The part of an output that is its answer; all of it where the task cannot tell."""
        found = self._optional("answer")
        try:
            with blamed("answer", "an output"):
                return found(output) if found else output
        except Unscored:  # a program may return what the task has never seen
            return output

    def failures(
        self,
        items: Sequence[Item],
        outputs: Mapping[str, Any],
        scores: Mapping[str, float],
        *,
        limit: int,
    ) -> list[Failure]:
        """The worst counted items first, at most `limit`, ties in the order of the items.

        scores: {row: score} of the trial. Where the objective is pooled and there is no scorer,
        nobody knows what is worse, and all are shown in their order. Where it is measured, only an
        output that is worse than the best one is a failure.
        """
        worst = self.worst([item.id for item in items], outputs, scores)
        return [self.failure(one, outputs[one], worst[one]) for one in list(worst)[:limit]]

    def worst(
        self, items: Sequence[str], outputs: Mapping[str, Any], scores: Mapping[str, float]
    ) -> dict[str, float | None]:
        """{counted item that could do better: its score}, the worst first, ties in their order."""
        asked = [one for one in items if one in outputs and self.vault.counts(one)]
        best, is_measured = self.vault.best, self.objective.evidence == "measured"
        if is_measured and best is None:
            return {}
        known = self.item_scores({one: outputs[one] for one in asked}, scores)
        top = inf if best is None else self.objective.sign * best
        wrong = [one for one in asked if one not in known or known[one] < top]
        wrong.sort(key=lambda item: known.get(item, -inf))
        return {one: known.get(one) for one in wrong}

    def item_scores(
        self, outputs: Mapping[str, Any], rows: Mapping[str, float]
    ) -> Mapping[str, float]:
        """{item: its own score}; rows: those of the trial, which are no items' where it is pooled.

        Empty where no item has a score of its own.
        """
        of_rows = self.objective.pooled or self.objective.evidence == "measured"
        return self._scores(list(outputs), outputs) if of_rows else rows

    def below_best(self, scores: Sequence[float]) -> int | None:
        """Number of scores that can be bettered; None where nobody knows the best one."""
        best = self.vault.best
        if best is None or not scores:
            return None
        return sum(score < self.objective.sign * best for score in scores)

    def failure(self, item: str, output: Any, score: float | None) -> Failure:
        """An item with its answer, and what a program returned for it."""
        gold, answer, asked = self.vault.gold[item], self.answer(output), self.items[item]
        shown, notes = self.objective.shown(score), self._notes(asked, output)
        return Failure(item, gold.kind, asked.input, gold.answer, answer, shown, notes)

    def traced(self, item: str, output: Any, score: float | None) -> Failure:
        """An item as `failure` has it, whose notes say where its output was lost, if any can."""
        found = self.failure(item, output, score)
        if self.trace is None:
            return found
        return replace(found, notes=notes_of(self.trace, "trace", self.items[item], output))

    def _notes(self, item: Item, output: Any) -> Mapping[str, Any]:
        """The task's explanation."""
        explain = self._optional("explain")
        return notes_of(explain, "explain", item, output) if explain else {}

    def _scores(self, items: Sequence[str], outputs: Mapping[str, Any]) -> dict[str, float]:
        rows = [self._row(item, outputs[item]) for item in items]
        sign = self.objective.sign
        return {row.item.id: sign * row.score for row in rows if row.score is not None}

    def _row(self, item: str, output: Any) -> Row:
        gold, score, where = self.vault.gold[item], None, of_item(item, output)
        if self.vault.scorer:
            with blamed(self.rule, where):
                given = self.vault.scorer(gold, output)
            score = number(self.rule, where, given)
        return Row(self.items[item], gold, output, score)

    def _by_kind(self, rows: Sequence[Row]) -> dict[str, float]:
        """The objective of each kind, and of all of them, where there are kinds with names."""
        kinds = grouped(rows, lambda row: row.gold.kind)
        groups = {**kinds, OVERALL: rows} if kinds else {}
        found = {name: self._of_some(some) for name, some in groups.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _of_some(self, rows: Sequence[Row]) -> float | None:
        """Objective of some items, in its own direction; None where so few have no pooled value."""
        if not self.objective.pooled:
            return _mean(row.score for row in rows if row.score is not None)
        try:
            return self._pool(rows)
        except Unscored:
            return None

    def _metrics(self, rows: Sequence[Row], known: Collection[str]) -> dict[str, float]:
        """The task's metrics. known: other metrics, whose names are not free."""
        metrics, where = self._optional("metrics"), of_rows(rows, self.nouns.outputs)
        if metrics is None:
            return {}
        with blamed("metrics", where):
            given = metrics(rows)
        return numbers("metrics", where, given, taken=[*known, *reserved(self.objective)])

    def _pool(self, rows: Sequence[Row]) -> float:
        where = of_rows(rows, self.nouns.outputs)
        pool: Callable[[Sequence[Row]], Any] | None = self.vault.pool
        with blamed("pool", where):
            given = pool(rows) if pool else None
        return number("pool", where, given)

    def _pseudo_values(self, rows: Sequence[Row], *, whole: bool) -> Mapping[str, float]:
        """{cluster: value}, whose mean is the objective over all rows."""
        by_id = {row.item.id: row for row in rows}
        clusters = {item: row.item.cluster for item, row in by_id.items()}
        sign = self.objective.sign

        def pool(items: Collection[str]) -> float:
            return sign * self._pool([by_id[item] for item in items])

        score = pool(by_id)  # what fails already here is said as it is
        try:
            return pseudo_values(pool, clusters)
        except ValueError as error:
            if not whole:
                return dict.fromkeys(clusters.values(), score + 0.0)
            raise Unscored(
                f"{error}. A pooled objective needs a value without any one of its "
                f"{self.nouns.clusters}, or it has no interval"
            ) from error

    def _optional(self, name: str) -> Callable[..., Any] | None:
        found: Callable[..., Any] | None = getattr(self.task, name, None)
        return found


def grouped(values: Iterable[Value], kind: Callable[[Value], str]) -> dict[str, list[Value]]:
    """{kind: its values}, by name; empty where no kind has a name."""
    found: dict[str, list[Value]] = {}
    for value in values:
        found.setdefault(kind(value), []).append(value)
    return {name: found[name] for name in sorted(found) if name}


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return fmean(known) if known else None
