"""Groups of clusters that are measured together: the smallest pieces of the split that decides.

A chain of parts needs no more than one piece. Clusters that share a call run together, or their
call would be run once for each of them. Where the objective is pooled, where a meter reads the
whole evaluation, and where programs run under several seeds, the piece is the split itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from ..ledger.state import State

Group: TypeAlias = tuple[str, ...]
"""clusters, or the rows that count in their place (State.rows)"""


def of(state: State) -> list[Group]:
    """The groups that hold a counted row, in the benchmark's order."""
    rows = state.rows(state.final)
    if is_whole(state):
        return [tuple(dict.fromkeys(rows.values()))]
    calls = state.study.get("calls", state.study["items"])[state.final]
    counted = {rows[row] for row in state.counted(state.final)}
    groups = joined((rows[item], calls[item]) for item in rows)
    return [group for group in groups if not counted.isdisjoint(group)]


def is_whole(state: State) -> bool:
    """True where a program has a score only on the whole split."""
    return (
        state.claim != "sealed"
        or state.objective.pooled
        or state.objective.evidence == "measured"
        or state.study.get("replicates", {}).get("final", 1) > 1
    )


def joined(pairs: Iterable[tuple[str, str]]) -> list[Group]:
    """Clusters that share a call, directly or by way of others. pairs: (cluster, call)."""
    homes: dict[str, str] = {}  # {cluster: the first of its group}
    first: dict[str, str] = {}  # {call: the first of its clusters}
    for cluster, call in dict.fromkeys(pairs):
        homes.setdefault(cluster, cluster)
        one, other = _root(homes, first.setdefault(call, cluster)), _root(homes, cluster)
        homes[other] = one
    groups: dict[str, list[str]] = {}
    for cluster in homes:
        groups.setdefault(_root(homes, cluster), []).append(cluster)
    return [tuple(group) for group in groups.values()]


def _root(homes: Mapping[str, str], cluster: str) -> str:
    while homes[cluster] != cluster:
        cluster = homes[cluster]
    return cluster
