"""A program that was run once more, beside its first result: from the ledger alone."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum, isclose
from typing import Any

from ..figures import ROUNDING
from ..intervals import difference, gap
from ..ledger.state import State
from ..ledger.subjects import BASELINE, Split
from ..records import Scored, same
from ..statistics import Estimate
from . import plan


def moved(
    state: State, official: Scored | None, symmetric: Scored | None
) -> dict[str, list[float]]:
    """{kind: [official score, symmetric score]} of the kinds where the rules differ."""
    if official is None or symmetric is None or not (official.ok and symmetric.ok):
        return {}
    pairs = {
        kind: [official.metrics[kind], symmetric.metrics[kind]]
        for kind in sorted(set(state.study["kinds"].values()) & set(official.metrics))
    }
    return {kind: pair for kind, pair in pairs.items() if pair[0] != pair[1]}


def alike(one: Any, other: Any) -> bool:
    """True if two JSON values are the same but for the rounding of the numbers in them."""
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=ROUNDING) or same(one, other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    return same(one, other)


def rerun(state: State, check: str, program: str, split: Split) -> dict[str, Any] | None:
    """The same program once more: answers that differ, and the score's difference."""
    again = plan.subject(check, program)
    known = state.assessments.get((again, split))
    if known is None:
        return None
    counts = state.checks.get((f"{plan.DIFFERENCES} on {split}", again)) or {}
    first = plan.result(state, program, split)
    return {
        "status": known.status,
        "asked": counts.get("asked"),
        "outputs_differ": counts.get("answers"),
        "whole_outputs_differ": counts.get("outputs"),
        "items": counts.get("items"),
        **_spread("difference", _summed(state, (known, 1), (first, -1), split=split)),
    }


def symmetric_gain(state: State, program: str) -> dict[str, Any] | None:
    """The champion's gain by the symmetric rule, and how much more the official one gives."""
    pairs = [
        (tested(state, name), tested(state, plan.subject(plan.SYMMETRIC, name)))
        for name in (program, BASELINE)
    ]
    (official, symmetric), (base, base_symmetric) = pairs
    gain = _summed(state, (symmetric, 1), (base_symmetric, -1))
    more = _summed(state, (official, 1), (base, -1), (symmetric, -1), (base_symmetric, 1))
    if gain is None or more is None:
        return None
    official_gain = _summed(state, (official, 1), (base, -1))
    return {
        **_spread("gain", gain),
        "official_gain": official_gain.mean if official_gain else None,
        **_spread("official_adds", more),
    }


def redacted(state: State, program: str) -> dict[str, Any] | None:
    found = tested(state, plan.subject(plan.REDACTED, program))
    if found is None:
        return None
    change = _summed(state, (found, 1), (tested(state, program), -1))
    return {
        "status": found.status,
        "score": state.objective.shown(found.score),
        "detail": found.detail,
        **_spread("difference", change),
    }


def tested(state: State, subject: str) -> Scored | None:
    """Scores of a program, or of another way to run one, where scores decide."""
    return plan.result(state, subject, state.final)


def _summed(
    state: State, *terms: tuple[Scored | None, int], split: Split | None = None
) -> Estimate | None:
    """Sum of scores with their signs, over the counted rows; None where one of them has none."""
    found = [(one, sign) for one, sign in terms if one and one.ok and one.score is not None]
    if len(found) < len(terms):
        return None
    rows = state.counted(split or state.final)
    once = not any(len(one.replicates) > 1 for one, _ in found)
    if once and all(one.items.keys() >= set(rows) for one, _ in found):
        run = {row: _sum((one.items[row], sign) for one, sign in found) for row in rows}
        return gap(state, [run], split=split)
    alone = _sum((_first(one), sign) for one, sign in found)  # once, beside several replicates
    return Estimate(alone, None, None, 1.0, 0)


def _sum(terms: Iterable[tuple[float, int]]) -> float:
    """Sum of scores with their signs, without the rounding of equal ones."""
    scores = list(terms)
    gained, lost = (fsum(one for one, sign in scores if sign == way) for way in (1, -1))
    return difference(gained, lost)


def _first(found: Scored) -> float:
    """The score under the first seed: that of a program that ran once."""
    score = found.replicates[0] if found.replicates else found.score
    assert score is not None
    return score


def _spread(name: str, estimate: Estimate | None) -> dict[str, Any]:
    return {
        name: estimate.mean if estimate else None,
        f"{name}_interval": [estimate.low, estimate.high] if estimate else None,
    }
