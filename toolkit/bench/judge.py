"""Predictions to scores. Runs in the host only; never sees the code that made them."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from statistics import fmean
from typing import Any

from .. import interrupts
from ..records import Failure
from ..study.task import Item, Task, Vault
from ..text import said, short

MAX_RETRIEVED = 10_000
SHOWN_CHARS = 300


class Malformed(Exception):  # noqa: N818 - says what the prediction is
    """A program returned something other than one answer per question."""


class Unscored(Exception):  # noqa: N818 - says what the output is
    """The study's own rule raised, or gave no score, on one program's output."""


@dataclass(frozen=True)
class Prediction:
    """An answer, and the ids of the turns that it was made from."""

    answer: str
    retrieved: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """items: {item id: score in [0, 1]}; score: mean over the counted kinds, None if none."""

    items: Mapping[str, float]
    score: float | None
    metrics: Mapping[str, float]


def read(batches: Sequence[Sequence[Item]], values: Sequence[Any]) -> dict[str, Prediction]:
    """Check what came back, call by call; {item id: prediction}. Raises Malformed."""
    predictions = {}
    for number, (items, answers) in enumerate(zip(batches, values, strict=True)):
        if not isinstance(answers, list) or len(answers) != len(items):
            got = f"{len(answers)} items" if isinstance(answers, list) else type(answers).__name__
            raise Malformed(
                f"call {number + 1} must return a list of {len(items)} answers, one per question "
                f"and in their order; it returned {got}"
            )
        for item, answer in zip(items, answers, strict=True):
            predictions[item.id] = _prediction(answer)
    return predictions


def _prediction(value: Any) -> Prediction:
    if not isinstance(value, dict) or not isinstance(value.get("answer"), str):
        raise Malformed(
            f'each answer must be {{"answer": text, "retrieved": [turn ids]}}, got {short(value)}'
        )
    retrieved = value.get("retrieved", [])
    if not isinstance(retrieved, list) or not all(isinstance(turn, str) for turn in retrieved):
        raise Malformed(f'"retrieved" must be a list of turn ids, got {short(retrieved)}')
    return Prediction(value["answer"], tuple(retrieved[:MAX_RETRIEVED]))


def judge(vault: Vault, predictions: Mapping[str, Prediction]) -> Judgement:
    """Score every prediction by the official rule. Raises Unscored."""
    items = {item: score_one(vault, item, one.answer) for item, one in predictions.items()}
    counted = [item for item in items if vault.gold[item].kind in vault.counted]
    score = fmean(items[item] for item in counted) if counted else None
    return Judgement(items, score, _metrics(vault, predictions, items, counted))


def score_one(vault: Vault, item: str, answer: str) -> float:
    """A number in [0, 1]; raises Unscored where the study's scorer gives anything else."""
    with _blamed("scorer", item):  # a value of its own class may raise where it is compared
        given = vault.scorer(vault.gold[item], answer)
        # NaN fails both comparisons
        score = float(given) if isinstance(given, Real) and 0 <= given <= 1 else None
    if score is None:
        raise Unscored(
            f"the study's scorer gave {short(given)} for item {item}; a score is a number in [0, 1]"
        )
    return score


@contextlib.contextmanager
def _blamed(rule: str, item: str) -> Iterator[None]:
    """Anything that a study's rule raises is said of the item that it was asked about.

    A rule may even exit; only Ctrl-C is the user's.
    """
    try:
        yield
    except BaseException as error:
        if interrupts.came(error):
            raise
        places = traceback.extract_tb(error.__traceback__)[-1:]
        where = "".join(f" ({Path(one.filename).name}, line {one.lineno})" for one in places)
        raise Unscored(
            f"the study's {rule} raised {type(error).__name__} on item {item}: "
            f"{said(error)[:SHOWN_CHARS]}{where}"
        ) from error


def _refused(vault: Vault, item: str, answer: str) -> bool:
    with _blamed("rule for refusals", item):
        return bool(vault.refuses(answer))


def _metrics(
    vault: Vault,
    predictions: Mapping[str, Prediction],
    items: Mapping[str, float],
    counted: Sequence[str],
) -> dict[str, float]:
    """What stands beside the objective; each key only where it is defined."""
    by_kind: dict[str, list[float]] = {}
    for item, score in items.items():
        by_kind.setdefault(vault.gold[item].kind, []).append(score)
    metrics = {kind: fmean(scores) for kind, scores in sorted(by_kind.items())}
    metrics["overall"] = fmean(items.values())
    with_evidence = [item for item in counted if vault.gold[item].evidence]
    if with_evidence:
        metrics["evidence_recall"] = fmean(
            _recall(vault.gold[item].evidence, predictions[item].retrieved)
            for item in with_evidence
        )
    if counted:
        answers = {item: predictions[item].answer for item in counted}
        metrics["false_refusals"] = fmean(_refused(vault, *one) for one in answers.items())
        metrics["answer_words"] = fmean(len(answer.split()) for answer in answers.values())
        metrics["answer_parts"] = fmean(len(answer.split(",")) for answer in answers.values())
        metrics["retrieved_turns"] = fmean(len(predictions[item].retrieved) for item in counted)
    return metrics


def _recall(evidence: Sequence[str], retrieved: Sequence[str]) -> float:
    return len(set(evidence) & set(retrieved)) / len(set(evidence))


def failures(
    task: Task,
    vault: Vault,
    items: Sequence[Item],
    predictions: Mapping[str, Any],
    scores: Mapping[str, float],
    *,
    limit: int,
) -> list[Failure]:
    """The worst counted questions first, at most `limit`, ties in the order of the items.

    predictions: {item id: [answer, retrieved]}, as the ledger keeps them; scores: {item id: score}.
    """
    wrong = [
        item
        for item in items
        if item.id in predictions
        and vault.gold[item.id].kind in vault.counted
        and scores[item.id] < 1
    ]
    found = []
    for item in sorted(wrong, key=lambda item: scores[item.id])[:limit]:
        gold, (answer, retrieved) = vault.gold[item.id], predictions[item.id]
        passages = task.passages(item.cluster)
        evidence = {turn: passages[turn] for turn in gold.evidence if turn in passages}
        found.append(
            Failure(
                item.id, gold.kind, item.question, gold.answer, answer, scores[item.id],
                retrieved, evidence,
            )
        )  # fmt: skip
    return found
