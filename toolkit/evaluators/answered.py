"""An evaluator whose programs may ask a language model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from ..evaluator import Evaluator
from ..jobs import Job, Outcome


class AnsweredEvaluator:
    """An evaluator of jobs with answers: an outcome says what they took, and which failed."""

    def __init__(self, inner: Evaluator, answers: Any) -> None:
        """answers: who makes the answers to one evaluation (toolkit.llm.answers.AnswerModel)."""
        self._inner, self.answers = inner, answers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Whoever started the evaluator ends it."""

    @property
    def slots(self) -> int:
        return self._inner.slots

    @property
    def isolation(self) -> str:
        return self._inner.isolation

    @property
    def nodes(self) -> Mapping[str, Mapping[str, str]]:
        return getattr(self._inner, "nodes", {})

    def require(self, level: str, *, weak: bool = False) -> None:
        self._inner.require(level, weak=weak)

    def run(self, job: Job) -> Outcome:
        outcome = self._inner.run(job)
        return job.answers.settled(outcome) if job.answers else outcome
