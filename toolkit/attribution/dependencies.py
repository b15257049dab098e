"""Needs of parts among each other: found by leaving parts out and trying whether the rest builds.

Most parts need only the parts that wrote the text they stand in: those are tried first. For the
others a smallest set of earlier parts with which they build is found by halves (QuickXplain, Junker
2004). It keeps what greedy deletion, the latest part first, would keep, in fewer builds. The set is
minimal but need not be the only one: a part may need "this or that". Random down-sets are therefore
tried afterwards.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Requires = dict[int, frozenset[int]]
Subset = frozenset[int]
Builds = Callable[[Subset], bool]
MOST_REPAIRS = 25


@dataclass
class Verified:
    """Needs that were checked on random subsets.

    requires: {part: parts that it needs}, transitively closed. tried, failed: down-sets that were
    built, and those among them that did not build at first; repaired: edges added for those.
    """

    requires: Requires
    tried: int = 0
    failed: int = 0
    repaired: list[tuple[int, int]] = field(default_factory=list)


def find(parts: int, builds: Builds, known: Mapping[int, Collection[int]]) -> Requires:
    """{part: earlier parts that it needs}. known: needs that follow from the texts."""
    needs: Requires = {}
    for part in range(parts):
        certain = closure(known.get(part, ()), needs)
        others = [one for one in range(part) if one not in certain]
        fixed = certain | {part}
        needs[part] = certain | _lacking(fixed, others, builds, needs)
    return needs


def _lacking(fixed: Subset, others: Sequence[int], builds: Builds, needs: Requires) -> Subset:
    """Smallest set of the others with which the fixed ones build; earlier parts are preferred.

    All of them together are assumed to build.
    """
    if not others or builds(closure(fixed, needs) | fixed):
        return frozenset()
    if len(others) == 1:
        return closure(others, needs)
    earlier, later = others[: len(others) // 2], others[len(others) // 2 :]
    of_later = _lacking(fixed | closure(earlier, needs), later, builds, needs)
    left = [one for one in earlier if one not in of_later]
    return of_later | _lacking(fixed | of_later, left, builds, needs)


def closure(some: Collection[int], needs: Mapping[int, Collection[int]]) -> frozenset[int]:
    """Some parts and all parts that they need."""
    found: set[int] = set()
    for part in some:
        found |= {part, *needs.get(part, ())}
    return frozenset(found)


def verify(
    parts: int, needs: Mapping[int, Collection[int]], builds: Builds, samples: int, seed: int
) -> Verified:
    """Build random down-sets; add the missing edges of each that does not build."""
    found = Verified({part: frozenset(some) for part, some in needs.items()})
    for ideal in random_ideals(parts, found.requires, samples, seed):
        found.tried += 1
        whole = closure(ideal, found.requires)  # edges may have been added since it was drawn
        if builds(whole):
            continue
        found.failed += 1
        for _ in range(MOST_REPAIRS):
            if builds(whole) or not _repair(found, whole, builds):
                break
            whole = closure(whole, found.requires)
    return found


def _repair(found: Verified, ideal: Subset, builds: Builds) -> bool:
    """Add the needs that the first failing part of a down-set lacks; False if it lacks none."""
    ordered = sorted(ideal)
    culprit = next(
        (part for n, part in enumerate(ordered) if not builds(frozenset(ordered[: n + 1]))), None
    )
    if culprit is None:
        return False
    inside = frozenset(part for part in ideal if part <= culprit)
    others = [part for part in range(culprit) if part not in inside]
    lacking = sorted(_lacking(inside, others, builds, found.requires))
    found.repaired += [(culprit, other) for other in lacking]
    _add(found.requires, culprit, lacking)
    return bool(lacking)


def _add(requires: Requires, part: int, more: Sequence[int]) -> None:
    """Add needs of a part, and keep the relation transitively closed."""
    grown = requires[part] | closure(more, requires)
    for one, some in list(requires.items()):
        if one == part or part in some:
            requires[one] = some | grown


def random_ideals(
    parts: int, requires: Mapping[int, Collection[int]], samples: int, seed: int
) -> Iterator[Subset]:
    """Down-sets of all sizes: random sets of parts with all parts that they need.

    They are drawn lazily, so that edges which were found meanwhile count.
    """
    rng = random.Random(seed)
    for _ in range(samples):
        chance = rng.random()
        yield closure([part for part in range(parts) if rng.random() < chance], requires)
