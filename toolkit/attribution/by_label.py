"""Value of each of the six labels: the sum of its parts, and all of them taken as one part.

The sums add up to the gain, but depend on how finely edits were split into parts; a label that is
taken as one part does not. Both are given for the searcher's labels and for those read off the
code.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ..records import LABELS
from ..shapley import game
from ..shapley.game import Matrix
from .results import figure
from .subsets import Purse, Subsets

UNLABELLED = "unlabelled"


def by_label(
    subsets: Subsets, purse: Purse, phi: Matrix, labels: Sequence[str], possible: Sequence[str]
) -> dict[str, Any]:
    """{label: {"parts", "measurable", "sum", "fraction", "as_one", "left_without"}}.

    labels: one per part, "" for none.

    fraction: of the gain; None where the gain is not decided, or is a loss. A label that no edit of
    this study can have is not measurable here, which is not zero.
    """
    named = [label or UNLABELLED for label in labels]
    name = "each label as one part (" + ", ".join(sorted(set(named))) + ")"
    values = purse.method(name, partial(_as_one, subsets=subsets, named=named))
    found: dict[str, Any] = {}
    for label in dict.fromkeys([*LABELS, *named]):
        rows = [n for n, own in enumerate(named) if own == label]
        measurable = label in possible or bool(rows)
        one = values.get(label) if values and rows else None
        rest = _gain_without(subsets, purse, label, rows) if rows else None
        found[label] = {
            "parts": len(rows),
            "measurable": measurable,
            "sum": figure(subsets.estimate(phi[rows].sum(axis=0))) if measurable else None,
            "fraction": figure(subsets.fraction(phi[rows].sum(axis=0), phi.sum(axis=0))),
            "as_one": None if one is None else figure(subsets.estimate(one)),
            "left_without": rest,
        }
    return found


def _gain_without(
    subsets: Subsets, purse: Purse, label: str, rows: Sequence[int]
) -> dict[str, Any] | None:
    """Gain that remains without the label's parts and all parts that need them."""
    gone = frozenset(rows).union(*(subsets.poset.descendants(n) for n in rows))
    ideals = (subsets.anatomy.everything - gone, frozenset[int]())
    if not purse.pay(f"without {label}", [subsets.anatomy.candidate(one) for one in ideals]):
        return None
    rest, nothing = map(subsets.value, ideals)
    return figure(subsets.estimate(rest - nothing))


def _as_one(value: game.Value, *, subsets: Subsets, named: Sequence[str]) -> dict[Any, Any]:
    return game.quotient(value, subsets.poset, named)
