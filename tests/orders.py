"""Orders and games by brute force."""

import itertools
from collections.abc import Mapping

Requires = Mapping[int, list[int]]


def extensions(players: int, requires: Requires) -> list[tuple[int, ...]]:
    return [
        order
        for order in itertools.permutations(range(players))
        if all(set(requires.get(p, ())) <= set(order[:n]) for n, p in enumerate(order))
    ]
