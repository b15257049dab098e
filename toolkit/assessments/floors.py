"""What a program must beat to be worth anything, and parameters that change nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..bench.scoring import Scoring
from ..bench.tally import HOST
from ..ledger.state import BEST_CONSTANT, REFUSE_ALL, WRONG_MEMORY, Split, wrong_memory
from ..records import Candidate, Trial
from .programs import Assessments

PURPOSE = "floors"


def check_liveness(assessments: Assessments, note: Callable[[str], None]) -> None:
    """Name the parameters that change nothing, before a search tunes them."""
    findings = assessments.state.findings
    if "dead_parameters" not in findings:
        dead = assessments.bench.dead_parameters()
        assessments.journal.write("finding", {"name": "dead_parameters", "value": dead})
    for name in findings["dead_parameters"]:
        note(f"parameter {name!r} is dead: its extremes change no prediction")


def score_floors(assessments: Assessments) -> None:
    """Refusing everything, the constant best on the search split, and a wrong memory."""
    bench = assessments.bench
    constants = dict(bench.task.constants())
    if "refuse" in constants:
        _constant(assessments, REFUSE_ALL, constants.pop("refuse"))
    rated = {answer: bench.constant(answer, "search").score or 0.0 for answer in constants.values()}
    if rated:
        _constant(assessments, BEST_CONSTANT, max(rated, key=rated.__getitem__))
    for split in assessments.state.splits:
        _elsewhere(assessments, f"floor:{WRONG_MEMORY}", Candidate(), split)


def score_elsewhere(assessments: Assessments, champion: Trial) -> None:
    """A champion that answers from other conversations, where it counts."""
    if champion.number:
        subject = wrong_memory(champion)
        _elsewhere(assessments, subject, champion.candidate, assessments.state.final)


def _constant(assessments: Assessments, name: str, answer: str) -> None:
    for split in assessments.state.splits:
        run = partial(assessments.bench.constant, answer, split)
        assessments.score(Scoring(f"floor:{name}", split, PURPOSE, run))


def _elsewhere(assessments: Assessments, subject: str, candidate: Candidate, split: Split) -> None:
    """Each question asked of the next conversation; with one conversation there is none."""
    bench = assessments.bench
    if len(bench.items[split]) > 1:
        run = partial(bench.run, candidate, split, wrong_memory=True, by=HOST)
        assessments.score(Scoring(subject, split, PURPOSE, run))
