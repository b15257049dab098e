"""Values estimated by chains: rounds are run until the orders are settled or the budget ends."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..shapley import chains, game
from ..shapley.chains import Chains
from ..shapley.poset import Poset
from ..shapley.rounds import ItemBlock, Rounds, at_the_ends, blocks, draw
from .concept import Concept
from .subsets import Subsets

ROUNDING = 1e-6  # costs are sums of fractions


@dataclass(frozen=True)
class Allowance:
    """Evaluations for each solution concept, and rounds that are run whatever they take."""

    evaluations: float
    rounds: int = 1


def estimated(subsets: Subsets, allowance: Allowance) -> tuple[Concept, Concept]:
    """Values by both concepts, ordered and enabling; the same where no part needs another.

    Both share the programs at the ends, and every other program that both come by.
    """
    poset = subsets.poset
    drawn = [_chains(subsets, allowance, poset, None)]
    if not poset.unordered:
        drawn.append(_chains(subsets, allowance, Poset(poset.players, {}), poset))
    concepts = with_doubt(subsets, drawn)
    return concepts[0], concepts[-1]


def _chains(subsets: Subsets, allowance: Allowance, poset: Poset, needs: Poset | None) -> Chains:
    """Chains with groups as blocks: the first item of a cluster costs most."""
    places = {cluster: n for n, group in enumerate(subsets.groups) for cluster in group}
    state = subsets.measured.state
    rows = state.rows(state.final)
    parts = blocks([str(places[rows[row]]) for row in subsets.items])
    ends = at_the_ends(Rounds(poset, parts, [], needs))
    subsets.run([subsets.anatomy.candidate(one) for one in ends])
    drawn = draw(
        poset, parts, budget=allowance.evaluations + ROUNDING,
        rng=random.Random(subsets.cell.seed), known=ends, needs=needs, least=allowance.rounds,
    )  # fmt: skip
    return _until_settled(subsets, drawn, allowance.rounds)


def _until_settled(subsets: Subsets, drawn: Rounds, least: int) -> Chains:
    """Chains of as many of the rounds as it takes, opposite ones together."""
    run = min(least, len(drawn.orders))
    while True:
        some = drawn.first(run)
        _measure(subsets, some)
        found = Chains(partial(block_value, subsets), some, ends=True)
        if run == len(drawn.orders) or (run > 1 and _is_settled(subsets, found)):
            return found
        run = min(run + 2 - run % 2, len(drawn.orders))


def _is_settled(subsets: Subsets, found: Chains) -> bool:
    return Concept(found.values(), found, found.left_by_orders()).unsettled(subsets) == []


def _measure(subsets: Subsets, rounds: Rounds) -> None:
    subsets.measure(
        (subsets.anatomy.candidate(ideal), subsets.groups[int(rounds.blocks[n].cluster)])
        for ideal, asked in rounds.programs().items()
        for n in asked
    )


def with_doubt(subsets: Subsets, drawn: Sequence[Chains]) -> list[Concept]:
    """Concepts, with the columns of their doubt where the interval over rows is not enough.

    Where each cluster has orders of its own, the interval over clusters holds what the orders leave
    open. Rows that share their orders move together.
    """
    doubt, left = subsets.doubt, [one.left_by_orders() for one in drawn]
    alone = all(len(group) == 1 for group in subsets.groups)
    if alone and doubt.shows_orders:
        return [Concept(one.values(), one, mine) for one, mine in zip(drawn, left, strict=True)]
    widths = [columns.shape[1] for columns, _ in left]
    doubt.orders, doubt.order_df = sum(widths), min(df for _, df in left)
    found = []
    for number, (one, mine) in enumerate(zip(drawn, left, strict=True)):
        before, after = sum(widths[:number]), sum(widths[number + 1 :])
        columns = [one.values(), np.pad(mine[0], ((0, 0), (before, after)))]
        if doubt.programs:
            columns.append(chains.weights(one.rounds, _weight(subsets)))
        found.append(Concept(np.concatenate(columns, axis=1), one, mine))
    return found


def _weight(subsets: Subsets) -> Callable[[frozenset[int]], game.Vector]:
    return lambda chosen: subsets.doubt.weight(subsets.anatomy.candidate(chosen).digest)


def block_value(subsets: Subsets, chosen: frozenset[int], block: ItemBlock) -> game.Vector:
    found = subsets.measured.scores(subsets.anatomy.candidate(chosen))
    return np.array([found[subsets.items[n]] for n in block.items])
