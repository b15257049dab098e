"""Clusters that a split names: each by its name, or many by a pattern such as "q0*"."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from ..errors import near_misses
from ..text import plain

SHOWN = 20


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
    """Problems of resolved splits: names of no cluster, and clusters of both splits."""
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
    both = sorted(set.intersection(*map(set, splits.values()))) if len(splits) > 1 else []
    if both:
        yield f"[splits] search and test both hold {_listing(both)}"


def _meant(name: str, known: Collection[str]) -> str:
    hint = near_misses(name, known).removeprefix("; ")
    return f" ({hint})" if hint else ""


def _holding(known: Collection[str]) -> str:
    return f" (it holds {_listing(sorted(map(plain, known)))})"


def _listing(names: Sequence[str]) -> str:
    """The first of these names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
