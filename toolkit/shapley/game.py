"""Shapley values under precedence and their neighbours, on any game with a number per item.

A game is a function of the players that are in, `value(frozenset of players)`, which returns one
number per item. It is only ever asked about ideals (sets that hold everything their members
require), each once per method, and which ideals these are does not depend on the values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from itertools import combinations
from math import comb
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .extensions import LIMIT, Lattice
from .poset import Poset, members

Vector: TypeAlias = NDArray[np.float64]
Matrix: TypeAlias = NDArray[np.float64]
Value: TypeAlias = Callable[[frozenset[int]], Vector]


def shapley(value: Value, players: int, requires: Mapping[int, Collection[int]]) -> Matrix:
    """Addition of each player, averaged over all orders that `requires` allows, each as likely.

    value: {players that are in} -> one number per item, an array of shape (items,).
    requires: {player: those that must come before it}, in 0 .. players - 1.
    Returns shape (players, items); columns sum to value(all) - value(none).
    Exact; raises ValueError beyond 131,072 ideals (chains.py estimates).

    The Shapley value for games under precedence constraints (Faigle & Kern 1992): for each ideal
    I and each i ready there, e(I) f(I + i) / f(empty) * (v(I + i) - v(I)), where e counts the
    orders that lead to I and f those that lead on (extensions.Lattice).
    """
    ideals, weights = precedence_weights(Poset(players, requires))
    return _expect(value, ideals, weights)


def precedence_weights(poset: Poset) -> tuple[list[frozenset[int]], Matrix]:
    """Ideals, and the (players, ideals) matrix that turns their values into Shapley values."""
    lattice = _lattice(poset)
    place = {ideal: n for n, ideal in enumerate(lattice.ways_in)}
    weights = np.zeros((poset.players, len(place)))
    total = lattice.ways_out[0]
    for ideal, ways in lattice.ways_in.items():
        for player, grown in lattice.ready(ideal):
            weight = ways * lattice.ways_out[grown] / total
            weights[player, place[grown]] += weight
            weights[player, place[ideal]] -= weight
    return [members(ideal) for ideal in place], weights


def in_order(value: Value, order: Sequence[int]) -> Matrix:
    """Addition of each player when they come in this order; rows by player, columns sum exactly."""
    scores = [np.array(value(frozenset(order[:n])), dtype=float) for n in range(len(order) + 1)]
    found = np.empty((len(order), *scores[0].shape))
    found[list(order)] = np.diff(scores, axis=0) if order else 0
    return found


def left_out(value: Value, poset: Poset) -> Matrix:
    """Loss of the whole without a player and all players that require it.

    Rows do not sum to the gain: what several need together is counted once for each.
    """
    asked = _Once(value)
    everybody = frozenset(range(poset.players))
    rows = [asked(everybody) - asked(everybody - poset.descendants(i) - {i}) for i in everybody]
    return _stack(rows, asked)


def first_in(value: Value, poset: Poset) -> Matrix:
    """Addition of a player to nothing but its prerequisites. Rows do not sum to the gain."""
    asked = _Once(value)
    rows = [
        asked(poset.closure_down([i])) - asked(poset.prerequisites(i)) for i in range(poset.players)
    ]
    return _stack(rows, asked)


def enabling_credit(value: Value, poset: Poset) -> Matrix:
    """Shapley value of the restricted game: players in any order, idle until they can stand.

    The restricted game of a set is v of the largest ideal within it (the conjunctive approach of
    Gilles, Owen & van den Brink 1992), so that a prerequisite has a part of what it makes possible:
    of an edit that gains 10 and the refactoring that it needs each has 5; their Shapley values
    under precedence are 10 and 0. Columns sum to value(all) - value(none).

    Taking players out of the whole instead of adding them (the dual game, of equal value), the
    sets that leave an ideal I are those that take the m minimal players outside I and any of the
    others there. Their weights s! (n - s - 1)! / n! add up to m! (|I| - 1)! / (|I| + m)!, and
    only players inside I lose anything: exact over ideals, without the 2^n sets.
    """
    lattice = _lattice(poset)
    place = {ideal: n for n, ideal in enumerate(lattice.ways_in)}
    weights = np.zeros((poset.players, len(place)))
    for ideal in place:
        share = _share(len(lattice.ready(ideal)), ideal.bit_count() - 1)
        for player in members(ideal):
            weights[player, place[ideal]] += share
            weights[player, place[ideal & ~poset.above[player] & ~(1 << player)]] -= share
    return _expect(value, [members(ideal) for ideal in place], weights)


def interactions(value: Value, poset: Poset) -> Matrix:
    """Shapley interaction index of each pair, where a player brings along all that it requires.

    Returns shape (players, players, items), symmetric, zero on the diagonal: positive where
    two bring more together than apart. k-SII of order 2 has the same pairs. Between comparable
    players it only says, with a minus, what the prerequisite adds: leave those out of a table.
    """
    pairs = list(combinations(range(poset.players), 2))
    rows = of_pairs(value, poset, pairs)
    table = np.zeros((poset.players, poset.players, rows.shape[1]))
    for row, (one, two) in zip(rows, pairs, strict=True):
        table[one, two] = table[two, one] = row
    return table


def of_pairs(value: Value, poset: Poset, pairs: Sequence[tuple[int, int]]) -> Matrix:
    """Interactions of some pairs only, a row each; time grows with pairs x ideals.

    Grabisch & Roubens (1999) on v(closure_down(S)): the mean of v(S + ij) - v(S + i) - v(S + j) +
    v(S) with weights s! (n - s - 2)! / (n - 1)!. The sets that close to an ideal I hold its m
    maximal players and any of its others; their weights add up to m! (n - 2 - |I|)! /
    (n - 1 - |I| + m)!, and the difference is zero unless i and j are outside I.
    """
    ideals = list(_lattice(poset).ways_in)
    place = {ideal: n for n, ideal in enumerate(ideals)}
    weights = np.zeros((len(pairs), len(ideals)))
    shares = [_share(_maximal(poset, i), poset.players - 2 - i.bit_count()) for i in ideals]
    for row, (one, two) in enumerate(pairs):
        for ideal, share in zip(ideals, shares, strict=True):
            if not (ideal >> one | ideal >> two) & 1:
                left, right = _with(poset, ideal, one), _with(poset, ideal, two)
                for found, sign in ((left | right, 1), (left, -1), (right, -1), (ideal, 1)):
                    weights[row, place[found]] += sign * share
    return _expect(value, [members(ideal) for ideal in ideals], weights)


def quotient(value: Value, poset: Poset, groups: Sequence[Hashable]) -> dict[Hashable, Vector]:
    """Shapley value of the groups as players, each bringing along all that it requires.

    groups: the group of each player. Returns {group: array of shape (items,)}, which add up
    to value(all) - value(none); at most 2^groups programs. Differs from the sum over a group's
    players, which depends on how finely they were split (Owen 1977).
    """
    names = sorted(set(groups), key=groups.index)
    asked = _Once(value)

    def together(chosen: frozenset[int]) -> Vector:
        inside = {names[n] for n in chosen}
        return asked(poset.closure_down(i for i, name in enumerate(groups) if name in inside))

    return dict(zip(names, shapley(together, len(names), {}), strict=True))


def asked(method: Callable[[Value], object]) -> list[frozenset[int]]:
    """Ideals that a method asks about, in its order: the programs that must run first.

    >>> asked(lambda value: first_in(value, poset))
    """
    found: dict[frozenset[int], None] = {}

    def note(chosen: frozenset[int]) -> Vector:
        found[chosen] = None
        return np.zeros(1)

    method(note)
    return list(found)


class _Once:
    """A game that is asked about each ideal once."""

    def __init__(self, value: Value) -> None:
        self._value = value
        self._known: dict[frozenset[int], Vector] = {}

    def __call__(self, chosen: frozenset[int]) -> Vector:
        if chosen not in self._known:
            self._known[chosen] = np.array(self._value(chosen), dtype=float)
        return self._known[chosen]


def _stack(rows: Sequence[Vector], value: Value) -> Matrix:
    return np.stack(rows) if rows else np.empty((0, len(value(frozenset()))))


def _expect(value: Value, ideals: Sequence[frozenset[int]], weights: Matrix) -> Matrix:
    """weights @ values, a batch of ideals at a time: all values at once may not fit in memory."""
    found: Matrix | None = None
    for start in range(0, len(ideals), 512):
        batch = np.stack([np.array(value(i), dtype=float) for i in ideals[start : start + 512]])
        if batch.ndim != 2:
            raise ValueError(f"value must return one number per item, not {batch.shape[1:]}")
        part = weights[:, start : start + 512] @ batch
        found = part if found is None else found + part
    if found is None:
        raise ValueError("no ideals")
    return found


def _lattice(poset: Poset) -> Lattice:
    count = poset.count_ideals
    if count is None or count > LIMIT:
        much = f"{count:,}" if count else f"over {LIMIT:,}"
        raise ValueError(f"{much} ideals, exact up to {LIMIT:,}; estimate with chains")
    return Lattice(poset.below, (1 << poset.players) - 1)


def _share(fixed: int, free: int) -> float:
    """fixed! free! / (fixed + free + 1)!; 0 where no player is left to be free."""
    return 1 / ((fixed + free + 1) * comb(fixed + free, free)) if free >= 0 else 0.0


def _maximal(poset: Poset, ideal: int) -> int:
    return sum(not poset.above[player] & ideal for player in members(ideal))


def _with(poset: Poset, ideal: int, player: int) -> int:
    return ideal | poset.below[player] | 1 << player
