"""Made games with known values, and made studies: questions that correlate within a conversation."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence

import numpy as np

from toolkit.shapley.extensions import LIMIT, levels
from toolkit.shapley.poset import Poset, members

Value = Callable[[frozenset[int]], np.ndarray]

# questions of the bundled studies' test splits, categories 1-4, a conversation each
LOCOMO = (123, 150, 191, 156, 158)
DAYBOOK = (23,) * 12


def random_order(rng: random.Random, players: int, density: float) -> dict[int, list[int]]:
    names = rng.sample(range(players), players)
    return {
        player: [needed for needed in names[:place] if rng.random() < density]
        for place, player in enumerate(names)
    }


def random_game(seed: int, players: int, questions: int = 3) -> Value:
    """Main effects, all pairs and all triples, other ones for each question."""
    rng = np.random.default_rng(seed)
    main = rng.normal(size=(players, questions))
    pairs = rng.normal(size=(players, players, questions))
    triples = rng.normal(size=(players, players, players, questions))
    start = rng.normal(size=questions)

    def value(chosen: frozenset[int]) -> np.ndarray:
        inside = sorted(chosen)
        found = start + main[inside].sum(axis=0)
        for i, j in itertools.combinations(inside, 2):
            found = found + pairs[i, j]
        for i, j, k in itertools.combinations(inside, 3):
            found = found + triples[i, j, k]
        return found

    return value


def ideals(poset: Poset, limit: int = LIMIT) -> list[frozenset[int]]:
    """Every set that can stand, the smaller first. Raises ValueError after `limit` of them."""
    found = levels(poset.below, (1 << poset.players) - 1, limit)
    return [members(ideal) for level in found for ideal in level]


def is_extension(poset: Poset, order: Sequence[int]) -> bool:
    """Whether this is all players, each once and after all that it requires."""
    every = sorted(order) == list(range(poset.players))
    return every and all(
        poset.prerequisites(player) <= set(order[:n]) for n, player in enumerate(order)
    )


class Population:
    """Questions answered right or wrong, by a logistic model of the edits that are in.

    Two large effects and many small ones, a quarter of the pairs and two triples interacting. The
    effects differ between conversations and between questions.
    """

    def __init__(self, seed: int, players: int) -> None:
        self._rng = rng = np.random.default_rng(seed)
        self.players = players
        bits = np.arange(2**players)[:, None] >> np.arange(players) & 1
        main = rng.normal(0.15, 0.2, players)
        main[rng.permutation(players)[:2]] = rng.uniform(1.0, 1.6, 2)
        pairs = [p for p in itertools.combinations(range(players), 2) if rng.random() < 0.25]
        triples = [sorted(rng.permutation(players)[:3]) for _ in range(2)]
        products = [bits[:, p].prod(axis=1) for p in [*pairs, *triples]]
        self._design = np.column_stack([bits, *products]).astype(float)
        self._effects = np.concatenate(
            [main, rng.normal(0, 0.35, len(pairs)), rng.normal(0, 0.6, len(triples))]
        )

    def study(self, sizes: Sequence[int]) -> tuple[np.ndarray, list[str]]:
        """Chances of a right answer (2^players programs by bit mask, questions); conversations."""
        rng, sd = self._rng, np.abs(self._effects)
        conversation = np.repeat(np.arange(len(sizes)), sizes)
        own = rng.normal(0, 0.4 * sd + 0.05, (len(sizes), len(sd)))[conversation]
        own += rng.normal(0, 0.6 * sd + 0.1, (len(conversation), len(sd)))
        start = rng.normal(0, 0.3, len(sizes))[conversation] + rng.normal(0, 1.2, len(conversation))
        logit = start - 2.2 + self._design @ (self._effects + own).T
        return 1 / (1 + np.exp(-logit)), [str(c) for c in conversation]

    def answers(self, chances: np.ndarray) -> np.ndarray:
        """One draw of luck a question, the same for every program: 0 or 1."""
        return (self._rng.random(chances.shape[1]) < chances).astype(float)


def mask(chosen: frozenset[int]) -> int:
    return sum(1 << player for player in chosen)
