"""Decisions on differences: p no smaller than the signs of so few clusters can give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..intervals import is_sampled
from ..ledger.state import State
from ..statistics import LEVEL, Estimate
from ..statistics.flips import FEWEST, floor

BY_T = "by the t interval"


def lowest(state: State, found: Estimate) -> float:
    """Smallest p that signs of so many clusters can give; 0 where nothing is sampled."""
    return floor(found.clusters) if is_sampled(state) else 0.0


def decision(state: State, found: Estimate | None) -> dict[str, Any]:
    """{"p", "p_floor", "decided"} of a difference; p as it is: `raised` lifts it to its floor."""
    if found is None:
        return {"p": None, "p_floor": None, "decided": None}
    return {"p": found.p, "p_floor": lowest(state, found), "decided": found.p < LEVEL}


def raised(row: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """The row with its p no smaller than its floor. name: what stands before both keys."""
    p, least = row[f"{name}p"], row[f"{name}p_floor"]
    return {**row, f"{name}p": p if p is None else max(p, least)}


def by_t(p_floor: float | None) -> bool:
    """True where signs of so few clusters decide nothing, so that the t interval decides.

    One cluster has no interval either.
    """
    return p_floor is not None and floor(FEWEST) < p_floor < 1
