"""A champion's account: what its gain on the sealed split came from, as JSON (docs/summary.md).

It goes into the ledger as it is, so that a report computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

import numpy as np

from ..errors import UserError
from ..state import CellState, State
from . import game
from .automl import automl
from .categories import categories
from .champion import Champion, Purse
from .game import Matrix
from .measure import Measurements
from .parts import take_apart
from .results import excludes_zero, figure

Method = Literal["auto", "exact", "chains"]
METHODS: tuple[Method, ...] = get_args(Method)
UNRELIABLE = 0.1  # share of sampled down-sets that do not build
PAIRS_SHOWN = 5


@dataclass(frozen=True)
class Effort:
    """budget: evaluations of the whole test split that the values themselves may take.

    What stands beside them (left out, first in, types as players) may take as many again, or three
    a part where that is more.
    """

    budget: float = 48.0
    method: Method = "auto"


def account(
    measured: Measurements, cell: CellState, effort: Effort, tuned: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Raises UserError where the exact value is asked for and costs more than the budget."""
    before = _spent(measured.state)
    anatomy = take_apart(measured.state, cell)
    if not anatomy.parts:
        return {"parts": [], "problem": "nothing beat the baseline: there is no gain"}
    champion = Champion(measured, cell, anatomy)
    readings = read(champion.anatomy, measured.state.study)
    purse = Purse(champion, max(effort.budget, 3 * len(anatomy.parts)))
    phi, how = values(champion, effort)
    gain = champion.estimate(phi.sum(axis=0))
    beside = _beside(champion, purse)
    return {
        **how,
        "gain": figure(gain),
        "decided": excludes_zero(gain),
        "parts": _rows(champion, readings, phi, beside),
        "categories": {
            name: categories(champion, purse, phi, labels, possible_types(measured.state.study))
            for name, labels in _labellings(champion, readings).items()
        },
        "agreement": agreement(readings),
        "automl": automl(champion, purse, phi, _reachable(readings), tuned),
        "interactions": _pairs(champion, purse),
        "order": _order(champion),
        "left_undone": purse.skipped,
        "cost": _cost(measured.state, champion, before),
        "questions": {"items": champion.items, "values": phi.tolist()},
    }


def values(champion: Champion, effort: Effort) -> tuple[Matrix, dict[str, Any]]:
    """What each part is worth, question by question, and how that was found."""
    ideals = champion.poset.count_ideals
    exact = ideals is not None and ideals <= game.LIMIT
    if effort.method == "exact" or (effort.method == "auto" and exact):
        if not exact:
            raise UserError(
                f"{champion.cell.name}: {ideals or 'too many to count'} subsets can stand, too many "
                "for the exact value; take --method chains"
            )
        method = partial(game.shapley, players=len(champion.anatomy.parts),
                         requires=champion.order.requires)  # fmt: skip
        programs = champion.programs(method)
        cost = champion.missing(programs)
        if cost <= effort.budget:
            champion.run(programs)
            return method(champion.value), {"method": "exact", "evaluations": cost}
        if effort.method == "exact":
            raise UserError(
                f"{champion.cell.name}: the exact value takes {cost:.0f} evaluations of the test "
                f"split, more than --budget {effort.budget:g}; allow so many, or take "
                "--method chains"
            )
    return sampled(champion, effort.budget)


def _beside(champion: Champion, purse: Purse) -> dict[str, Matrix | None]:
    """Figures that answer other questions than the main one, as far as they can be afforded."""
    poset, order = champion.poset, range(len(champion.anatomy.parts))
    return {
        "in_order": purse.method("order of acceptance", lambda v: game.in_order(v, order)),
        "left_out": purse.method("left out", lambda v: game.left_out(v, poset)),
        "first_in": purse.method("first in", lambda v: game.first_in(v, poset)),
        "enabling": purse.method("enabling credit", lambda v: game.enabling_credit(v, poset)),
    }


def _rows(
    champion: Champion, readings: Sequence[Reading], phi: Matrix,
    beside: Mapping[str, Matrix | None],
) -> list[dict[str, Any]]:  # fmt: skip
    parts = champion.anatomy.parts
    found = []
    for n, (part, reading) in enumerate(zip(parts, readings, strict=True)):
        others = {
            name: None if table is None else figure(champion.estimate(table[n]))
            for name, table in beside.items()
        }
        needs = [parts[m].name for m in sorted(champion.order.requires[n])]
        found.append(
            {
                "part": part.name, "kind": part.kind, "trial": part.trial, "note": part.note,
                "label": part.label, **reading.to_json(),
                "sets": {**part.overrides, **{name: None for name in part.dropped}},
                "needs": needs, "value": figure(champion.estimate(phi[n])), **others,
            }
        )  # fmt: skip
    return found
