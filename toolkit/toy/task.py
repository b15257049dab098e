"""A made study: 24 questions in six conversations, whose answers are numbers near to a truth."""

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

    wrong_context = True
    named_floors = ("no number",)

    def __init__(self, data: Path) -> None:
        self.data = data

    def contexts(self) -> Mapping[str, Any]:
        return {cluster: {"offset": i / 100} for i, cluster in enumerate(CLUSTERS)}

    def items(self) -> Sequence[toolkit.Item]:
        return [
            toolkit.Item(f"{cluster}:{number}", cluster, {"text": f"question {number}"})
            for cluster in CLUSTERS
            for number in range(QUESTIONS)
        ]

    def vault(self) -> toolkit.Vault:
        gold = {
            item.id: toolkit.Gold(TRUTH, "extra" if item.id.endswith("3") else "number")
            for item in self.items()
        }
        return toolkit.Vault(gold, score, counted=["number"], best=1.0)

    def floors(self) -> Mapping[str, Any]:
        return {"no number": {"answer": "no"}, "half": {"answer": "0.5"}}

    def check(self, output: Any) -> str:
        if isinstance(output, dict) and isinstance(output.get("answer"), str):
            return ""
        return f'each answer must be {{"answer": text}}, got {toolkit.short(output)}'

    def answer(self, output: Any) -> Any:
        return output["answer"]

    def explain(self, item: toolkit.Item, output: Any) -> Mapping[str, Any]:
        return {"truth": f"the truth of {item.cluster} is {TRUTH}"}


def score(gold: toolkit.Gold, output: Any) -> float:
    """1 - distance, at least 0; what is not a number scores 0."""
    try:
        distance = abs(float(output["answer"]) - float(gold.answer))
    except ValueError:
        return 0.0
    return max(0.0, 1.0 - distance) if distance == distance else 0.0
