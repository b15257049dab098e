"""Shapley values of a champion's parts: exact where affordable, else estimated by chains."""

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
from ..intervals import is_sampled
from ..shapley import chains, game
from ..shapley.extensions import LIMIT
from ..shapley.game import Matrix
from .results import excludes_zero
from .subsets import Subsets

Method = Literal["auto", "exact", "chains"]
DECIDED = 48.0
ROUNDING = 1e-6  # costs are sums of fractions
PAIRS_SHOWN = 5
MOST_WEIGHTS = 20_000_000  # pairs x subsets: 160 MB
TWO_SIDED_95 = 0.975


@dataclass(frozen=True)
class Effort:
    """Evaluations that one account may take.

    budget: evaluations of the whole split that decides, for the values themselves, at least one
    round of chains. None stands for DECIDED evaluations where the champion's gain is decided, and
    for one round where it is not, since there is little to take apart then. The figures beside the
    values (left out, first in, each label as one part) may take as many again, or four per part
    if that is more.
    """

    budget: float | None = None
    method: Method = "auto"

    def evaluations(self, subsets: Subsets) -> float:
        """Budget of one champion's values, in evaluations of the split that decides."""
        if self.budget is not None:
            return self.budget
        everything, nothing = subsets.anatomy.everything, frozenset[int]()
        subsets.run([subsets.anatomy.candidate(one) for one in (everything, nothing)])
        gain = subsets.estimate(subsets.value(everything) - subsets.value(nothing))
        return DECIDED if excludes_zero(gain) else subsets.poset.players + 1.0


@dataclass(frozen=True)
class Values:
    """Values of all parts. phi: shape (parts, columns), see doubt.py. how: entries of the account
    that tell how they were computed. rounds: of the chains; None where the values are exact."""

    phi: Matrix
    how: dict[str, Any]
    rounds: chains.Rounds | None = None


def values(subsets: Subsets, method: Method, budget: float) -> Values:
    """Raises UserError where the exact value is asked for and costs more than the budget."""
    found = None if method == "chains" else _exact(subsets, method, budget)
    return found or _chains(subsets, budget)


def _exact(subsets: Subsets, wanted: Method, budget: float) -> Values | None:
    ideals, name = subsets.poset.count_ideals, subsets.cell.name
    if ideals is None or ideals > LIMIT:
        if wanted == "exact":
            much = "more than can be counted" if ideals is None else f"{ideals:,}"
            raise UserError(
                f"{name}: its parts have too many subsets that can run ({much}) for the exact "
                "value; take --method chains"
            )
        return None
    if wanted == "auto" and ideals > 64 * budget:
        return None  # even if most programs turn out to be equal
    method = partial(
        game.shapley, players=len(subsets.anatomy.parts), requires=subsets.order.requires
    )
    programs = subsets.programs(method)
    cost = subsets.missing(programs)
    if cost > budget:
        if wanted == "exact":
            raise UserError(
                f"{name}: the exact value takes {cost:.0f} more evaluations of the "
                f"{subsets.measured.state.final} split, the "
                f"budget is {budget:g}; give --budget {ceil(cost)}, or take --method chains"
            )
        return None
    subsets.run(programs)
    return Values(method(subsets.value), {"method": "exact", "chains": 0, "rounds": 0})


def _chains(subsets: Subsets, budget: float) -> Values:
    """Estimate by chains, with groups as blocks: the first item of a cluster costs most."""
    parts = subsets.poset.players
    state, groups = subsets.measured.state, subsets.groups
    places = {cluster: n for n, group in enumerate(groups) for cluster in group}
    rows = state.rows(state.final)
    blocks = chains.blocks([str(places[rows[row]]) for row in subsets.items])
    drawn = chains.draw(
        subsets.poset, blocks, budget=max(budget, parts + 1) + ROUNDING,
        rng=random.Random(subsets.cell.seed),
    )  # fmt: skip
    subsets.measure(
        (subsets.anatomy.candidate(ideal), groups[int(blocks[n].cluster)])
        for ideal, asked in drawn.programs().items()
        for n in asked
    )
    phi = _with_doubt(subsets, chains.estimate(partial(block_value, subsets), drawn), drawn)
    rounds = len(drawn.orders)
    how = {"method": "chains", "chains": rounds * len(blocks), "rounds": rounds}
    return Values(phi, how, drawn)


