"""A champion's account: what its gain on the sealed split came from, as JSON (docs/summary.md).

It goes into the ledger as it is, so that a report computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from ..edits.anatomy import Anatomy, take_apart
from ..ledger.state import CellState, State
from ..reading.reader import Reader, Reading, agreement
from ..records import Usage
from ..shapley import game
from ..shapley.game import Matrix
from .automl import automl
from .categories import categories
from .champion import Champion, Purse
from .importance import importance
from .measure import Measurements
from .mixed import untangle
from .results import excludes_zero, figure
from .values import Effort, pairs, values

BESIDE = 4  # evaluations a part
UNRELIABLE = 0.1  # share of sampled down-sets that do not build


def account(
    measured: Measurements, cell: CellState, effort: Effort, tuned: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Raises UserError where the exact value is asked for and costs more than the budget."""
    state, before = measured.state, _spent(measured.state)
    reader = Reader(state.study)
    champion = Champion(measured, cell, _anatomy(measured, cell, reader))
    readings = reader.all(champion.anatomy)
    budget = effort.evaluations(champion)
    purse = Purse(champion, max(budget, BESIDE * len(readings)))
    measured.progress.stage("what each part adds")
    found = values(champion, effort.method, budget)
    gain = champion.estimate(found.phi.sum(axis=0))
    reachable = [n for n, reading in enumerate(readings) if reading.reach == "R0"]
    # what is said first is paid first
    could = automl(champion, purse, found.phi, reachable, tuned)
    kinds = _categories(champion, purse, found.phi, readings, reader)
    return {
        **found.how,
        "effort": asdict(effort),
        "gain": figure(gain),
        "decided": excludes_zero(gain),
        "parts": _rows(champion, readings, found.phi, _beside(champion, purse, found.phi)),
        "automl": could,
        "categories": kinds,
        "importance": _importance(measured, cell),
        "agreement": agreement(champion.anatomy, readings),
        "interactions": pairs(champion, found, purse.skipped),
        "order": _order(champion),
        "left_undone": purse.skipped,
        "cost": _cost(state, before, cell),
        "questions": {"items": champion.items, "values": found.phi.tolist()},
    }


def _anatomy(measured: Measurements, cell: CellState, reader: Reader) -> Anatomy:
    """The champion's parts, the mixed ones split; together they are the champion exactly."""

    def builds(anatomy: Anatomy, chosen: frozenset[int]) -> bool:
        return anatomy.fits(chosen) and not measured.problem(anatomy.candidate(chosen))

    def kind(anatomy: Anatomy, place: int) -> str:
        return reader.read(anatomy, place).read

    return untangle(take_apart(measured.state, cell), kind, builds)


def _beside(champion: Champion, purse: Purse, phi: Matrix) -> dict[str, Matrix | None]:
    """Figures that answer other questions than the main one, as far as they can be afforded."""
    poset, order = champion.poset, range(len(champion.anatomy.parts))
    found = {
        "in_order": purse.method("order of acceptance", partial(game.in_order, order=order)),
        "left_out": purse.method("left out", partial(game.left_out, poset=poset)),
        "first_in": purse.method("first in", partial(game.first_in, poset=poset)),
    }
    credit = "enabling credit"
    if poset.unordered:
        return {**found, "enabling": phi}  # no part needs another: it is the value itself
    if not poset.count_ideals or poset.count_ideals > 64 * len(order):
        purse.skipped.append(f"{credit} (of too many subsets)")
        return {**found, "enabling": None}
    method = partial(game.enabling_credit, poset=poset)
    return {**found, "enabling": purse.method(credit, method)}


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
        found.append(
            {
                "part": part.name, "kind": part.kind, "trial": part.trial, "note": part.note,
                "label": part.label, **reading.to_json(),
                "sets": {**part.overrides, **dict.fromkeys(part.dropped)},
                "files": sorted({block.path for block in part.blocks}),
                "needs": [parts[m].name for m in sorted(champion.order.requires[n])],
                "value": figure(champion.estimate(phi[n])), **others,
            }
        )  # fmt: skip
    return found


def _categories(
    champion: Champion, purse: Purse, phi: Matrix, readings: Sequence[Reading], reader: Reader
) -> dict[str, Any]:
    """Under the searcher's claims and under what the code shows."""
    told = reader.possible(champion.anatomy.pristine)
    labels = {
        "claimed": [part.label for part in champion.anatomy.parts],
        "read": [reading.read for reading in readings],
    }
    return {name: categories(champion, purse, phi, own, told) for name, own in labels.items()}


def _importance(measured: Measurements, cell: CellState) -> dict[str, Any] | None:
    """Of the parameters that do anything."""
    state, dead = measured.state, measured.state.findings.get("dead_parameters", ())
    space = {name: one for name, one in measured.bench.study.space.items() if name not in dead}
    return importance(space, state.baseline, list(cell.trials.values()), cell.seed)


def _order(champion: Champion) -> dict[str, Any]:
    order = champion.order
    return {
        "extensions": champion.poset.count_extensions,
        "ideals": champion.poset.count_ideals,
        "tried": order.tried,
        "failed": order.failed,
        "repaired": [list(edge) for edge in order.repaired],
        "reliable": order.failed <= UNRELIABLE * max(1, order.tried),
    }


def _spent(state: State) -> tuple[int, int, Usage]:
    """(trial builds, measured pairs, what they used) of the whole run so far."""
    return len(state.built), len(state.measured), state.attribution_usage


def _cost(state: State, before: tuple[int, int, Usage], cell: CellState) -> dict[str, Any]:
    """What this account took beyond what had been run already.

    of_champion: its CPU time in evaluations of the champion itself on the test split.
    """
    built, pairs_run, used = _spent(state)
    cpu_s = used.cpu_s - before[2].cpu_s
    whole = state.assessments.get((state.champion(cell).candidate.digest, "test"))
    each = whole.usage.cpu_s if whole else 0.0
    clusters = len(set(state.clusters("test").values()))
    return {
        "builds": built - before[0],
        "evaluations": (pairs_run - before[1]) / clusters,
        "cpu_s": cpu_s,
        "of_champion": cpu_s / each if each else None,
    }
