"""Draws that are the same in every Python version."""

from __future__ import annotations

from collections.abc import Container, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A seeded source that uses random.Random.random() only.

    That method is the one whose sequence Python promises to keep; a seed that is a string does
    not go through hash(), so PYTHONHASHSEED has no say either.
    """

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)

    def flip(self, probability: float) -> bool:
        return self._random.random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.between(0, len(choices) - 1)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        cards = list(items)
        for last in range(len(cards) - 1, 0, -1):
            other = self.between(0, last)
            cards[last], cards[other] = cards[other], cards[last]
        return cards


class Bag:
    """Hands out items in random order, each once before any comes again."""

    def __init__(self, items: Sequence[str], chance: Chance) -> None:
        self._items, self._chance = list(items), chance
        self._left: list[str] = []

    def draw(self, avoid: Container[str] = ()) -> str:
        """The next item that is not to be avoided; just the next if all of them are."""
        found = self._take(avoid)
        if found is None:
            self._left = self._chance.shuffled(self._items)
            found = self._take(avoid)
        return self._left.pop() if found is None else found

    def _take(self, avoid: Container[str]) -> str | None:
        """The next of what is left that is not to be avoided."""
        for at in reversed(range(len(self._left))):
            if self._left[at] not in avoid:
                return self._left.pop(at)
        return None