def _with_doubt(subsets: Subsets, phi: Matrix, drawn: chains.Rounds) -> Matrix:
    """Estimates with the columns of their doubt, where the interval over rows is not enough.

    Where each cluster has orders of its own, the interval over clusters holds what the orders leave
    open. Rows that share their orders move together.
    """
    doubt = subsets.doubt
    if all(len(group) == 1 for group in subsets.groups) and is_sampled(doubt.state):
        return phi
    value = partial(block_value, subsets)
    orders, doubt.order_df = chains.left_by_orders(value, drawn)
    doubt.orders = orders.shape[1]
    found = [phi, orders]
    if doubt.programs:

        def weight(chosen: frozenset[int]) -> game.Vector:
            return doubt.weight(subsets.anatomy.candidate(chosen).digest)

        found.append(chains.weights(drawn, weight))
    return np.concatenate(found, axis=1)


def block_value(subsets: Subsets, chosen: frozenset[int], block: chains.ItemBlock) -> game.Vector:
    found = subsets.measured.scores(subsets.anatomy.candidate(chosen))
    return np.array([found[subsets.items[n]] for n in block.items])


def pairs(subsets: Subsets, found: Values, skipped: list[str]) -> list[dict[str, Any]]:
    """Strongest interactions of two parts, neither of which needs the other; exact or fitted.

    Positive: the two gain more together than apart.
    """
    parts, poset = subsets.anatomy.parts, subsets.poset
    every = [(i, j) for j in range(poset.players) for i in range(j) if not poset.comparable(i, j)]
    chained = found.rounds is not None
    pieces = len(subsets.groups if chained else subsets.clusters)
    if not every or (pieces < 2 and (chained or is_sampled(subsets.doubt.state))):
        return []
    table = _exact_pairs(subsets, every) if found.rounds is None else _fitted(subsets, found, every)
    if table is None:
        skipped.append("interactions")
        return []
    strongest = sorted(zip(every, table, strict=True), key=lambda row: -abs(row[1][0]))
    return [
        {"parts": [parts[i].name, parts[j].name], "mean": mean, "low": low, "high": high}
        for (i, j), (mean, low, high) in strongest[:PAIRS_SHOWN]
        if mean
    ]


Intervals: TypeAlias = list[tuple[float, float | None, float | None]]
"""mean, low, high of each pair"""


def _exact_pairs(subsets: Subsets, every: Sequence[tuple[int, int]]) -> Intervals | None:
    ideals = subsets.poset.count_ideals
    if ideals is None or len(every) * ideals > MOST_WEIGHTS:
        return None
    rows = map(subsets.estimate, game.of_pairs(subsets.value, subsets.poset, every))
    return [(row.mean, row.low, row.high) for row in rows]


def _fitted(subsets: Subsets, found: Values, every: Sequence[tuple[int, int]]) -> Intervals | None:
    players = subsets.poset.players
    marginals = found.how["chains"] * players
    few = marginals < players * (players - 1)  # fewer than twice the pairs say nothing
    if found.rounds is None or few or len(every) > chains.MOST_PAIRS:
        return None
    mean, error = chains.interactions(partial(block_value, subsets), found.rounds)
    half = float(stdtrit(len(subsets.groups) - 1, TWO_SIDED_95)) * error
    low, high = mean - half, mean + half
    return [(float(mean[pair]), float(low[pair]), float(high[pair])) for pair in every]
