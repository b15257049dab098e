"""Readings of the host's meter: taken as the objective, and held against the constraints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import near_misses
from ..records import Scored, Status
from ..study.constraint import Constraint
from ..study.objective import METRICS, Objective, measurements

JUDGED = "judged"
"""metric of a measured objective: the mean of what the scorer gave"""


def scored_by(objective: Objective) -> Objective:
    """Objective for the judge of outputs. A scorer's numbers are better when higher, also where the
    meter's number is the objective and less of it is wanted.
    """
    if objective.evidence != "measured":
        return objective
    return replace(objective, direction="maximize")


def measured(found: Scored, objective: Objective) -> Scored:
    """A judged evaluation with the measured number as its score, where the study wants one.

    Every row has the same number: it is one reading of the whole evaluation.
    """
    if objective.evidence != "measured" or not found.ok:
        return found
    score = objective.sign * measurements(found.usage)[objective.metric] + 0.0
    judged = {} if found.score is None else {JUDGED: found.score}
    return replace(
        found,
        score=score,
        items=dict.fromkeys(found.items, score),
        metrics={**found.metrics, **judged},
    )


def kept(found: Scored, constraints: Sequence[Constraint]) -> Scored:
    """The evaluation as it is where every constraint is kept, else `invalid` with the reason.

    Where the task did not give a number that a constraint names, it is `crashed` and says so.
    """
    if not found.ok or not constraints:
        return found
    numbers = {**found.metrics, **measurements(found.usage)}
    lacking = [one for one in constraints if one.name not in numbers]
    if lacking:
        return _failed(found, "crashed", "\n".join(_lacking(one, numbers) for one in lacking))
    broken = "\n".join(text for one in constraints if (text := one.broken(numbers)))
    return _failed(found, "invalid", broken) if broken else found


def _lacking(constraint: Constraint, numbers: dict[str, float]) -> str:
    given = [name for name in numbers if name not in METRICS]
    return (
        f"the constraint {constraint.text} cannot be checked: there is no number "
        f"{constraint.name!r}{near_misses(constraint.name, numbers)} (the host measures "
        f"{', '.join(METRICS)}; the task gave {', '.join(sorted(given)) or 'none'})"
    )


def _failed(found: Scored, status: Status, detail: str) -> Scored:
    """A failed trial has no score; its metrics stay, for people."""
    return replace(found, status=status, score=None, items={}, detail=detail)


def advice(found: Scored, constraints: Sequence[Constraint]) -> str:
    """Advice where the unchanged program has no score."""
    broken = found.status == "invalid" and any(one.text in found.detail for one in constraints)
    lacking = found.status == "crashed" and found.detail.startswith("the constraint ")
    if broken:
        return (
            "a search starts from a program that keeps its constraints: loosen [objective] "
            "constraint, or mend the program"
        )
    if lacking:
        return (
            "mend the name in [objective] constraint, or let the task's metrics(rows) give the "
            "number"
        )
    return "mend the code under study, its task or its [limits]"
