"""Eighty queries over one corpus; each query is a cluster of its own."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import toolkit

WORDS = "amber basin cedar delta ember fjord grove heath islet jetty knoll lagoon marsh".split()
QUERIES = [f"q{half}{number:02}" for half in (0, 1) for number in range(40)]


def documents() -> dict[str, str]:
    """{document: its text}, two for each query."""
    found = {}
    for query in QUERIES:
        rng = random.Random(query)
        found[f"{query}-right"] = " ".join(rng.sample(WORDS, 5) + rng.choices(WORDS, k=8))
        found[f"{query}-short"] = " ".join(rng.choices(WORDS, k=3))
    return found


class Queries:
    """Needs no data files."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def contexts(self) -> Mapping[str, Any]:
        return {"corpus": documents()}

    def items(self) -> Sequence[toolkit.Item]:
        texts = documents()
        return [
            toolkit.Item(query, query, " ".join(texts[f"{query}-right"].split()[:5]), call="corpus")
            for query in QUERIES
        ]

    def vault(self) -> toolkit.Vault:
        gold = {query: toolkit.Gold(f"{query}-right") for query in QUERIES}
        return toolkit.Vault(gold, reciprocal_rank, best=1.0)


def reciprocal_rank(gold: toolkit.Gold, output: Any) -> float:
    return 1 / (output.index(gold.answer) + 1) if gold.answer in output else 0.0
