"""Noise of a language model's answers, when the same program asks them once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt
from typing import Any

from ..bench.tally import HOST
from ..intervals import difference
from ..ledger.state import State
from ..ledger.subjects import ANSWER_NOISE, BASELINE
from ..records import Candidate, Scored, same
from ..report import answers
from .programs import Assessments


def measure(assessments: Assessments, note: Callable[[str], None]) -> None:
    """Run the unchanged program once more on the search split, and have everything asked anew.

    Once a run, at the number of questions at a time that is in use; nothing where the model says
    that it is deterministic.
    """
    bench, state = assessments.bench, assessments.state
    model = bench.answers
    if model is None or model.provider.deterministic or ANSWER_NOISE in state.findings:
        return
    again = bench.run(Candidate(), "search", anew=True, again=1, by=HOST)
    if not again.ok:
        note(f"how far answers differ is not known: the program run again ended {again.status}")
        return
    blob = state.baseline_outputs
    outputs = assessments.journal.ledger.get(blob) if blob else {}
    value = wavered(state, outputs, again)
    value |= {"model": model.provider.name, "at_a_time": model.slots}
    if assessments.write("finding", {"name": ANSWER_NOISE, "value": value}):
        note(answers.noise(value))


def wavered(state: State, outputs: Mapping[str, Any], again: Scored) -> dict[str, Any]:
    """Noise of two runs of the unchanged program. outputs: those of the first.

    item_sd: standard deviation of one item's score from run to run, over the items that count;
    None where the objective is no mean of items. score_sd: that of the score, from these two runs.
    """
    once = state.assessments[BASELINE, "search"]
    moved = sum(not same(outputs.get(item), one) for item, one in again.outputs.items())
    rows = [row for row in state.counted("search") if row in once.items and row in again.items]
    squares = [(once.items[row] - again.items[row]) ** 2 for row in rows]
    apart = difference(once.score or 0.0, again.score or 0.0)
    pooled = state.objective.pooled or not squares
    return {
        "outputs": len(again.outputs),
        "moved": moved,
        "scores": [state.objective.shown(one.score) for one in (once, again)],
        "item_sd": None if pooled else sqrt(sum(squares) / len(squares) / 2),
        "items": len(squares),
        "score_sd": abs(apart) / sqrt(2),
    }
