"""Fresh clusters, each with the searched cluster of its source: `[splits] fresh` as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from ..errors import StudyError, near_misses
from .splits import is_pattern, resolved
from .toml import Table

KEY = "fresh"
_WHAT = 'a list of texts, or a table such as { "north-new" = "north" }'


def read(table: Table, search: Sequence[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Clusters that fresh names, and {one of them: the searched cluster of its source}.

    table: [splits]. There are no pairs where it is a list.
    """
    given = table.value(KEY, optional=True)
    if isinstance(given, dict):
        return tuple(given), _pairs(table, given, search)
    if given is None:
        return (), {}
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        table.problem(KEY, f"must be {_WHAT}, got {given!r}")
        return (), {}
    return tuple(given), {}


def _pairs(table: Table, given: Mapping[str, object], search: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for cluster, source in given.items():
        if isinstance(source, str) and any(_stands(source, name) for name in search):
            pairs[cluster] = source
        elif isinstance(source, str):
            hint = near_misses(source, search)
            table.problem(f'{KEY}."{cluster}"', f'"{source}" is no cluster of search{hint}')
        else:
            table.problem(f'{KEY}."{cluster}"', f"must be a cluster of search, got {source!r}")
    return pairs


def _stands(source: str, name: str) -> bool:
    """True if a name of a split is this cluster, or a pattern that matches it."""
    return source == name or (is_pattern(name) and fnmatchcase(source, name))


def of_clusters(
    pairs: Mapping[str, str], search: Sequence[str], fresh: Sequence[str]
) -> dict[str, str]:
    """{fresh cluster: searched cluster}, once patterns are known to stand for these clusters.

    Raises StudyError for a source that is none of them.
    """
    found = {one: source for name, source in pairs.items() for one in resolved([name], fresh)}
    for one, source in found.items():
        if source not in search:
            hint = near_misses(source, search)
            raise StudyError(f'[splits] fresh."{one}": "{source}" is no cluster of search{hint}')
    return found
