"""Figures of an account as JSON."""

from __future__ import annotations

from typing import Any

from ..statistics import LEVEL, Estimate


def figure(estimate: Estimate | None) -> dict[str, Any] | None:
    """{"mean", "low", "high"}; bounds are None where there is no sample, or one cluster."""
    return estimate.figure() if estimate else None


def excludes_zero(estimate: Estimate) -> bool:
    """True where a figure is decided: by its interval, or without one because it is exact."""
    if estimate.low is None or estimate.high is None:
        return estimate.p < LEVEL
    return estimate.low > 0 or estimate.high < 0
