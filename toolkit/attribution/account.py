"""Account of a champion: what its gain came from where scores decide, as JSON (docs/summary.md).

It goes into the ledger as it is, so that a report computes nothing. ledger/accounts.py reads the
accounts that older versions wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from ..edits.anatomy import Anatomy, take_apart
from ..ledger.accounts import FORMAT
from ..ledger.cell import CellState
from ..ledger.state import State
from ..reading.reader import Reader, Reading, agreement
from ..records import Usage
from ..shapley import game
from ..shapley.game import Matrix
from . import views
from .automl import automl
from .by_label import UNLABELLED, by_label
from .composition import composition
from .concept import swings
from .importance import importance
from .interactions import pairs
from .measure import Measurements
from .mixed import untangle
from .planted import planted
from .results import excludes_zero, figure
from .subsets import Purse, Subsets
from .switching import switching
from .values import Effort, Values, values

BESIDE = 4  # evaluations per part, for the figures beside the main one
UNRELIABLE = 0.1  # fraction of sampled down-sets that do not build


def account(
    measured: Measurements, cell: CellState, effort: Effort, tuned: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Raises UserError where the exact value is asked for and costs more than the budget."""
    state, before = measured.state, _spent(measured.state)
    reader = Reader(state.study)
    subsets = Subsets(measured, cell, _anatomy(measured, cell, reader))
    readings = reader.all(subsets.anatomy)
    allowance = effort.allowance(subsets)
    purse = Purse(subsets, max(allowance.evaluations, BESIDE * len(readings)))
    measured.progress.stage("what each part adds")
    found = values(subsets, effort.method, allowance)
    phi = found.ordered.phi
    gain = subsets.estimate(phi.sum(axis=0))
    reachable = [n for n, reading in enumerate(readings) if reading.reach == "R0"]
    # the figures that a report shows first are paid for first
    steps = _steps(subsets, purse)
    composed = composition(subsets, purse, steps)
    tuning = automl(subsets, purse, found, reachable, tuned)
    labels = _labels(subsets, purse, found, readings, reader)
    switched = switching(subsets, purse, found, steps["left_out"])
    faults = measured.bench.study.planted
    seen = views.of_parts(subsets, found)
    return {
        "format": FORMAT,
        **found.how(subsets),
        "effort": asdict(effort),
        "gain": figure(gain),
        "decided": excludes_zero(gain),
        "parts": _rows(subsets, readings, found, steps, seen),
        "composition": composed,
        "automl": tuning,
        "labels": labels,
        **({"switches": switched} if switched else {}),
        **({"planted": planted(subsets, purse, found, steps, faults)} if faults else {}),
        **({"views": _views(subsets, seen, readings)} if seen else {}),
        "importance": _importance(measured, cell),
        "agreement": agreement(subsets.anatomy, readings),
        "interactions": pairs(subsets, found.ordered, purse.skipped),
        "order": _order(subsets),
        "left_undone": purse.skipped,
        "cost": _cost(state, before, cell),
        "by_item": {"items": subsets.items, "values": subsets.doubt.table(phi).tolist()},
    }


def _anatomy(measured: Measurements, cell: CellState, reader: Reader) -> Anatomy:
    """Parts of the champion, the mixed ones split; together they are exactly the champion."""

    def builds(anatomy: Anatomy, chosen: frozenset[int]) -> bool:
        return anatomy.fits(chosen) and not measured.problem(anatomy.candidate(chosen))

    def label(anatomy: Anatomy, place: int) -> str:
        return reader.read(anatomy, place).read

    return untangle(take_apart(measured.state, cell), label, builds)


def _steps(subsets: Subsets, purse: Purse) -> dict[str, Matrix | None]:
    """Figures that answer other questions than the values do, as far as the purse allows."""
    poset, order = subsets.poset, range(len(subsets.anatomy.parts))
    return {
        "in_order": purse.method("order of acceptance", partial(game.in_order, order=order)),
        "left_out": purse.method("left out", partial(game.left_out, poset=poset)),
        "first_in": purse.method("first in", partial(game.first_in, poset=poset)),
    }


