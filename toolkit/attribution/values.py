"""A champion's Shapley values on the sealed split: exact where affordable, else by chains."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any, Literal, TypeAlias

import numpy as np
from scipy.special import stdtrit

from ..errors import UserError
from ..shapley import chains, game
from ..shapley.extensions import LIMIT
from ..shapley.game import Matrix
from .champion import Champion
from .results import excludes_zero

Method = Literal["auto", "exact", "chains"]
DECIDED = 48.0
ROUNDING = 1e-6  # costs are sums of fractions
PAIRS_SHOWN = 5
MOST_WEIGHTS = 20_000_000  # pairs x subsets: 160 MB
TWO_SIDED_95 = 0.975


@dataclass(frozen=True)
class Effort:
    """budget: evaluations of the whole test split that the values themselves may take.

    One round of chains is made in any case. None is DECIDED evaluations where the champion's gain
    is decided and that one round where it is not: there is little to take apart. What stands
    beside the values (left out, first in, types as players) may take as many again, or four a
    part where that is more.
    """

    budget: float | None = None
    method: Method = "auto"

    def evaluations(self, champion: Champion) -> float:
        """The budget for one champion."""
        if self.budget is not None:
            return self.budget
        everything, nothing = champion.anatomy.everything, frozenset[int]()
        champion.run([champion.anatomy.candidate(one) for one in (everything, nothing)])
        gain = champion.estimate(champion.value(everything) - champion.value(nothing))
        return DECIDED if excludes_zero(gain) else champion.poset.players + 1.0


@dataclass(frozen=True)
class Values:
    """phi: shape (parts, questions). how: for the account. plan: of the chains, or None."""

    phi: Matrix
    how: dict[str, Any]
    plan: chains.Plan | None = None


def values(champion: Champion, method: Method, budget: float) -> Values:
    """Raises UserError where the exact value is asked for and is not to be had."""
    found = None if method == "chains" else _exact(champion, method, budget)
    return found or _chains(champion, budget)


def _exact(champion: Champion, wanted: Method, budget: float) -> Values | None:
    ideals, name = champion.poset.count_ideals, champion.cell.name
    if ideals is None or ideals > LIMIT:
        if wanted == "exact":
            much = "too many to count" if ideals is None else f"{ideals:,}"
            raise UserError(
                f"{name}: {much} subsets of its parts can stand, too many for the exact value; "
                "take --method chains"
            )
        return None
    if wanted == "auto" and ideals > 64 * budget:
        return None  # even if most programs should turn out to be equal
    method = partial(
        game.shapley, players=len(champion.anatomy.parts), requires=champion.order.requires
    )
    programs = champion.programs(method)
    cost = champion.missing(programs)
    if cost > budget:
        if wanted == "exact":
            raise UserError(
                f"{name}: the exact value takes {cost:.0f} more evaluations of the test split, the "
                f"budget is {budget:g}; give --budget {ceil(cost)}, or take --method chains"
            )
        return None
    champion.run(programs)
    return Values(method(champion.value), {"method": "exact", "chains": 0, "rounds": 0})


def _chains(champion: Champion, budget: float) -> Values:
    """Whole conversations as blocks: opening one is what costs."""
    parts = champion.poset.players
    blocks = chains.blocks([champion.homes[item] for item in champion.items])
    plan = chains.plan(
        champion.poset, blocks, budget=max(budget, parts + 1) + ROUNDING,
        rng=random.Random(champion.cell.seed),
    )  # fmt: skip
    champion.measured.run(
        (champion.anatomy.candidate(ideal), blocks[n].cluster)
        for ideal, places in plan.programs().items()
        for n in places
    )
    phi = chains.estimate(partial(block_value, champion), plan)
    rounds = len(plan.orders)
    return Values(phi, {"method": "chains", "chains": rounds * len(blocks), "rounds": rounds}, plan)


def block_value(champion: Champion, chosen: frozenset[int], block: chains.Block) -> game.Vector:
    found = champion.measured.scores(champion.anatomy.candidate(chosen))
    return np.array([found[champion.items[n]] for n in block.items])


def pairs(champion: Champion, found: Values, skipped: list[str]) -> list[dict[str, Any]]:
    """The strongest interactions of two parts, neither of which needs the other; exact or fitted.

    Positive: together they bring more than apart.
    """
    parts, poset = champion.anatomy.parts, champion.poset
    every = [(i, j) for j in range(poset.players) for i in range(j) if not poset.comparable(i, j)]
    if not every or len(champion.clusters) < 2:
        return []
    table = _exact_pairs(champion, every) if found.plan is None else _fitted(champion, found, every)
    if table is None:
        skipped.append("interactions")
        return []
    strongest = sorted(zip(every, table, strict=True), key=lambda row: -abs(row[1][0]))
    return [
        {"parts": [parts[i].name, parts[j].name], "mean": mean, "low": low, "high": high}
        for (i, j), (mean, low, high) in strongest[:PAIRS_SHOWN]
        if mean
    ]


Spans: TypeAlias = list[tuple[float, float | None, float | None]]
"""mean, low, high of each pair"""


def _exact_pairs(champion: Champion, every: Sequence[tuple[int, int]]) -> Spans | None:
    ideals = champion.poset.count_ideals
    if ideals is None or len(every) * ideals > MOST_WEIGHTS:
        return None
    rows = map(champion.estimate, game.of_pairs(champion.value, champion.poset, every))
    return [(row.mean, row.low, row.high) for row in rows]


def _fitted(champion: Champion, found: Values, every: Sequence[tuple[int, int]]) -> Spans | None:
    players = champion.poset.players
    marginals = found.how["chains"] * players
    few = marginals < players * (players - 1)  # fewer than twice the pairs say nothing
    if found.plan is None or few or len(every) > chains.MOST_PAIRS:
        return None
    mean, error = chains.interactions(partial(block_value, champion), found.plan)
    reach = float(stdtrit(len(champion.clusters) - 1, TWO_SIDED_95)) * error
    low, high = mean - reach, mean + reach
    return [(float(mean[pair]), float(low[pair]), float(high[pair])) for pair in every]
