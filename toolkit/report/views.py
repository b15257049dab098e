"""Gains under more than one rule: what was searched for x what it is judged by (docs/views.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import FLOOR
from ..records import Trial
from ..statistics import LEVEL, holm
from .decisions import raised
from .view_scores import Views, figures_of

FINDING = "view_disagrees"
FAILED = "view_failed"


def _shown(figures: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Figures with both p no smaller than their floors, once other rules were adjusted for."""
    return raised(raised(figures), "net_") if figures else None


def views(state: State, cells: Sequence[CellState]) -> dict[str, Any] | None:
    """The section `views` of summary.json; None where the study declares none."""
    found = Views(state)
    if not found.rules:
        return None
    matrix = _matrix(found, cells)
    return {
        "objective": found.goal,
        "judged_by": found.rules,
        "baseline": {rule: _standing(found, state.baseline, rule) for rule in found.rules},
        "floors": _floors(found),
        "cells": {cell.name: _cell(found, cell) for cell in cells},
        "matrix": [
            {**row, "judged_by": {rule: _shown(one) for rule, one in row["judged_by"].items()}}
            for row in matrix
        ],
        "disagreements": [row for one in matrix for row in disagreements(one)],
    }


def quoted(state: State, account: Mapping[str, Any]) -> dict[str, Any]:
    """{"views": those of an account, with the one that is quoted}: the first that the study names.

    A ledger keeps the views of an account in the order of the alphabet.
    """
    known = account.get("views")
    if not known:
        return {}
    first = next(view for view in state.study["views"] if view in known["gain"])
    return {"views": {**known, "quoted": first}}


def _standing(found: Views, trial: Trial, rule: str) -> dict[str, Any]:
    """Level of a program, and with another call's context."""
    return {
        "level": found.level(found.program(trial, rule)),
        "wrong_context": found.level(found.elsewhere(trial, rule)),
    }


def _floors(found: Views) -> dict[str, dict[str, float | None]]:
    names = [subject for subject, split in found.state.assessments if split == found.state.final]
    return {
        name.removeprefix(FLOOR): {rule: found.level(found.of(name, rule)) for rule in found.rules}
        for name in names
        if name.startswith(FLOOR)
    }


def _cell(found: Views, cell: CellState) -> dict[str, Any]:
    champion = found.state.champion(cell)
    return {
        "searched_for": cell.objective or found.goal,
        "judged_by": {
            rule: {
                **_standing(found, champion, rule),
                **(_shown(found.figures([cell], rule)) or _unknown(found.state)),
            }
            for rule in found.rules
        },
    }


def _unknown(state: State) -> dict[str, Any]:
    return figures_of(state, "", None) | figures_of(state, "net_", None)


def _matrix(found: Views, cells: Sequence[CellState]) -> list[dict[str, Any]]:
    """Gains of each searcher over its seeds: a row for what was searched for, by every rule."""
    mine: dict[str, list[CellState]] = {}
    for cell in cells:
        mine.setdefault(cell.alias, []).append(cell)
    return [
        {
            "searcher": alias,
            "searched_for": some[0].objective or found.goal,
            "kept": not any(found.state.champion(cell).number for cell in some),
            "judged_by": {rule: found.figures(some, rule) for rule in found.rules},
        }
        for alias, some in mine.items()
    ]


def disagreements(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Rules by which a decided gain vanishes or changes sign, or a gain appears that was none.

    The gain is that by the rule that was searched for. What only another rule sees has to be
    decided after Holm's correction for the other rules: of five, one in four would see something
    where nothing is.
    """
    own = row["judged_by"].get(row["searched_for"])
    others = {
        rule: one
        for rule, one in row["judged_by"].items()
        if one and one["p"] is not None and rule != row["searched_for"]
    }
    adjusted = holm([one["p"] for one in others.values()])
    for (rule, other), p in zip(others.items(), adjusted, strict=True):
        how = _turn(own, other, sure=p < LEVEL) if own else ""
        if how:
            yield {
                "searcher": row["searcher"],
                "searched_for": row["searched_for"],
                "by": rule,
                "how": how,
                "gain": own["gain"],
                "gain_by_view": other["gain"],
                "interval_by_view": other["interval"],
            }


def _turn(own: Mapping[str, Any], other: Mapping[str, Any], *, sure: bool) -> str:
    """The way in which a gain by another rule differs; empty where both say the same.

    sure: the other gain is decided after correction.
    """
    gained = own["decided"] and own["gain"] > 0
    if not gained:
        return "appears" if sure and other["gain"] > 0 else ""
    if sure and other["gain"] < 0:
        return "changes sign"
    return "" if other["decided"] and other["gain"] > 0 else "vanishes"
