"""Objectives of all outputs at once (RMSE, AUC, correlation): a row a cluster in place of items.

The rows' mean is the score, and the mean of the differences of two programs' rows is the
difference of their scores, so that means, paired differences and Shapley values of rows need
nothing of their own; only their interval takes `tails=True`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import isfinite

from .clusters import tailed

Pool = Callable[[Collection[str]], float]
"""The objective over a set of items, higher is better"""

FEW = 5
"""From so many clusters on coverage was simulated"""


def pseudo_values(pool: Pool, clusters: Mapping[str, str]) -> dict[str, float]:
    """Jackknife pseudo-values {cluster: value} of an objective; their mean is its value.

    With theta_(-g) the objective without cluster g, row g is G theta - (G - 1) theta_(-g) (Tukey
    1958), recentred from the mean of these rows to theta, which leaves their variance. Takes G + 1
    calls of pool, with items in the order of clusters. For smooth objectives only: the jackknife
    of a median or another quantile is not consistent. Raises ValueError, with the cluster's name,
    where the objective fails or is not finite without that cluster (an AUC whose only positives
    were in it): to leave the cluster out in silence would give the interval of other data.
    """
    members: dict[str, list[str]] = {}
    for item, cluster in clusters.items():
        members.setdefault(cluster, []).append(item)
    if not members:
        raise ValueError("no items")
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


def largest_share(rows: Mapping[str, float]) -> tuple[str, float]:
    """The cluster that holds most of the variance of rows {cluster: value}, and its share."""
    mean = sum(rows.values()) / len(rows)
    squares = {cluster: (value - mean) ** 2 for cluster, value in rows.items()}
    most = max(squares, key=squares.__getitem__)
    total = sum(squares.values())
    return most, squares[most] / total if total else 0.0


def doubt(rows: Mapping[str, float], noun: str = "cluster", nouns: str = "clusters") -> str:
    """Why an interval over rows {cluster: value} is to be read with care; empty where it is not."""
    if len(rows) < 2:
        return f"There is no interval: all items are in one {noun}."
    if len(rows) < FEW:
        return (
            f"The interval rests on {len(rows)} {nouns}: whether one of them is exceptional "
            "cannot be seen from so few."
        )
    most, share = largest_share(rows)
    if share <= 0.5:
        return ""
    mean = sum(rows.values()) / len(rows)
    df = tailed(len(rows) - 1, [value - mean for value in rows.values()])
    return (
        f"{noun.capitalize()} {most} holds {share:.0%} of the variance: the interval is as wide as "
        f"{df + 1:.1f} {nouns} of equal weight would make it, not {len(rows)}."
    )


def _value(pool: Pool, items: Collection[str], where: str) -> float:
    try:
        value = pool(items)
    except Exception as error:  # the task's own code: anything may come out of it
        raise ValueError(f"the objective has no value {where}: {error}") from error
    if not isfinite(value):
        raise ValueError(f"the objective has no value {where}: it gave {value}")
    return value
