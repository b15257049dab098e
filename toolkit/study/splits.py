"""Clusters of the splits: named one by one, by a pattern such as "q0*", or drawn as a share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import combinations

from ..errors import near_misses
from ..records import digest
from ..text import plain

SHOWN = 20


def parted(
    named: Mapping[str, Sequence[str]], known: Sequence[str], *, sealed: float = 0, seed: int = 0
) -> dict[str, tuple[str, ...]]:
    """{split: its clusters}. named: what each split names, none for all of them.

    sealed: share of the clusters that is the test split, where it is drawn; 0: it is not.
    """
    if not sealed:
        return {split: resolved(names, known) for split, names in named.items()}
    test = drawn(known, sealed, seed)
    return {
        "search": tuple(one for one in known if one not in test),
        "test": tuple(one for one in known if one in test),
    }


def drawn(known: Collection[str], share: float, seed: int) -> frozenset[str]:
    """A share of the clusters, at least one of them and never all.

    Each has its place by a digest of its name and the study's seed: a cluster that is added moves
    few others.
    """
    places = sorted(known, key=lambda name: digest(f"{seed}:sealed:{name}"))
    return frozenset(places[: min(max(round(share * len(places)), 1), len(places) - 1)])


def resolved(named: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Clusters of a split in the order in which it names them; all of them if it names none.

    A pattern stands for the clusters that it matches, in the order of the task's items. A name that
    is a cluster is no pattern, whatever it is written with. What nothing matches stays as it is.
    """
    found = [one for name in named for one in _of(name, known)]
    return tuple(dict.fromkeys(found or known))


def _of(name: str, known: Sequence[str]) -> Sequence[str]:
    if name in known or not is_pattern(name):
        return [name]
    return [one for one in known if fnmatchcase(one, name)] or [name]


def is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def problems(splits: Mapping[str, Collection[str]], known: Collection[str]) -> Iterator[str]:
    """Problems of resolved splits: names of no cluster, and clusters of two splits."""
    for split, clusters in splits.items():
        for name in sorted(clusters):
            if is_pattern(name) and name not in known:
                hint = near_misses(name, known)
                yield (
                    f'[splits] {split}: the pattern "{name}" matches no cluster{hint}'
                    f"{_holding(known)}"
                )
    lost = {one for some in splits.values() for one in some if not is_pattern(one)} - set(known)
    if lost:
        names = ", ".join(f"{name}{_meant(name, known)}" for name in sorted(lost))
        yield f"[splits] names {names}, which the data does not hold{_holding(known)}"
    for one, other in combinations(splits, 2):
        if both := sorted({*splits[one]} & {*splits[other]}):
            yield f"[splits] {one} and {other} both hold {_listing(both)}"


def _meant(name: str, known: Collection[str]) -> str:
    hint = near_misses(name, known).removeprefix("; ")
    return f" ({hint})" if hint else ""


def _holding(known: Collection[str]) -> str:
    return f" (it holds {_listing(sorted(map(plain, known)))})"


def _listing(names: Sequence[str]) -> str:
    """The first of these names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
