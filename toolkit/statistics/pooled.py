"""Objectives of all outputs at once (RMSE, AUC, correlation): a row a cluster in place of items."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import isfinite

Pool = Callable[[Collection[str]], float]
"""The objective over a set of items, higher is better"""


def pseudo_values(pool: Pool, clusters: Mapping[str, str]) -> dict[str, float]:
    """Jackknife pseudo-values {cluster: value} of an objective; their mean is its value.

    clusters: {item: cluster}. Raises ValueError, with the cluster's name, where the objective
    fails or is not finite without that cluster.
    """
    members = dict.fromkeys(clusters.values())
    theta = _value(pool, list(clusters), "over all items")
    if len(members) == 1:
        return dict.fromkeys(members, theta)
    without = {
        left: _value(
            pool, [i for i, c in clusters.items() if c != left], f"without cluster {left!r}"
        )
        for left in members
    }
    middle = sum(without.values()) / len(without)
    return {one: theta + (len(without) - 1) * (middle - less) for one, less in without.items()}


def _value(pool: Pool, items: Collection[str], where: str) -> float:
    try:
        value = pool(items)
    except Exception as error:  # the task's own code: anything may come out of it
        raise ValueError(f"the objective has no value {where}: {error}") from error
    if not isfinite(value):
        raise ValueError(f"the objective has no value {where}: it gave {value}")
    return value
