"""Sums whose results are known; what is searched for is the time that they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import toolkit

SIZES = (120_000, 160_000)


class Sums:
    """Needs no data files."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def items(self) -> Sequence[toolkit.Item]:
        return [toolkit.Item(f"to-{size}", f"to-{size}", size) for size in SIZES]

    def vault(self) -> toolkit.Vault:
        gold = {f"to-{size}": toolkit.Gold(size * (size - 1) // 2) for size in SIZES}
        return toolkit.Vault(gold, right, best=1.0)

    def metrics(self, rows: Sequence[toolkit.Row]) -> Mapping[str, float]:
        return {"correct": float(all(row.output == row.gold.answer for row in rows))}


def right(gold: toolkit.Gold, output: Any) -> float:
    return float(output == gold.answer)
