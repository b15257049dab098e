"""Chains of programs that are to run: orders of the players, a block of items at a time.

A chain runs the programs on the way from nobody to everybody, on its block only. One game is played
by two rules. Ordered: nobody comes before what it requires, and each program is what has come so
far. Enabling: players come in any order, and each program is as much of them as can stand.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .game import Vector
from .poset import Poset

Order: TypeAlias = tuple[int, ...]
Corner: TypeAlias = tuple[int, frozenset[int]]
"""a player, and those that are there when it comes"""
CANDIDATES = 32  # pairs of orders, of which the one is taken that balances a block best
MOST_BALANCED = 40  # players: the table of all their triples grows with the cube


@dataclass(frozen=True)
class ItemBlock:
    """Items of one cluster. items: their columns; cost: one program on them, in
    evaluations of the whole split."""

    cluster: str
    items: tuple[int, ...]
    cost: float


BlockValue: TypeAlias = Callable[[frozenset[int], ItemBlock], Vector]


def blocks(clusters: Sequence[str]) -> list[ItemBlock]:
    """A block for each cluster. clusters: the cluster of each item."""
    inside: dict[str, list[int]] = {}
    for item, cluster in enumerate(clusters):
        inside.setdefault(cluster, []).append(item)
    return [
        ItemBlock(name, tuple(items), len(items) / len(clusters)) for name, items in inside.items()
    ]


@dataclass(frozen=True)
class Rounds:
    """Chains that are to run. orders: for each round, for each block, an order of the players.

    poset: what the orders keep to. needs: what the programs keep to, where that is more.
    """

    poset: Poset
    blocks: Sequence[ItemBlock]
    orders: Sequence[Sequence[Order]]
    needs: Poset | None = None

    def standing(self, chosen: Collection[int]) -> frozenset[int]:
        """Program of these players: all of them, or as many as can stand."""
        some = frozenset(chosen)
        return some if self.needs is None else self.needs.interior(some)

    def steps(self, order: Order) -> list[frozenset[int]]:
        """Programs of a chain, from nobody to everybody."""
        return [self.standing(order[:n]) for n in range(len(order) + 1)]

    def first(self, rounds: int) -> Rounds:
        """The first of the rounds."""
        return Rounds(self.poset, self.blocks, self.orders[:rounds], self.needs)

    def programs(self) -> dict[frozenset[int], list[int]]:
        """{ideal: the blocks that it is needed on}: every pair once, the smaller ideals first."""
        found: dict[frozenset[int], dict[int, None]] = {}
        for row in self.orders:
            for block, order in enumerate(row):
                for ideal in self.steps(order):
                    found.setdefault(ideal, {})[block] = None
        return {ideal: sorted(found[ideal]) for ideal in sorted(found, key=len)}

    def cost_beside(self, known: Collection[frozenset[int]]) -> float:
        """Cost of the programs that are not known, in evaluations of the whole split."""
        rows = ((ideal, places) for ideal, places in self.programs().items() if ideal not in known)
        return sum(self.blocks[n].cost for _, places in rows for n in places)

    @property
    def cost(self) -> float:
        """Cost of all programs, in evaluations of the whole split."""
        return self.cost_beside(())


def corners(poset: Poset) -> list[Corner]:
    """Steps at both ends: each player as the first that it can be, and as the last.

    A player that others require is never the last.
    """
    everybody = frozenset(range(poset.players))
    return [
        *((player, poset.prerequisites(player)) for player in range(poset.players)),
        *((player, everybody - {player}) for player in everybody if not poset.above[player]),
    ]


def at_the_ends(rounds: Rounds) -> set[frozenset[int]]:
    """Programs on both sides of the corners; nobody and everybody are among them."""
    found = {rounds.standing(()), rounds.standing(range(rounds.poset.players))}
    for player, before in corners(rounds.poset):
        found |= {rounds.standing(before), rounds.standing(before | {player})}
    return found


def draw(
    poset: Poset, blocks: Sequence[ItemBlock], *, budget: float, rng: random.Random,
    known: Collection[frozenset[int]] = (), needs: Poset | None = None, least: int = 0,
) -> Rounds:  # fmt: skip
    """Draw as many rounds as the budget, in evaluations of the whole split, has room for.

    Rounds come in pairs of chains that are as opposite as the order allows (antithetic; without an
    order, one is the other from behind): what two players do together is then nearly in balance.
    Without an order the later pairs of a block balance its earlier ones, in what three do together.
    Every order is uniform by itself all the same, since no player is told from another.
    The same seed and a larger budget extend the same rounds.
    known: programs that cost nothing; least: rounds that are drawn whatever they cost.
    A third round alone is left out: without its opposite it adds more error than it takes away.
    Ends early once every program is in them: the exact value costs the same then.
    Raises ValueError if not even one round fits.
    """
    orders: list[list[Order]] = []
    pairs: list[tuple[list[int], list[int]]] = []
    balances = [Balance(poset) for _ in blocks]
    standing = needs or poset
    whole = sum(block.cost for block in blocks) - 1e-9
    while True:
        if len(orders) % 2 == 0:
            pairs = [balance.draw(rng) for balance in balances]
        row = [tuple(pair[len(orders) % 2]) for pair in pairs]
        grown = Rounds(poset, blocks, [*orders, row], needs)
        cost = grown.cost_beside(known)
        if cost > budget and len(orders) >= least:
            if not orders:
                much = f"{cost:.1f} evaluations, the budget is {budget:g}"
                raise ValueError(f"one round costs {much}")
            return grown.first(2 if len(orders) == 3 else len(orders))
        orders.append(row)
        every = len(grown.programs()) == standing.count_ideals
        if every and grown.cost >= whole * (standing.count_ideals or 0):
            return grown


class Balance:
    """Pairs of orders of one block, each chosen to balance the block's triples.

    Of two opposite orders every pair of players has both sequences; of three players the same one
    may be in the middle again and again. Under an order the choice would prefer some orders to
    others, and a single pair has nothing to balance: the first one drawn is taken then.
    """

    def __init__(self, poset: Poset) -> None:
        self._poset = poset
        self._able = poset.unordered and 2 < poset.players <= MOST_BALANCED
        self._seen: NDArray[np.float64] | None = None

    def draw(self, rng: random.Random) -> tuple[list[int], list[int]]:
        pair = self._poset.sample_pair(rng)
        if not self._able:
            return pair
        if self._seen is None:
            self._seen = _triples(pair)
            return pair
        drawn = [pair, *(self._poset.sample_pair(rng) for _ in range(CANDIDATES - 1))]
        sums = [self._seen + _triples(one) for one in drawn]
        best = min(range(len(drawn)), key=lambda n: float((sums[n] ** 2).sum()))
        self._seen = sums[best]
        return drawn[best]


def _triples(pair: tuple[Sequence[int], Sequence[int]]) -> NDArray[np.float64]:
    """[i, j, k]: number of the two orders in which j and k both come before i."""
    there = [places(order).astype(float) for order in pair]
    return sum((one[:, :, None] * one[:, None, :] for one in there), np.zeros(()))


def places(order: Sequence[int]) -> NDArray[np.bool_]:
    """[i, j]: True if j comes before i."""
    place = np.argsort(order)
    return place[None, :] < place[:, None]
