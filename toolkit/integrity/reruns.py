"""A program that was run once more, beside its first result: from the ledger alone."""

from __future__ import annotations

from typing import Any

from ..ledger.state import State
from ..ledger.subjects import BASELINE, Assessment, Split
from ..statistics import Estimate, clustered_mean
from . import plan


def moved(
    state: State, official: Assessment | None, symmetric: Assessment | None
) -> dict[str, list[float]]:
    """{kind: [official score, symmetric score]} of the kinds where the rules differ."""
    if official is None or symmetric is None or not (official.ok and symmetric.ok):
        return {}
    pairs = {
        kind: [official.metrics[kind], symmetric.metrics[kind]]
        for kind in sorted(set(state.study["kinds"].values()) & set(official.metrics))
    }
    return {kind: pair for kind, pair in pairs.items() if pair[0] != pair[1]}


def rerun(state: State, check: str, program: str, split: Split) -> dict[str, Any] | None:
    """The same program once more: answers that differ, and the score's difference."""
    again = plan.subject(check, program)
    known = state.assessments.get((again, split))
    if known is None:
        return None
    counts = state.checks.get((f"{plan.DIFFERENCES} on {split}", again)) or {}
    first = state.assessments[program, split]
    return {
        "status": known.status,
        "questions": counts.get("questions"),
        "answers_differ": counts.get("answers"),
        "outputs_differ": counts.get("outputs"),
        "items": counts.get("items"),
        **_spread("difference", _paired(state, known, first, split)),
    }


def symmetric_gain(state: State, program: str) -> dict[str, Any] | None:
    """The champion's gain by the symmetric rule, and how much more the official one gives."""
    pairs = [
        (tested(state, name), tested(state, plan.subject(plan.SYMMETRIC, name)))
        for name in (program, BASELINE)
    ]
    (official, symmetric), (base, base_symmetric) = pairs
    gain = _paired(state, symmetric, base_symmetric, "test")
    if gain is None or official is None or base is None:
        return None
    more = {
        item: official.items[item]
        - base.items[item]
        - symmetric.items[item]  # type: ignore[union-attr]
        + base_symmetric.items[item]  # type: ignore[union-attr]
        for item in state.counted("test")
    }
    official_gain = _paired(state, official, base, "test")
    return {
        **_spread("gain", gain),
        "official_gain": official_gain.mean if official_gain else None,
        **_spread("official_adds", clustered_mean(more, state.rows("test"))),
    }


def redacted(state: State, program: str) -> dict[str, Any] | None:
    found = tested(state, plan.subject(plan.REDACTED, program))
    if found is None:
        return None
    change = _paired(state, found, tested(state, program), "test")
    return {
        "status": found.status,
        "score": level(state, found.score),
        "detail": found.detail,
        **_spread("difference", change),
    }


def level(state: State, score: float | None) -> float | None:
    """Score of the host as people read it."""
    return None if score is None else state.objective.shown(score)


def tested(state: State, subject: str) -> Assessment | None:
    return state.assessments.get((subject, "test"))


def _paired(
    state: State, one: Assessment | None, other: Assessment | None, split: Split
) -> Estimate | None:
    """Difference over the counted questions; None where one of them has no score."""
    if one is None or other is None or not (one.ok and other.ok):
        return None
    values = {item: one.items[item] - other.items[item] for item in state.counted(split)}
    return clustered_mean(values, state.rows(split))


def _spread(name: str, estimate: Estimate | None) -> dict[str, Any]:
    return {
        name: estimate.mean if estimate else None,
        f"{name}_interval": [estimate.low, estimate.high] if estimate else None,
    }
