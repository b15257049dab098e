"""Queries over one corpus: the rank of the right document in a list of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import toolkit

NUMBERS = range(40)


class Corpus:
    """Needs no data files."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def contexts(self) -> Mapping[str, Any]:
        long = {f"long-{n:02}": f"word{n} word{n % 7} and more of it" for n in NUMBERS}
        return {"corpus": {**long, **{f"short-{n:02}": f"word{n % 5} word{n}" for n in NUMBERS}}}

    def items(self) -> Sequence[toolkit.Item]:
        return [toolkit.Item(f"q{n:02}", f"q{n:02}", f"word{n}", call="corpus") for n in NUMBERS]

    def vault(self) -> toolkit.Vault:
        gold = {f"q{n:02}": toolkit.Gold(f"long-{n:02}") for n in NUMBERS}
        return toolkit.Vault(gold, reciprocal_rank, best=1.0)


def reciprocal_rank(gold: toolkit.Gold, output: Any) -> float:
    return 1 / (output.index(gold.answer) + 1)
