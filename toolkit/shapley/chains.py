"""Shapley values under precedence, estimated: chains of programs x blocks of items.

The value is linear, so that each block of items may have orders of its own: a chain runs the
programs on the way from nobody to everybody, on its block only. What is averaged is exact per
item, and all programs of a chain see the same items.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from . import control
from .control import Piece, Steps
from .game import Matrix, Vector
from .rounds import BlockValue, Corner, ItemBlock, Order, Rounds, corners, places

Additions = NDArray[np.float64]
"""(rounds, players, items): what each player adds in each chain of a block"""


@dataclass(frozen=True)
class Pivots:
    """Effects of each player that were seen. moved: (chains, players), whether it changed any item.
    largest: its greatest addition to the mean of a block, without its sign."""

    moved: NDArray[np.bool_]
    largest: Vector


class Chains:
    """Chains that have run. value: (players that can stand, block) -> a number for each item of it.

    It is called once for each pair of Rounds.programs(), and with `ends` for each program
    of rounds.at_the_ends() on every block.

    A chain that happens to have j before i more often than all orders do credits i with too much
    of what the two do together: that much is taken off again, by interactions fitted to the chains
    and to both ends (a control variate; it cancels within a column). Beyond control.MOST_PAIRS
    nothing is taken off, and none where they are to be `plain`: the fits take most of the time.
    """

    def __init__(
        self, value: BlockValue, rounds: Rounds, *, ends: bool = False, plain: bool = False
    ) -> None:
        self.rounds, self._plain = rounds, plain
        known = [_Block(value, rounds, block) for block in rounds.blocks]
        self._raw = [one.chains([row[n] for row in rounds.orders]) for n, one in enumerate(known)]
        self._before = [
            np.stack([places(row[n]) for row in rounds.orders]) for n in range(len(known))
        ]
        self._steps: dict[Piece, list[Steps]] = {}
        self._ends: dict[str, list[Steps]] = {}
        for number, one in enumerate(known):
            name = one.block.cluster
            for pair in range(0, len(rounds.orders), 2):
                self._steps.setdefault((name, pair // 2), []).append(self._in_chains(number, pair))
            if ends:
                self._ends.setdefault(name, []).append(one.at(corners(rounds.poset)))
        self.additions = self._less_chance()

    def _in_chains(self, number: int, first: int) -> Steps:
        """Steps of a block's chains in two rounds."""
        raw, players = self._raw[number][first : first + 2], self.rounds.poset.players
        before = self._before[number][first : first + 2].reshape(len(raw) * players, players)
        return Steps(
            np.tile(np.arange(players), len(raw)), before,
            raw.mean(axis=2).ravel(), np.full(len(raw) * players, float(raw.shape[2])),
        )  # fmt: skip

    def _less_chance(self) -> list[Additions]:
        """Additions, a row of each round, without what chance gave them."""
        poset = self.rounds.poset
        if self._plain or not 0 < control.unrelated(poset) <= control.MOST_PAIRS:
            return self._raw
        pairs, usual = control.by_piece(poset, self._steps, self._ends), control.chances(poset)
        found = []
        for number, (block, raw) in enumerate(zip(self.rounds.blocks, self._raw, strict=True)):
            excess = self._before[number] - usual
            fits = np.stack([pairs[block.cluster, round_ // 2] for round_ in range(len(raw))])
            found.append(raw - np.einsum("rij,rij->ri", excess, fits)[:, :, None])
        return found

    def values(self) -> Matrix:
        """Values of shape (players, items); columns sum to value(all) - value(none)."""
        items = sum(len(block.items) for block in self.rounds.blocks)
        found = np.zeros((self.rounds.poset.players, items))
        for block, rows in zip(self.rounds.blocks, self.additions, strict=True):
            found[:, block.items] = rows.mean(axis=0)
        return found

    def left_by_orders(self) -> tuple[Matrix, float]:
        """Part of the estimates due to the orders drawn: (players, columns), degrees of freedom.

        The squares of a row add up to the variance of a player's mean over all items, given the
        items; those of a sum of rows to the variance of that sum. The pairs of opposite rounds are
        independent draws; a single pair is taken for two, which errs upwards. With one round
        nothing is known but that the whole depends on no order: one column of numbers that only add
        up to 0 over all players, and no degrees of freedom.
        """
        players, rounds = self.rounds.poset.players, len(self.rounds.orders)
        if rounds == 1:
            marks = np.sin(np.arange(1.0, players + 1))
            return (marks - marks.mean())[:, None], 0.0
        total, columns, df = sum(rows.shape[2] for rows in self.additions), [], 0
        for rows in self.additions:
            draws = _independent(rows.mean(axis=2) * rows.shape[2] / total)
            columns.append((draws - draws.mean(axis=0)) / (len(draws) * (len(draws) - 1)) ** 0.5)
            df += len(draws) - 1
        return np.concatenate(columns).T, float(df)

    @cached_property
    def pivots(self) -> Pivots:
        """Effects that were seen in the chains themselves."""
        moved = np.concatenate([np.abs(rows).max(axis=2, initial=0.0) > 0 for rows in self._raw])
        means = np.concatenate([np.abs(rows.mean(axis=2)) for rows in self._raw])
        return Pivots(moved, means.max(axis=0, initial=0.0))

    def interactions(self) -> tuple[Matrix, Matrix]:
        """Pair interactions fitted to the chains, and their standard errors; (players, players).

        Least squares (with a small ridge) of what a player adds on who was there before it. It
        costs no further program and is a screening: the exact index is another mean. Zero between
        comparable players. The errors come from leaving out each cluster in turn (jackknife; NaN
        below two).
        """
        ridge, every = control.typical(self._steps), control.flat(self._steps.values())
        total = control.Sums(self.rounds.poset).with_more(every)
        pairs, without = total.fit(ridge), []
        for cluster in dict.fromkeys(name for name, _ in self._steps):
            mine = control.flat(rows for (name, _), rows in self._steps.items() if name == cluster)
            without.append(total.with_more(mine, -1.0).fit(ridge))
        if len(without) < 2:
            return pairs, np.full_like(pairs, np.nan)
        spread = np.stack(without) - np.mean(without, axis=0)
        groups = len(without)
        return pairs, np.sqrt((groups - 1) / groups * (spread**2).sum(axis=0))


class _Block:
    """Values of a block's programs, each asked for once."""

    def __init__(self, value: BlockValue, rounds: Rounds, block: ItemBlock) -> None:
        self._value, self._rounds, self.block = value, rounds, block
        self._known: dict[frozenset[int], Vector] = {}

    def _of(self, program: frozenset[int]) -> Vector:
        if program not in self._known:
            self._known[program] = np.array(self._value(program, self.block), dtype=float)
        return self._known[program]

    def chains(self, orders: Sequence[Order]) -> Additions:
        found = np.empty((len(orders), self._rounds.poset.players, len(self.block.items)))
        for row, order in zip(found, orders, strict=True):
            row[list(order)] = np.diff([self._of(one) for one in self._rounds.steps(order)], axis=0)
        return found

    def at(self, wanted: Sequence[Corner]) -> Steps:
        """Steps that no order chose."""
        standing, n = self._rounds.standing, self._rounds.poset.players
        added = [
            (self._of(standing(before | {player})) - self._of(standing(before))).mean()
            for player, before in wanted
        ]
        there = np.zeros((len(wanted), n), dtype=bool)
        for row, (_, before) in zip(there, wanted, strict=True):
            row[sorted(before)] = True
        players = np.array([player for player, _ in wanted], dtype=int)
        weights = np.full(len(wanted), float(len(self.block.items)))
        return Steps(players, there, np.array(added), weights)


def _independent(means: Matrix) -> Matrix:
    """Means of the pairs of rounds, where there are several; else the rounds themselves."""
    pairs = len(means) // 2
    return means[: 2 * pairs].reshape(pairs, 2, -1).mean(axis=1) if pairs > 1 else means


def weights(rounds: Rounds, programs: Callable[[frozenset[int]], Vector]) -> Matrix:
    """Weights of the programs in the plain means of one block's chains, a row a player.

    programs: the row of a program in the unit matrix of all programs.
    """
    found: list[Matrix] = []
    for (order,) in rounds.orders:
        steps = np.stack([programs(one) for one in rounds.steps(order)])
        added = np.empty((len(order), steps.shape[1]))
        added[list(order)] = np.diff(steps, axis=0)
        found.append(added)
    mean: Matrix = np.mean(found, axis=0)
    return mean
