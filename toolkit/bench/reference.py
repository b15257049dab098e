"""Right answers that the unchanged program gives, for a task that has none of its own."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from ..errors import StudyError
from ..jobs import Job
from ..study.task import Task
from .judge import Malformed, Unscored
from .selection import Selection

if TYPE_CHECKING:
    from .bench import Bench


def wanted(task: Task, asked: Selection) -> bool:
    """True if the task does not know the right answer of something that is asked."""
    unknown = getattr(task, "unknown", None)
    return bool(unknown and unknown(list(chain(*asked.batches))))


def learn(bench: Bench, unchanged: Job, asked: Selection) -> None:
    """Run the unchanged program on what is asked, and let the task take its outputs for right.

    Raises StudyError where it gives none.
    """
    with bench.tally.again():
        outcome = bench.evaluator.run(unchanged)
    if outcome.status != "ok" or outcome.values is None:
        raise StudyError(
            f"study {bench.study.name!r}: its cases have no answers, so those of the unchanged "
            f"program are the right ones, and it gives none ({outcome.status}): {outcome.detail}"
        )
    try:
        outputs = bench.outputs(asked.batches, outcome.values)
    except (Malformed, Unscored) as error:
        raise StudyError(f"study {bench.study.name!r}: the unchanged program: {error}") from error
    take = getattr(bench.task, "learn")  # noqa: B009 - no member of the protocol
    take(outputs)