def _rows(
    subsets: Subsets, readings: Sequence[Reading], found: Values,
    steps: Mapping[str, Matrix | None], seen: Mapping[str, Values],
) -> list[dict[str, Any]]:  # fmt: skip
    parts = subsets.anatomy.parts
    ordered = swings(subsets, found.ordered, steps, ends=False)
    enabling = swings(subsets, found.enabling, steps, ends=True)
    rows = []
    for n, (part, reading) in enumerate(zip(parts, readings, strict=True)):
        others = {
            name: None if table is None else figure(subsets.estimate(table[n]))
            for name, table in steps.items()
        }
        rows.append(
            {
                "part": part.name, "form": part.form, "trial": part.trial, "note": part.note,
                "label": part.label, **reading.to_json(),
                "sets": {**part.overrides, **dict.fromkeys(part.dropped)},
                "files": sorted({block.path for block in part.blocks}),
                "needs": [parts[m].name for m in sorted(subsets.order.requires[n])],
                "value": found.ordered.figure(subsets, [n], float(ordered[n])),
                "enabling": found.enabling.figure(subsets, [n], float(enabling[n])),
                **others,
                **({"views": views.figures(subsets, seen, [n])} if seen else {}),
            }
        )  # fmt: skip
    return rows


def _labels(
    subsets: Subsets, purse: Purse, found: Values, readings: Sequence[Reading], reader: Reader
) -> dict[str, Any]:
    """Values by label, once by the labels that the searcher claimed and once by those read."""
    possible = reader.possible(subsets.anatomy.pristine)
    given = {
        "claimed": [part.label for part in subsets.anatomy.parts],
        "read": [reading.read for reading in readings],
    }
    return {name: by_label(subsets, purse, found, own, possible) for name, own in given.items()}


def _views(
    subsets: Subsets, seen: Mapping[str, Values], readings: Sequence[Reading]
) -> dict[str, Any]:
    """Gain by each view, and the values by it of each label's parts."""
    labels = {
        "claimed": [part.label or UNLABELLED for part in subsets.anatomy.parts],
        "read": [reading.read or UNLABELLED for reading in readings],
    }
    return {
        "gain": views.gains(subsets, seen),
        "labels": views.by_label(subsets, seen, labels),
    }


def _importance(measured: Measurements, cell: CellState) -> dict[str, Any] | None:
    """Importance of the parameters that have an effect."""
    state, dead = measured.state, measured.state.findings.get("dead_parameters", ())
    space = {name: one for name, one in measured.bench.study.space.items() if name not in dead}
    return importance(space, state.baseline_for(cell), list(cell.trials.values()), cell.seed)


def _order(subsets: Subsets) -> dict[str, Any]:
    order = subsets.order
    return {
        "extensions": subsets.poset.count_extensions,
        "ideals": subsets.poset.count_ideals,
        "tried": order.tried,
        "failed": order.failed,
        "repaired": [list(edge) for edge in order.repaired],
        "reliable": order.failed <= UNRELIABLE * max(1, order.tried),
    }


def _spent(state: State) -> tuple[int, int, Usage]:
    """(trial builds, measured pairs, their usage) of the whole run so far."""
    return len(state.built), len(state.measured), state.attribution_usage


def _cost(state: State, before: tuple[int, int, Usage], cell: CellState) -> dict[str, Any]:
    """Cost of this account, beyond what had been run already.

    of_champion: its CPU time in evaluations of the champion itself on the split that decides.
    """
    built, pairs_run, used = _spent(state)
    cpu_s = used.cpu_s - before[2].cpu_s
    whole = state.result_of(state.champion(cell))
    each = whole.usage.cpu_s if whole else 0.0
    clusters = len(set(state.rows(state.final).values()))
    return {
        "builds": built - before[0],
        "evaluations": (pairs_run - before[1]) / clusters,
        "cpu_s": cpu_s,
        "of_champion": cpu_s / each if each else None,
    }
