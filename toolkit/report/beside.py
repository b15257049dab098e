"""Kinds that stand beside the objective: what constants and programs that read nothing reach there.

They are kept out of the objective since their answers can be guessed, so that a champion's score on
one of them is to be read beside the best floor's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..ledger.state import State
from ..ledger.subjects import Assessment
from ..study.objective import Objective
from .wording import Wording

Row = Mapping[str, Any]


def section(state: State, found: Assessment) -> dict[str, float]:
    """{kind beside the objective: mean score of one floor}"""
    kinds = set(state.study["kinds"].values()) - set(state.study["counted"]) - {""}
    return {kind: found.metrics[kind] for kind in sorted(kinds) if kind in found.metrics}


def lines(summary: Row, words: Wording) -> Iterator[str]:
    """`beside the objective, best floor on test: CD 0.733 (yes)`; nothing where all kinds count."""
    sign = -1 if Objective.from_json(summary["objective"]).direction == "minimize" else 1
    best: dict[str, tuple[float, str]] = {}
    for name, floor in summary["floors"].items():
        for kind, value in floor.get("beside", {}).get(words.final, {}).items():
            if kind not in best or sign * value > sign * best[kind][0]:
                best[kind] = value, name
    told = [f"{kind} {words.metric(value)} ({name})" for kind, (value, name) in best.items()]
    if told:
        yield f"beside the objective, best floor on {words.split}: {'; '.join(told)}"
