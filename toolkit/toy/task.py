"""Twelve questions in six conversations; the nearer a number is to the truth, the better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import toolkit

CLUSTERS = "abcdef"
QUESTIONS = 4
TRUTH = 1.0


class Toy:
    """Needs no data files."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def conversations(self) -> Mapping[str, Any]:
        return {cluster: {"offset": i / 100} for i, cluster in enumerate(CLUSTERS)}

    def items(self) -> Sequence[toolkit.Item]:
        return [
            toolkit.Item(f"{cluster}:{number}", cluster, {"text": f"question {number}"})
            for cluster in CLUSTERS
            for number in range(QUESTIONS)
        ]

    def vault(self) -> toolkit.Vault:
        gold = {
            item.id: toolkit.Gold(TRUTH, "extra" if item.id.endswith("3") else "number", ("t1",))
            for item in self.items()
        }
        return toolkit.Vault(gold, score, counted=["number"], refuses=lambda text: text == "no")

    def passages(self, cluster: str) -> Mapping[str, str]:
        return {"t1": f"the truth of {cluster} is {TRUTH}"}

    def constants(self) -> Mapping[str, str]:
        return {"refuse": "no", "half": "0.5"}


def score(gold: toolkit.Gold, prediction: str) -> float:
    """1 - distance, at least 0; what is not a number scores 0."""
    try:
        distance = abs(float(prediction) - float(gold.answer))
    except ValueError:
        return 0.0
    return max(0.0, 1.0 - distance) if distance == distance else 0.0
