"""Readings of the host's meter: taken as the objective, and held against the constraints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import StudyError, UserError
from ..records import Candidate, Scored
from ..study import constraint
from ..study.constraint import Constraint
from ..study.objective import JUDGED, Objective, measurements
from ..study.study import Study


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

    It is invalid as well where the task did not give a number that a constraint names.
    """
    if not found.ok or not constraints:
        return found
    numbers = {**found.metrics, **measurements(found.usage)}
    lost = constraint.unknown(constraints, numbers)
    broken = [one.broken(numbers) for one in constraints if one.name in numbers]
    if told := [*lost, *filter(None, broken)]:
        return replace(found, status="invalid", score=None, items={}, detail="\n".join(told))
    return found


def require(study: Study, found: Scored, candidate: Candidate) -> None:
    """Raises StudyError where the unchanged program ran and the study's rules cannot score it.

    With a changed one it is a trial that failed: the rules may never have met such outputs.
    """
    unchanged = not candidate.overrides and not candidate.patch
    if unchanged and found.status == "invalid" and not _broken(found, study.constraints):
        raise StudyError(
            f"study {study.name!r}: {found.detail}\nthe unchanged program must have a score: mend "
            f"the task, or [objective] constraint, in {study.folder}, and type the same command "
            "again"
        )


def refusal(study: Study, found: Scored, split: str) -> UserError:
    """Error of a search whose unchanged program has no score on a split."""
    ran, advice = "does not run", "mend the code under study, its task or its [limits]"
    if _broken(found, study.constraints):
        ran = "breaks a constraint"
        advice = (
            "a search starts from a program that keeps its constraints: loosen [objective] "
            "constraint, or mend the program"
        )
    return UserError(
        f"the unchanged program {ran} on the {split} split ({found.status}): {found.detail}\n"
        f"{advice} and type the same command again"
    )


def _broken(found: Scored, constraints: Sequence[Constraint]) -> bool:
    return any(f"breaks the constraint {one.text}" in found.detail for one in constraints)
