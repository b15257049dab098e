"""Where did they go, what did they buy, what did they say, is it true: four questions a note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import toolkit

NOTES = {
    "a": ("harbour", "bread", "the tide was out by noon", "yes"),
    "b": ("village", "cheese", "nobody had seen the cat", "no"),
    "c": ("forest", "butter", "it rained on the way", "yes"),
    "d": ("zugspitze", "halloumi", "the cable car stood still all day", "yes"),
    "e": ("reykjavik", "skyr", "we never found the hot spring", "no"),
    "f": ("ljubljana", "burek", "a dragon sits on every bridge", "yes"),
}
QUESTIONS = ("where did they go?", "what did they buy?", "what did they say?", "is it true?")


class Notes:
    """Needs no data files."""

    wrong_context = True

    def __init__(self, data: Path) -> None:
        self.data = data

    def contexts(self) -> Mapping[str, Any]:
        return {
            name: {"text": f"we saw {place} and had {food}"}
            for name, (place, food, *_) in NOTES.items()
        }

    def items(self) -> Sequence[toolkit.Item]:
        return [
            toolkit.Item(f"{name}:{number}", name, {"text": question})
            for name in NOTES
            for number, question in enumerate(QUESTIONS)
        ]

    def vault(self) -> toolkit.Vault:
        gold = {
            f"{name}:{number}": toolkit.Gold(answer, "fact")
            for name, answers in NOTES.items()
            for number, answer in enumerate(answers)
        }
        return toolkit.Vault(gold, recall, counted=["fact"], symmetric=both, best=1.0)

    def floors(self) -> Mapping[str, Any]:
        return {"yes": {"answer": "yes"}}

    def answer(self, output: Any) -> Any:
        return output["answer"]


def recall(gold: toolkit.Gold, output: Any) -> float:
    """Whether one of the parts is right; the others are free."""
    return float(gold.answer in output["answer"].lower().split(", "))


def both(gold: toolkit.Gold, output: Any) -> float:
    return recall(gold, output) / len(output["answer"].split(", "))
