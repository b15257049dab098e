"""NanoLM as a task: the next character of passages of The Devil's Dictionary."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import toolkit

ALPHABET = "abcdefghijklmnopqrstuvwxyz ,.-'\";:!?()"
BEFORE, APART = 40, 8
"""characters that a passage shows, and those between the one asked for and the next passage"""
PASSAGES = 900
"""of each split"""
MOST_BITS = 30.0
"""of a character that was said to be impossible: infinity has no mean"""
CALL = "text"


class NanoLM:
    """Reads devils_dictionary.txt, one entry a line, in the study's folder.

    An item shows 40 characters and asks for the distribution of the next one. No item shows what
    another asks for. Entries are dealt by a digest of their text: half to train on, the others to
    the two splits, until each has its passages.
    """

    def __init__(self, data: Path) -> None:
        self.path = data / "devils_dictionary.txt"

    @cached_property
    def entries(self) -> Sequence[str]:
        """Texts of all entries, in small letters, dealt in an order that no generator decides."""
        lines = self.path.read_text(encoding="utf-8").splitlines()
        texts = ["".join(c for c in line.lower() if c in ALPHABET) for line in lines]
        return sorted(texts, key=lambda text: hashlib.sha256(text.encode()).digest())

    def contexts(self) -> Mapping[str, Any]:
        """Context of the one call: the alphabet, and the text to train on."""
        half = len(self.entries) // 2
        return {CALL: {"alphabet": ALPHABET, "text": "\n".join(self.entries[:half])}}

    @cached_property
    def _asked(self) -> Sequence[tuple[str, str, str, str]]:
        """(id, entry, the characters before, the character) of every item."""
        found: list[tuple[str, str, str, str]] = []
        half = len(self.entries) // 2
        held_out = self.entries[half:]
        for split, texts in (("search", held_out[::2]), ("test", held_out[1::2])):
            rows = [
                (f"{split} {number}:{at}", f"{split} {number}", text[at - BEFORE : at], text[at])
                for number, text in enumerate(texts)
                for at in range(BEFORE, len(text), BEFORE + 1 + APART)
            ]
            found += rows[:PASSAGES]
        return found

    def items(self) -> Sequence[toolkit.Item]:
        return [toolkit.Item(name, entry, seen, call=CALL) for name, entry, seen, _ in self._asked]

    def vault(self) -> toolkit.Vault:
        return toolkit.Vault({name: toolkit.Gold(next_) for name, _, _, next_ in self._asked}, bits)

    def floors(self) -> Mapping[str, Any]:
        """Distributions that look at nothing before: all alike, and as often as each comes."""
        text = "".join(self.entries[: len(self.entries) // 2])
        return {
            "all alike": [1] * len(ALPHABET),
            "by frequency": [1 + text.count(character) for character in ALPHABET],
        }

    named_floors = ("by frequency",)

    def check(self, output: Any) -> str:
        """Fault of an output's form; "" where there is none."""
        if not isinstance(output, list) or len(output) != len(ALPHABET):
            return f"an output is a list of {len(ALPHABET)} weights, one for each character"
        if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in output):
            return "a weight is a number"
        if min(output) < 0 or not 0 < total(output) < math.inf:
            return "weights are at least 0, and their sum is above 0 and finite"
        return ""


def total(weights: Sequence[float]) -> float:
    """Sum of weights; infinity where it is too large for a float."""
    try:
        return math.fsum(weights)
    except OverflowError:
        return math.inf


def bits(gold: toolkit.Gold, output: Any) -> float:
    """Bits of the character that came, -log2 of its share of all weights; at most 30."""
    share = output[ALPHABET.index(gold.answer)] / math.fsum(output)
    return -math.log2(max(share, 2.0**-MOST_BITS))
