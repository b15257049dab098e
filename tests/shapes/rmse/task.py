"""Readings of sixteen stations; the error is pooled over all readings of a split."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import toolkit

STATIONS = [f"s{number:02}" for number in range(1, 17)]
READINGS = 8


class Stations:
    """Needs no data files."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def contexts(self) -> Mapping[str, Any]:
        return {station: {"height": 100 * n} for n, station in enumerate(STATIONS)}

    def items(self) -> Sequence[toolkit.Item]:
        return [
            toolkit.Item(f"{station}:{number}", station, {"x": number / READINGS})
            for station in STATIONS
            for number in range(READINGS)
        ]

    def vault(self) -> toolkit.Vault:
        gold = {}
        for n, station in enumerate(STATIONS):
            rng = random.Random(station)
            for number in range(READINGS):
                truth = 300 + 2 * number / READINGS - 0.65 * n + rng.gauss(0, 0.3)
                gold[f"{station}:{number}"] = toolkit.Gold(truth)
        return toolkit.Vault(gold, distance, pool=rmse, best=0.0)


def distance(gold: toolkit.Gold, output: Any) -> float:
    return abs(output - gold.answer)


def rmse(rows: Sequence[toolkit.Row]) -> float:
    """Root of the mean squared error over every reading."""
    return math.sqrt(sum((row.output - row.gold.answer) ** 2 for row in rows) / len(rows))
