"""Cells of a summary: their names, the best of each searcher, and its gain over the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from ..ledger.subjects import BASELINE
from .wording import Wording

Row = Mapping[str, Any]


def name(cell: Row) -> str:
    """`optuna-0`, as the cell is called wherever it is a key."""
    return f"{cell['alias']}-{cell['seed']}"


def titled(cell: Row) -> str:
    """`optuna, seed 0`."""
    return f"{cell['alias']}, seed {cell['seed']}"


def against_baseline(summary: Row) -> dict[str, Row]:
    """{searcher: its comparison with the baseline}, without those that were not compared."""
    return {row["better"]: row for row in summary["pairs"] if row["worse"] == BASELINE}


def best(cells: Sequence[Row], words: Wording) -> list[Row]:
    """Each searcher's cell with the best champion on search, the first of equal ones."""
    found: dict[str, Row] = {}
    for cell in cells:
        known = found.get(cell["alias"])
        if known is None or _rank(cell, words) > _rank(known, words):
            found[cell["alias"]] = cell
    return list(found.values())


def _rank(cell: Row, words: Wording) -> float:
    level = cell["search"]
    return -inf if level is None else words.objective.sign * level
