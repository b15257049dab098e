"""Linear extensions counted and drawn evenly, by taking an order apart.

A piece is parallel (unrelated pieces, interleaved), a series (pieces of which each comes wholly
before the next) or prime. For a prime piece of which the ideals can be enumerated everything is
exact; forests never need it.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, comb, log, prod
from typing import Protocol, TypeAlias

Pair: TypeAlias = tuple[list[int], list[int]]

LIMIT = 1 << 17
"""Ideals of one piece that are enumerated at most: seventeen unordered players."""


class Node(Protocol):
    """Piece of an order. ideals, extensions: how many, or None where not counted.

    pair: two linear extensions, each uniform by itself, and as opposite as the order lets them be
    (antithetic): without an order the second is the first reversed.
    """

    @property
    def size(self) -> int: ...
    @property
    def ideals(self) -> int | None: ...
    @property
    def extensions(self) -> int | None: ...
    def pair(self, rng: random.Random) -> Pair: ...


def decompose(below: Sequence[int], above: Sequence[int], mask: int, limit: int = LIMIT) -> Node:
    """Players of a bit mask, taken apart as far as possible."""
    related = [(below[i] | above[i] | 1 << i) & mask for i in range(len(below))]
    unrelated = [mask & ~related[i] | 1 << i for i in range(len(below))]
    pieces = _connected(mask, related)
    if len(pieces) != 1:
        return Parallel([decompose(below, above, piece, limit) for piece in pieces])
    pieces = _connected(mask, unrelated)
    if len(pieces) != 1:
        pieces.sort(key=lambda piece: (below[_low(piece)] & mask & ~piece).bit_count())
        return Series([decompose(below, above, piece, limit) for piece in pieces])
    try:
        return Lattice(below, mask, limit)
    except TooManyIdealsError:
        return Walk(below, mask)


class TooManyIdealsError(ValueError):
    """There are more ideals than may be enumerated."""


def levels(below: Sequence[int], mask: int, limit: int) -> Iterator[dict[int, int]]:
    """The ideals of size 0, 1, ... as {bit mask: ways in}: how many orders lead there.

    e(I) = sum of e(I - i) over the maximal i of I; e of the empty set is 1.
    """
    players = [(1 << i, below[i] & mask) for i in range(len(below)) if mask >> i & 1]
    level, seen = {0: 1}, 0
    while level:
        seen += len(level)
        if seen > limit:
            raise TooManyIdealsError(f"more than {limit:,} ideals")
        yield level
        following: dict[int, int] = {}
        for ideal, ways in level.items():
            for bit, needs in players:
                if not ideal & bit and needs & ideal == needs:
                    grown = ideal | bit
                    following[grown] = following.get(grown, 0) + ways
        level = following


class Lattice:
    """Ideals of a piece: {bit mask: ways in} and {bit mask: ways out}, the smaller ideals first.

    f(I) = sum of f(I + i) over the i that are ready at I; f of the whole is 1. e(I) f(I + i) of
    the f(empty) linear extensions pass from I to I + i.
    """

    def __init__(self, below: Sequence[int], mask: int, limit: int = LIMIT) -> None:
        self.size = mask.bit_count()
        self._players = [(i, 1 << i, below[i] & mask) for i in range(len(below)) if mask >> i & 1]
        self.ways_in: dict[int, int] = {}
        for level in levels(below, mask, limit):
            self.ways_in |= level
        self.ways_out = {mask: 1}
        for ideal in reversed(self.ways_in):
            if ideal != mask:
                self.ways_out[ideal] = sum(self.ways_out[grown] for _, grown in self.ready(ideal))
        self.ideals: int | None = len(self.ways_in)
        self.extensions: int | None = self.ways_out[0]

    def ready(self, ideal: int) -> list[tuple[int, int]]:
        """(player, the ideal with it) for each player that can come next."""
        return [
            (player, ideal | bit)
            for player, bit, needs in self._players
            if not ideal & bit and needs & ideal == needs
        ]

    def pair(self, rng: random.Random) -> Pair:
        """Extensions at a random rank of the lexicographic list, and at that rank from its end."""
        rank = rng.randrange(self.ways_out[0])
        return self._unrank(rank), self._unrank(self.ways_out[0] - 1 - rank)

    def _unrank(self, rank: int) -> list[int]:
        """Extension of a rank: from I, each ready i begins f(I + i) of the f(I) that are left."""
        ideal, order = 0, []
        for _ in range(self.size):
            ready = self.ready(ideal)
            ends = list(accumulate(self.ways_out[grown] for _, grown in ready))
            place = bisect_right(ends, rank)
            rank -= ends[place - 1] if place else 0
            player, ideal = ready[place]
            order.append(player)
        return order


class Parallel:
    """Unrelated pieces: any orders of theirs, interleaved in any way."""

    def __init__(self, pieces: Sequence[Node]) -> None:
        self._pieces = pieces
        self.size = sum(piece.size for piece in pieces)
        self.ideals = _product([piece.ideals for piece in pieces])
        orders = _product([piece.extensions for piece in pieces])
        placed = list(accumulate(piece.size for piece in pieces))
        ways = prod(comb(n, piece.size) for n, piece in zip(placed, pieces, strict=True))
        self.extensions = None if orders is None else orders * ways

    def pair(self, rng: random.Random) -> Pair:
        turns = [n for n, piece in enumerate(self._pieces) for _ in range(piece.size)]
        rng.shuffle(turns)
        pairs = [piece.pair(rng) for piece in self._pieces]
        first = [iter(one) for one, _ in pairs]
        second = [iter(two) for _, two in pairs]
        return [next(first[n]) for n in turns], [next(second[n]) for n in reversed(turns)]


class Series:
    """Pieces of which each comes wholly before the next."""

    def __init__(self, pieces: Sequence[Node]) -> None:
        self._pieces = pieces
        self.size = sum(piece.size for piece in pieces)
        self.extensions = _product([piece.extensions for piece in pieces])
        counted = [piece.ideals for piece in pieces if piece.ideals is not None]
        whole = len(counted) == len(pieces)
        self.ideals = sum(counted) - len(counted) + 1 if whole else None

    def pair(self, rng: random.Random) -> Pair:
        pairs = [piece.pair(rng) for piece in self._pieces]
        return [i for one, _ in pairs for i in one], [i for _, two in pairs for i in two]


@dataclass(frozen=True)
class Walk:
    """A prime part with too many ideals: nearly uniform, by the chain of Bubley & Dyer (1999).

    A step does nothing with probability 1/2, else swaps the places p and p + 1, p drawn in
    proportion to p (n - p), where the order allows it. Path coupling on Spearman's footrule
    (at most n^2 / 4 apart, shrinking by a factor 1 - 1/K a step, K = (n^3 - n) / 6) brings the
    distance in total variation below `distance` after K ln(n^2 / (4 distance)) steps, from any
    start: all are done for each draw (n = 30: 45,000 steps).
    """

    below: Sequence[int]
    mask: int
    distance: float = 0.01
    ideals: int | None = None
    extensions: int | None = None

    @property
    def size(self) -> int:
        return self.mask.bit_count()

    @property
    def steps(self) -> int:
        n = self.size
        return ceil((n**3 - n) / 6 * log(n * n / (4 * self.distance)))

    def pair(self, rng: random.Random) -> Pair:
        """Two independent ones: a walk has no opposite."""
        return self._walk(rng), self._walk(rng)

    def _walk(self, rng: random.Random) -> list[int]:
        players = [i for i in range(len(self.below)) if self.mask >> i & 1]
        order = sorted(players, key=lambda i: (self.below[i] & self.mask).bit_count())
        places = range(len(order) - 1)
        weights = [(p + 1) * (len(order) - 1 - p) for p in places]
        # a step that does nothing needs no place: their number is drawn at once
        moves = sum(rng.getrandbits(1) for _ in range(self.steps))
        for place in rng.choices(places, weights, k=moves):
            first, second = order[place], order[place + 1]
            if not self.below[second] >> first & 1:
                order[place], order[place + 1] = second, first
        return order


def _connected(mask: int, neighbours: Sequence[int]) -> list[int]:
    """The connected pieces of a graph, as bit masks."""
    pieces = []
    while mask:
        piece, grown = 0, mask & -mask
        while grown != piece:
            fresh, piece = grown & ~piece, grown
            while fresh:
                grown |= neighbours[_low(fresh)]
                fresh &= fresh - 1
        pieces.append(piece)
        mask &= ~piece
    return pieces


def _low(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def _product(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return prod(known) if len(known) == len(counts) else None
