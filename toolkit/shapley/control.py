"""Interactions of pairs, fitted to steps of chains: what a step adds depends on who came before.

A step of player i adds a level of its own, and something more for each player that is there
already. The level is the same for all clusters, whose differences count as chance: with a level for
each cluster, one round would leave nothing to fit.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .game import Matrix, Vector
from .poset import Poset
from .rounds import places

MOST_PAIRS = 1000  # that are fitted: the time grows with the cube of their number
DRAWS = 300  # orders drawn to estimate the chance that one player comes before another
OWN = 8.0
"""weight of a cluster's own steps beside those of other clusters"""
RIDGE = 5.0
"""penalty, in steps of a block of mean size"""


@dataclass(frozen=True)
class Steps:
    """Steps of one cluster. before: (steps, players), who was there; added: mean over its items."""

    players: NDArray[np.int_]
    before: NDArray[np.bool_]
    added: Vector
    weights: Vector


class Sums:
    """Sums of squares and products of some steps, from which the fit follows."""

    def __init__(self, poset: Poset) -> None:
        n = poset.players
        pairs = [p for p in combinations(range(n), 2) if not poset.comparable(*p)]
        self.pairs = np.array(pairs, dtype=int).reshape(-1, 2)
        self.size, p = n, len(pairs)
        self.gram, self.cross = np.zeros((p, p)), np.zeros(p)
        self.x, self.y, self.weight = np.zeros((n, p)), np.zeros(n), np.zeros(n)

    def with_more(self, rows: Iterable[Steps], times: float = 1.0) -> Sums:
        """The sums with these steps added so many times; a negative number takes them away."""
        found = copy(self)
        for steps in rows:
            x = self._columns(steps)
            weights = times * steps.weights
            found.gram = found.gram + x.T @ (weights[:, None] * x)
            found.cross = found.cross + x.T @ (weights * steps.added)
            each = np.arange(self.size)[:, None] == steps.players
            found.x = found.x + each @ (weights[:, None] * x)
            found.y = found.y + each @ (weights * steps.added)
            found.weight = found.weight + each @ weights
        return found

    def _columns(self, steps: Steps) -> Matrix:
        """(steps, pairs): 1 where a step is one's of the pair, and the other is there."""
        one, two = self.pairs.T
        player = steps.players[:, None]
        there = (player == one) & steps.before[:, two] | (player == two) & steps.before[:, one]
        found: Matrix = there.astype(float)
        return found

    def fit(self, ridge: float) -> Matrix:
        """Interactions (players, players); zero between comparable players."""
        found = np.zeros((self.size, self.size))
        if not len(self.pairs):
            return found
        each = np.where(self.weight > 1e-9, self.weight, np.inf)[:, None]
        gram = self.gram - self.x.T @ (self.x / each)
        target = self.cross - self.x.T @ (self.y / each[:, 0])
        effects = np.linalg.solve(gram + ridge * np.eye(len(self.pairs)), target)
        for (i, j), effect in zip(self.pairs, effects, strict=True):
            found[i, j] = found[j, i] = effect
        return found


Piece: TypeAlias = tuple[str, int]
"""steps of a cluster in a pair of rounds"""


def by_piece(
    poset: Poset, chains: Mapping[Piece, Sequence[Steps]], ends: Mapping[str, Sequence[Steps]]
) -> dict[Piece, Matrix]:
    """{piece: interactions that are fitted for it}.

    From the chains of all clusters, those of its own with more weight, and the steps at the ends,
    which no order chose. The chains of a cluster's only pair of rounds have no part in their own
    fit: what they are corrected by is as true on average then as without a correction. With several
    pairs their own part helps (by 6 % at 48 evaluations and 12 players), and its bias cannot be
    seen in 50 made runs.
    """
    total = Sums(poset).with_more(flat([*chains.values(), *ends.values()]))
    ridge = RIDGE * typical(chains)
    found: dict[Piece, Matrix] = {}
    for cluster in dict.fromkeys(name for name, _ in chains):
        mine = {piece: rows for piece, rows in chains.items() if piece[0] == cluster}
        own = total.with_more(flat([*mine.values(), ends.get(cluster, ())]), OWN - 1)
        if len(mine) == 1:
            own = own.with_more(flat(mine.values()), -OWN)
        found |= dict.fromkeys(mine, own.fit(ridge))
    return found


def typical(chains: Mapping[Piece, Sequence[Steps]]) -> float:
    """Mean weight of a step."""
    return float(np.mean([steps.weights.mean() for steps in flat(chains.values())]))


def flat(rows: Iterable[Sequence[Steps]]) -> list[Steps]:
    return [steps for row in rows for steps in row if len(steps.players)]


def unrelated(poset: Poset) -> int:
    """Number of pairs of which neither requires the other."""
    return comb(poset.players, 2) - sum(below.bit_count() for below in poset.below)


@lru_cache(maxsize=4)
def chances(poset: Poset) -> Matrix:
    """[i, j]: probability that j comes before i, from DRAWS orders; exact without an order."""
    n = poset.players
    if poset.unordered:
        return np.full((n, n), 0.5) - 0.5 * np.eye(n)
    rng = random.Random(0)
    draws = [places(order) for _ in range(DRAWS // 2) for order in poset.sample_pair(rng)]
    found: Matrix = np.stack(draws).mean(axis=0)
    return found
