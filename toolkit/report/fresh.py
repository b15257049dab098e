"""Gains on fresh data: the part that the choice among trials made, and the part of other data.

Fresh items come from the sources that were searched on, and nobody searched on them. So what a gain
loses from search to fresh is selection, and what it loses from fresh to test is the shift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rich import box
from rich.table import Table

from ..intervals import Run, difference, gap, loss
from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE, FRESH, Split
from ..records import Scored, Trial
from .gaps import level, searched_rows
from .noise import noise
from .wording import Wording

STEPS: tuple[Split, ...] = ("search", FRESH, "test")
LOSSES: Mapping[str, tuple[Split, Split]] = {
    "selection": ("search", FRESH),
    "shift": (FRESH, "test"),
}
NARROW = 78


def section(state: State, cell: CellState) -> dict[str, Any] | None:
    """Level on fresh data, gains from step to step, and what each step takes; None without any."""
    champion = state.champion(cell)
    found = {split: _result(state, cell, champion, split) for split in STEPS}
    base = {split: state.assessments.get((BASELINE, split)) for split in STEPS}
    scored = found[FRESH]
    if not state.has_fresh or scored is None:
        return None
    told: dict[str, Any] = {"level": level(state, scored), "status": scored.status}
    if not champion.number or not all(one and one.ok for one in (*found.values(), *base.values())):
        return {**told, **dict.fromkeys([*STEPS, *LOSSES])}
    rows = {split: _rows(state, found[split], base[split], split) for split in STEPS}
    moved = noise(state, [champion], [state.baseline])
    told |= {split: gap(state, [rows[split]], moved, split).figure() for split in STEPS}
    return told | {
        name: loss(state, (rows[one], one), (rows[then], then), moved).figure()
        for name, (one, then) in LOSSES.items()
    }


def table(cells: Sequence[Mapping[str, Any]], width: int, words: Wording) -> Table | None:
    """Gain of each champion from search over fresh to test; None where nobody has such data."""
    known = [cell for cell in cells if cell["fresh"] and cell["fresh"]["selection"]]
    if not known:
        return None
    found = Table(
        title="gain: search -> fresh -> test (fresh: the searched sources, items that nobody "
        "searched on;\nselection = search - fresh; shift = fresh - test)",
        title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    found.add_column("searcher", overflow="fold")
    ends = " [95 %]" if width >= NARROW else ""
    for head in ("seed", *STEPS, *(f"{name}{ends}" for name in LOSSES)):
        found.add_column(head, justify="right", no_wrap=True)
    for cell in known:
        row = cell["fresh"]
        gains = [words.signed(row[split]["mean"]) for split in STEPS]
        losses = [_loss(row[name], words, brief=not ends) for name in LOSSES]
        found.add_row(cell["alias"], str(cell["seed"]), *gains, *losses)
    return found


def _loss(figure: Mapping[str, Any], words: Wording, *, brief: bool) -> str:
    return words.signed(figure["mean"]) if brief else words.figure(figure)


def _result(state: State, cell: CellState, champion: Trial, split: Split) -> Scored | None:
    """Result of a champion by the study's objective, whatever its cell has searched for."""
    if split == "search":
        rows = searched_rows(state, cell)
        return replace(champion, items=rows) if rows else None
    subject = champion.candidate.digest if champion.number else BASELINE
    return state.assessments.get((subject, split))


def _rows(state: State, one: Scored | None, base: Scored | None, split: Split) -> Run:
    """Gains over the baseline on one split, row by row."""
    assert one and base
    return {row: difference(one.items[row], base.items[row]) for row in state.counted(split)}
