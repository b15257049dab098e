"""What the six discovery types brought: the sum of their parts, and each type as one player.

The sums add up to the gain, but depend on how finely a type was split into parts; as one player a
type does not. Both are shown under the searcher's labels and under those read off the code.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ..records import LABELS
from ..shapley import game
from ..shapley.game import Matrix
from .champion import Champion, Purse
from .results import figure

UNLABELLED = "unlabelled"


def categories(
    champion: Champion, purse: Purse, phi: Matrix, labels: Sequence[str], possible: Sequence[str]
) -> dict[str, Any]:
    """{type: {"parts", "measurable", "sum", "share", "group", "left_without"}}.

    labels: one a part, "" for none.

    share: of the gain, None where that is not decided, or is a loss. A type that no edit of this
    study can have is not measurable here, which is not zero.
    """
    named = [label or UNLABELLED for label in labels]
    name = "types as players (" + ", ".join(sorted(set(named))) + ")"
    groups = purse.method(name, partial(_groups, champion=champion, named=named))
    found: dict[str, Any] = {}
    for label in dict.fromkeys([*LABELS, *named]):
        rows = [n for n, own in enumerate(named) if own == label]
        measurable = label in possible or bool(rows)
        grouped = groups.get(label) if groups and rows else None
        rest = _gain_without(champion, purse, label, rows) if rows else None
        found[label] = {
            "parts": len(rows),
            "measurable": measurable,
            "sum": figure(champion.estimate(phi[rows].sum(axis=0))) if measurable else None,
            "share": figure(champion.share(phi[rows].sum(axis=0), phi.sum(axis=0))),
            "group": None if grouped is None else figure(champion.estimate(grouped)),
            "left_without": rest,
        }
    return found


def _gain_without(
    champion: Champion, purse: Purse, label: str, rows: Sequence[int]
) -> dict[str, Any] | None:
    """What is left of the gain without a type's parts and all that cannot stand without them."""
    gone = frozenset(rows).union(*(champion.poset.descendants(n) for n in rows))
    ideals = (champion.anatomy.everything - gone, frozenset[int]())
    if not purse.pay(f"without {label}", [champion.anatomy.candidate(one) for one in ideals]):
        return None
    rest, nothing = map(champion.value, ideals)
    return figure(champion.estimate(rest - nothing))


def _groups(value: game.Value, *, champion: Champion, named: Sequence[str]) -> dict[Any, Any]:
    return game.quotient(value, champion.poset, named)
