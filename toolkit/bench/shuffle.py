"""Order in which calls, and the items of each, are handed over, drawn from a secret of the run.

A benchmark's own order gives labels away (in LoCoMo's, the last 23 % of a cluster's items
hold 97 % of those of one kind), and so does every order that a program can compute: from
ids, from the study's seed, from the number of items. Hence an HMAC under a secret that no program
is given. It is taken over an item's input and never over its id, so that a position tells nothing
that the input itself does not tell.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from ..records import canonical
from ..study.task import Item
from .secret import derived
from .selection import Call

_T = TypeVar("_T")


class Shuffle:
    """Orders of items under one secret. Every number names another, unrelated order."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def arrange(self, items: Sequence[Item], number: int = 0) -> list[Item]:
        """The items in the order of this number."""
        return self._sorted(items, [canonical(item.input) for item in items], f"order {number}")

    def calls(self, calls: Sequence[Call]) -> list[Call]:
        """The calls of an evaluation in a secret order, too: one that keeps count of them could
        else know each by its number, and a call may hold a single item.
        """
        texts = ["\n".join(sorted(canonical(item.input) for item in one)) for _, one in calls]
        return self._sorted(calls, texts, "calls")

    def _sorted(self, things: Sequence[_T], texts: Sequence[str], what: str) -> list[_T]:
        """In the order of an HMAC over their texts.

        Equal texts are told apart by how often the same has come before, so that not even
        among them does the order follow from the ids.
        """
        key = derived(self._secret, what)
        seen: Counter[str] = Counter()
        placed = []
        for thing, text in zip(things, texts, strict=True):
            seen[text] += 1
            message = f"{seen[text]}:{text}".encode()
            placed.append((hmac.digest(key, message, hashlib.sha256), thing))
        return [thing for _, thing in sorted(placed, key=lambda pair: pair[0])]
