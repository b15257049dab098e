"""Numbers that programs reach, in the verdict of a study where no data was held out."""

from __future__ import annotations

from collections.abc import Sequence

from ..ledger.cell import CellState
from ..ledger.state import State
from ..statistics import LEVEL, Estimate
from .comparisons import Contrast
from .gaps import gain
from .noise import luck, ran_again
from .wording import Wording


def best(
    state: State,
    cells: Sequence[CellState],
    found: Contrast,
    words: Wording,
    *,
    named: bool = False,
) -> list[str]:
    """The best program of a searcher, and its mean gain over the seeds where it has several.

    named: the searcher's name is said, too, where several are told of.
    """
    mine = [cell for cell in cells if cell.alias == found.better]
    cell = max(mine, key=lambda one: _score(state, one))
    result, base = state.result_of(state.champion(cell)), state.result_of(state.baseline)
    of_program = gain(state, cell, among=mine)
    if result is None or base is None or of_program is None:
        return []
    chosen, again = bool(luck(state, mine)), _again(state, cell, words)
    sentences = [
        f"The program of {f'{cell.alias}, ' * named}seed {cell.seed} {words.verb} {_named(words)}"
        f"{words.score(result.score)}{words.gain_unit} ({words.standing}), against the baseline's "
        f"{words.known}{words.score(base.score)}: a {words.known}gain of "
        f"{words.span(of_program.mean, (of_program.low, of_program.high))}{words.gain_unit}, "
        f"{_decision(of_program, chosen=chosen, once=bool(again))}.",
        *again,
    ]
    if len(mine) > 1:
        tail = "" if found.decided else f", {_decision(found.gap, chosen=chosen)}"
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
        f"{words.gain_unit} ({words.standing}).",
        *_again(state, None, words),
    ]


def _again(state: State, cell: CellState | None, words: Wording) -> list[str]:
    """Sentence on programs that gave another value when they ran once more; none where none did."""
    champions = {f"the program of seed {cell.seed}": state.champion(cell)} if cell else {}
    told = [
        f"{name} gave {words.score(again[0])}{words.gain_unit} and, run once more, "
        f"{words.score(again[1])}{words.gain_unit}"
        for name, trial in {"the unchanged program": state.baseline, **champions}.items()
        if (again := ran_again(state, trial))
    ]
    if not told:
        return []
    text = "; ".join(told)
    return [f"{text[0].upper()}{text[1:]}: each value here is that of one run."]


def _score(state: State, cell: CellState) -> float:
    score = state.champion(cell).score
    return float("-inf") if score is None else score


def _named(words: Wording) -> str:
    name = words.objective.name
    return "" if name == "score" else f"{name} "


def _decision(found: Estimate, *, chosen: bool, once: bool = False) -> str:
    """A number that was validated is what it is; any other wavers, and by how much is measured.

    chosen: noise had a part in the choice. once: outputs differ from run to run, so that a value is
    that of a run, not of its program.
    """
    if found.p < LEVEL:
        return f"which is decided as to this {'run of the ' if once else ''}program"
    if found.low is None and found.mean:
        return (
            "which is not decided: how much the number varies from run to run was not measured "
            "(`[replicates]` in study.toml)"
        )
    if chosen:
        return (
            "which is not decided: it was chosen on this very number, which varies from run to run "
            '(`test = "replicates"` in study.toml measures a champion again)'
        )
    return "which is not decided"
