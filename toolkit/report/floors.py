"""Gain of champions over the best floor: what they have beyond a program that reads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..intervals import PROGRAM, Run, difference, gap
from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import FLOOR, Assessment
from ..statistics import LEVEL, Estimate
from .comparisons import Contrast
from .gaps import level, runs_of
from .noise import chosen, luck, noise
from .view_scores import Views
from .wording import Wording


def best(state: State) -> Assessment | None:
    """The highest floor where scores decide, the first of equal ones; None where there is none."""
    found = [
        one
        for (subject, split), one in state.assessments.items()
        if subject.startswith(FLOOR) and split == state.final and one.ok and one.score is not None
    ]
    return max(found, key=lambda one: one.rank) if found else None


def over(
    state: State, cells: Sequence[CellState], among: Sequence[CellState] = ()
) -> Estimate | None:
    """Mean gain of these cells' champions over the best floor; None where one has no score.

    among: as in gaps.gain.
    """
    floor, champions = best(state), [state.champion(cell) for cell in cells]
    runs = runs_of(state, champions)
    if floor is None or len(runs) < len(champions) or not runs:
        return None
    low = _run(state, floor)
    rows = [{row: difference(run[row], low[row]) for row in run} for run in runs]
    found = gap(state, rows, noise(state, champions, []))
    return chosen(found, luck(state, cells, among))


def section(state: State, cell: CellState) -> dict[str, Any] | None:
    """The best floor, and the champion's gain over it; None without either."""
    floor, found = best(state), over(state, [cell])
    if floor is None or found is None:
        return None
    return {
        "floor": floor.subject.removeprefix(FLOOR),
        "level": level(state, floor),
        "gain": found.mean,
        "interval": [found.low, found.high],
        **({"by_view": seen} if (seen := Views(state).over_floor([cell])) else {}),
    }


def sentence(
    state: State, cells: Sequence[CellState], tops: Sequence[Contrast], words: Wording
) -> list[str]:
    """Sentence of the verdict on the searchers that lead; none where there is no floor."""
    floor = best(state)
    mine: Mapping[str, Estimate | None] = {
        one.better: over(state, [cell for cell in cells if cell.alias == one.better])
        for one in tops
    }
    told = [
        f"{words.span(one.mean, (one.low, one.high))}{words.gain_unit}"
        f"{f' ({name})' * (len(mine) > 1)}{_decision(one)}"
        for name, one in mine.items()
        if one
    ]
    if floor is None or not told:
        return []
    name = floor.subject.removeprefix(FLOOR)
    more = _by_view(state, cells, name, tops[0].better, words) if len(mine) == 1 else ""
    return [
        f"Over the best floor ({name}, {words.score(floor.score)}) the gain is "
        f"{'; '.join(told)}{more}."
    ]


def _by_view(
    state: State, cells: Sequence[CellState], best: str, alias: str, words: Wording
) -> str:
    """`; by best_span it is +0.200 [+0.100, +0.300]`, over the floor that is best by that rule."""
    seen = Views(state).over_floor([cell for cell in cells if cell.alias == alias])
    if seen is None:
        return ""
    over = "" if seen["floor"] == best else f", over {seen['floor']},"
    open_ = "" if seen["decided"] else ", which is not decided"
    return f"; by {seen['by']}{over} it is {words.span(seen['gain'], seen['interval'])}{open_}"


def _decision(found: Estimate) -> str:
    return "" if found.p < LEVEL else ", which is not decided"


def _run(state: State, floor: Assessment) -> Run:
    if state.final == "search":
        return {PROGRAM: floor.score or 0.0}
    return {row: floor.items[row] for row in state.counted("test")}
