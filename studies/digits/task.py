"""Digits as a task: 1,797 handwritten digits that scikit-learn bundles, 8 x 8 pixels each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import toolkit

TRAINING, HELD_OUT = 401, 698
"""images with their labels, and images of each split"""
CALL = "digits"


class Digits:
    """Needs no data files: scikit-learn brings the images, and hides them from programs.

    The images are shuffled once, in the same order on every machine: 401 to learn from, then 698 to
    search on, then 698 that decide.
    """

    def __init__(self, data: Path) -> None:
        self.data = data

    @cached_property
    def rows(self) -> Sequence[tuple[list[int], int]]:
        """(64 pixels from 0 to 16, digit) of every image."""
        from sklearn.datasets import load_digits

        loaded = load_digits()
        # by their own pixels: no generator has to stay the same from version to version
        rows = [
            ([int(pixel) for pixel in image], int(digit))
            for image, digit in zip(loaded.data, loaded.target, strict=True)
        ]
        return sorted(rows, key=lambda row: hashlib.sha256(bytes(row[0])).digest())

    def contexts(self) -> Mapping[str, Any]:
        """Context of the one call: what the network is trained on."""
        images, labels = zip(*self.rows[:TRAINING], strict=True)
        return {CALL: {"images": list(images), "labels": list(labels)}}

    @cached_property
    def _held_out(self) -> Mapping[str, tuple[list[int], int]]:
        names = [f"{split}-{n:03}" for split in ("search", "test") for n in range(HELD_OUT)]
        return dict(zip(names, self.rows[TRAINING:], strict=True))

    def items(self) -> Sequence[toolkit.Item]:
        return [
            toolkit.Item(name, name, image, call=CALL)
            for name, (image, _) in self._held_out.items()
        ]

    def vault(self) -> toolkit.Vault:
        gold = {name: toolkit.Gold(digit) for name, (_, digit) in self._held_out.items()}
        return toolkit.Vault(gold, right, best=1.0)

    def floors(self) -> Mapping[str, int]:
        """Constant outputs: the same digit for every image."""
        return {f"always {digit}": digit for digit in range(10)}

    def check(self, output: Any) -> str:
        """Fault of an output's form; "" where there is none."""
        if isinstance(output, int) and not isinstance(output, bool) and 0 <= output <= 9:
            return ""
        return f"an output is a digit, an integer from 0 to 9, not {output!r:.40}"


def right(gold: toolkit.Gold, output: Any) -> float:
    """1 for the right digit, else 0."""
    return float(output == gold.answer)
