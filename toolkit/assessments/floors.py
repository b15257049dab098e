"""Floors, which a program must beat to be worth anything, and parameters that change nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..bench import cost, fitted, liveness, rewriting
from ..bench.bench import Bench
from ..bench.fitted import Fitted
from ..bench.judge import Unscored
from ..bench.scoring import Scoring
from ..bench.tally import HOST
from ..errors import StudyError
from ..ledger.subjects import (
    BEST_CONSTANT,
    FITTED,
    FLOOR,
    INPUT_ONLY,
    WRONG_CONTEXT,
    Split,
    wrong_context,
)
from ..records import Candidate, Scored, Trial
from ..study import task as tasks
from ..study.task import Item
from .programs import Assessments

PURPOSE = "floors"


def check_liveness(assessments: Assessments, note: Callable[[str], None]) -> None:
    """Name the parameters that change nothing, before a search tunes them."""
    state, write = assessments.state, assessments.journal.write
    if "dead_parameters" not in state.findings and liveness.SKIPPED not in state.findings:
        why = liveness.skipped(state.baseline, *cost.baseline(state).values())
        if why:
            write("finding", {"name": liveness.SKIPPED, "value": why})
            note(f"nobody looked for dead parameters: {why}")
        else:
            dead = assessments.bench.dead_parameters()
            write("finding", {"name": "dead_parameters", "value": dead})
    _check_rewriting(assessments, note)
    for name in state.findings.get("dead_parameters", ()):
        note(
            f"parameter {name!r} is dead: none of its values that were tried, by itself, changes "
            "an output on the search split"
        )


def _check_rewriting(assessments: Assessments, note: Callable[[str], None]) -> None:
    """Tell where a program with all its defaults written is another one. Skipped like the above."""
    state, write = assessments.state, assessments.journal.write
    if not assessments.bench.study.bindings:
        return
    if rewriting.FINDING not in state.findings and liveness.SKIPPED not in state.findings:
        write("finding", {"name": rewriting.FINDING, "value": assessments.bench.rewritten()})
    if liveness.SKIPPED in state.findings:
        note("nobody looked whether defaults that are written change an output, for that reason")
    elif difference := state.findings.get(rewriting.FINDING, ""):
        note(f"{difference}: scores of settings are not comparable with the unchanged program's")


def score_floors(assessments: Assessments, *, whole: bool) -> None:
    """Score outputs that need no program, and the baseline without the context that it should have.

    They are the constant outputs that the task names, the one of its others that is best on the
    search split, under its own name too, and those fitted to each form of input. whole: programs
    may run: the baseline gets the contexts of other calls, and contexts with nothing to read.
    """
    bench = assessments.bench
    floors = dict(tasks.floors(bench.task))
    for name in tasks.named_floors(bench.task):
        _constant(assessments, name, floors.pop(name))
    rated = {name: bench.constant(one, "search").score for name, one in floors.items()}
    scored = {name: score for name, score in rated.items() if score is not None}
    known = {subject for subject, _ in assessments.state.assessments}
    if scored and f"{FLOOR}{BEST_CONSTANT}" not in known:  # which earlier versions called it
        best = max(scored, key=scored.__getitem__)
        _constant(assessments, best, floors[best])
    _fitted(assessments)
    for split in assessments.state.splits if whole else ():
        _elsewhere(assessments, f"{FLOOR}{WRONG_CONTEXT}", Candidate(), split)
        _with_inputs_only(assessments, split)


def score_elsewhere(assessments: Assessments, champion: Trial) -> None:
    """Score a champion in the contexts of other calls, on the split that decides."""
    if champion.number:
        subject = wrong_context(champion)
        _elsewhere(assessments, subject, champion.candidate, assessments.state.final)


def _constant(assessments: Assessments, name: str, output: Any) -> None:
    for split in assessments.state.splits:
        run = partial(assessments.bench.constant, output, split)
        assessments.score(Scoring(f"{FLOOR}{name}", split, PURPOSE, run))


def _fitted(assessments: Assessments) -> None:
    """Score a constant of each form of input, the one that is best on the search split."""
    bench, state, subject = assessments.bench, assessments.state, f"{FLOOR}{FITTED}"
    if all((subject, split) in state.assessments for split in state.splits):
        return
    items = {split: [one for call in bench.items[split] for one in call] for split in state.splits}
    every = [one for some in items.values() for one in some]
    try:
        found = fitted.fit(bench.judge, bench.task, items["search"], every)
    except Unscored as error:
        raise StudyError(f"study {bench.study.name!r}, floors by form: {error}") from error
    if found is None:
        return
    for split, some in items.items():
        run = partial(_outputs, bench, found, some, split)
        assessments.score(Scoring(subject, split, PURPOSE, run))


def _outputs(bench: Bench, found: Fitted, items: Sequence[Item], split: Split) -> Scored:
    outputs = found.outputs(items)
    return replace(bench.given(outputs, split, found.text), outputs=outputs)


def _with_inputs_only(assessments: Assessments, split: Split) -> None:
    """Score the baseline with contexts that have nothing in them to read."""
    bench = assessments.bench
    if bench.has_empty_context:
        run = partial(bench.run, Candidate(), split, empty_context=True, by=HOST)
        assessments.score(Scoring(f"{FLOOR}{INPUT_ONLY}", split, PURPOSE, run))


def _elsewhere(assessments: Assessments, subject: str, candidate: Candidate, split: Split) -> None:
    """Score each call in the context of the next one, where the task says that this makes sense."""
    bench = assessments.bench
    if bench.has_wrong_context(split):
        run = partial(bench.run, candidate, split, wrong_context=True, by=HOST)
        assessments.score(Scoring(subject, split, PURPOSE, run))
