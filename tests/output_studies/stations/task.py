"""Readings of six stations; the error is pooled over all readings of a split."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import toolkit

STATIONS = ("s1", "s2", "s3", "s4", "s5", "s6")
HOURS = 4


class Stations:
    """Needs no data files."""

    wrong_context = True

    def __init__(self, data: Path) -> None:
        self.data = data

    def contexts(self) -> Mapping[str, Any]:
        return {station: {"height": n} for n, station in enumerate(STATIONS)}

    def items(self) -> Sequence[toolkit.Item]:
        return [
            toolkit.Item(f"{station}:{hour}", station, {"hour": hour})
            for station in STATIONS
            for hour in range(HOURS)
        ]

    def vault(self) -> toolkit.Vault:
        gold = {
            f"{station}:{hour}": toolkit.Gold(n + hour + (0.5 if n % 2 else -0.25) * hour)
            for n, station in enumerate(STATIONS)
            for hour in range(HOURS)
        }
        return toolkit.Vault(gold, distance, pool=rmse, best=0.0)

    def floors(self) -> Mapping[str, Any]:
        return {"zero": 0, "three": 3.0}

    def check(self, output: Any) -> str:
        return "" if isinstance(output, int | float) else "a forecast is a number"

    def explain(self, item: toolkit.Item, output: Any) -> Mapping[str, Any]:
        return {"station": item.cluster, "hours": list(range(2)), "day": {"year": 2020}}


def distance(gold: toolkit.Gold, output: Any) -> float:
    return abs(output - gold.answer)


def rmse(rows: Sequence[toolkit.Row]) -> float:
    return math.sqrt(sum((row.output - row.gold.answer) ** 2 for row in rows) / len(rows))
