"""Patients of eighteen hospitals; the area under the curve is pooled over all of a split."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import toolkit

HOSPITALS = [f"h{number:02}" for number in range(1, 19)]
PATIENTS = 12


def patients() -> list[tuple[str, str, dict[str, float], int]]:
    """(id, hospital, what is known, ill or not) of every patient."""
    found = []
    for hospital in HOSPITALS:
        rng = random.Random(hospital)
        for number in range(PATIENTS):
            known = {"age": rng.random(), "marker": rng.random()}
            ill = int(known["age"] + 2 * known["marker"] + rng.gauss(0, 0.4) > 1.5)
            found.append((f"{hospital}:{number}", hospital, known, ill))
    return found


class Hospitals:
    """Needs no data files."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def items(self) -> Sequence[toolkit.Item]:
        return [toolkit.Item(name, hospital, known) for name, hospital, known, _ in patients()]

    def vault(self) -> toolkit.Vault:
        gold = {name: toolkit.Gold(ill) for name, _, _, ill in patients()}
        return toolkit.Vault(gold, closeness, pool=area)

    def check(self, output: Any) -> str:
        return "" if isinstance(output, int | float) else "a risk is a number"


def closeness(gold: toolkit.Gold, output: Any) -> float:
    """How near a risk is to what came of it: only the worst patients are told by it."""
    return -abs(output - gold.answer)


def area(rows: Sequence[toolkit.Row]) -> float:
    """Chance that someone ill has a higher risk than someone well; ties count half."""
    ill = [row.output for row in rows if row.gold.answer]
    well = [row.output for row in rows if not row.gold.answer]
    wins = sum((one > two) + 0.5 * (one == two) for one in ill for two in well)
    return wins / (len(ill) * len(well))
