"""Numbers that programs reach, in the verdict of a study where no data was held out."""

from __future__ import annotations

from collections.abc import Sequence

from ..ledger.cell import CellState
from ..ledger.state import State
from ..statistics import Estimate
from .comparisons import LEVEL, Comparison
from .gaps import gain
from .wording import Wording


def best(state: State, cells: Sequence[CellState], found: Comparison, words: Wording) -> list[str]:
    """The best program of a searcher, and its mean gain over the seeds where it has several."""
    mine = [cell for cell in cells if cell.alias == found.better]
    cell = max(mine, key=lambda one: _score(state, one))
    result, base = state.result_of(state.champion(cell)), state.result_of(state.baseline)
    of_program = gain(state, state.champion(cell))
    if result is None or base is None or of_program is None:
        return []
    sentences = [
        f"The program of seed {cell.seed} {words.verb} {_named(words)}{words.score(result.score)}"
        f"{words.gain_unit} ({words.standing}), against the baseline's {words.known}"
        f"{words.score(base.score)}: a {words.known}gain of "
        f"{words.span(of_program.mean, (of_program.low, of_program.high))}{words.gain_unit}, "
        f"{_decision(of_program)}."
    ]
    if len(mine) > 1:
        tail = "" if found.decided else ", which is not decided"
        span = words.span(found.gap.mean, (found.gap.low, found.gap.high))
        sentences.append(
            f"Over its {len(mine)} seeds the {words.known}gain of {found.better} is "
            f"{span}{words.gain_unit}{tail}."
        )
    return sentences


def baseline(state: State, words: Wording) -> list[str]:
    """The unchanged program's number, where nothing beat it and no data was held out."""
    result = state.result_of(state.baseline)
    if words.held_out or result is None:
        return []
    return [
        f"The unchanged program {words.verb} {_named(words)}{words.score(result.score)}"
        f"{words.gain_unit} ({words.standing})."
    ]


def _score(state: State, cell: CellState) -> float:
    score = state.champion(cell).score
    return float("-inf") if score is None else score


def _named(words: Wording) -> str:
    name = words.objective.name
    return "" if name == "score" else f"{name} "


def _decision(found: Estimate) -> str:
    """A number that was validated is what it is; any other wavers, and by how much is measured."""
    if found.p < LEVEL:
        return "which is decided as to this program"
    if found.low is None and found.mean:
        return (
            "which is not decided: how much the number varies from run to run was not measured "
            "(`[replicates]` in study.toml)"
        )
    return "which is not decided"
