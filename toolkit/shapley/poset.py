"""Precedence among players: the sets that can stand, and the orders in which players may come.

A set can stand (an ideal, or down-set) if it holds everything that its members require. A linear
extension is an order in which nobody comes before what it requires.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from .extensions import Node, decompose


class Poset:
    """Players 0 .. players - 1; requires: {player: those that must come before it}.

    requires may be any relation that generates the order: its transitive closure is taken.
    Raises ValueError for an unknown player and for a circle, naming who is in it.
    """

    def __init__(self, players: int, requires: Mapping[int, Collection[int]]) -> None:
        known = set(range(players))
        named = set(requires).union(*requires.values())
        if not named <= known:
            raise ValueError(f"no such players: {sorted(named - known)}; there are {players}")
        self.players = players
        self.below = [0] * players  # bit masks of all prerequisites, direct or not
        self.above = [0] * players  # and of all descendants
        for player in _sorted(players, requires):
            for needed in requires.get(player, ()):
                self.below[player] |= self.below[needed] | 1 << needed
        for player in range(players):
            for needed in members(self.below[player]):
                self.above[needed] |= 1 << player

    def prerequisites(self, player: int) -> frozenset[int]:
        """Players that must come before this one, without itself."""
        return members(self.below[player])

    def descendants(self, player: int) -> frozenset[int]:
        """Players that cannot stand without this one, without itself."""
        return members(self.above[player])

    def comparable(self, one: int, two: int) -> bool:
        """True if one of the two requires the other."""
        return bool((self.below[one] | self.above[one]) >> two & 1)

    def closure_down(self, chosen: Iterable[int]) -> frozenset[int]:
        """Smallest ideal that holds the chosen players."""
        found = 0
        for player in chosen:
            found |= self.below[player] | 1 << player
        return members(found)

    def interior(self, chosen: frozenset[int]) -> frozenset[int]:
        """Largest ideal within the chosen players: those that have all that they require."""
        mask = sum(1 << player for player in chosen)
        return frozenset(
            player for player in chosen if self.below[player] & mask == self.below[player]
        )

    @property
    def count_ideals(self) -> int | None:
        """Number of ideals, exact; None where a piece of the order has too many to be counted."""
        return self._parts.ideals

    @property
    def count_extensions(self) -> int | None:
        """Number of linear extensions, exact; None where a piece of the order has too many."""
        return self._parts.extensions

    @property
    def unordered(self) -> bool:
        return not any(self.below)

    def sample_pair(self, rng: random.Random) -> tuple[list[int], list[int]]:
        """Two linear extensions, as opposite as the order lets them be.

        Each is by itself uniform among all: exactly so, or nearly (extensions.Walk). Choosing
        evenly among those that are ready is not uniform.
        """
        return self._parts.pair(rng)

    @cached_property
    def _parts(self) -> Node:
        return decompose(self.below, self.above, (1 << self.players) - 1)


def members(mask: int) -> frozenset[int]:
    """Players in a bit mask."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return frozenset(found)


def _sorted(players: int, requires: Mapping[int, Collection[int]]) -> Iterator[int]:
    graph = {player: sorted(set(requires.get(player, ()))) for player in range(players)}
    try:
        yield from TopologicalSorter(graph).static_order()
    except CycleError as error:
        circle = ", ".join(str(player) for player in error.args[1])
        raise ValueError(f"these require each other in a circle: {circle}") from None
