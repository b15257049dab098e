"""Figures of an account as JSON."""

from __future__ import annotations

from typing import Any

from ..statistics import Estimate


def figure(estimate: Estimate | None) -> dict[str, Any] | None:
    """{"mean", "low", "high"}; bounds are None where there is only one cluster."""
    if estimate is None:
        return None
    return {"mean": estimate.mean, "low": estimate.low, "high": estimate.high}


def excludes_zero(estimate: Estimate) -> bool:
    return (
        estimate.low is not None
        and estimate.high is not None
        and (estimate.low > 0 or estimate.high < 0)
    )
