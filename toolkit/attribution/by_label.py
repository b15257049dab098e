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
from .results import figure
from .subsets import Purse, Subsets
from .values import Values

UNLABELLED = "unlabelled"


def by_label(
    subsets: Subsets, purse: Purse, found: Values, labels: Sequence[str], possible: Sequence[str]
) -> dict[str, Any]:
    """{label: {"parts", "measurable", "sum", "enabling", "fraction", "enabling_fraction", "range",
    "as_one", "brings", "left_without"}}.

    labels: one per part, "" for none.

    fraction: of the gain; None where the gain is not decided, or is a loss; range: the lower and
    the higher one of the two solution concepts. brings: parts of other labels that the label's
    own need, and bring along where they are taken as one part. A label that no edit of this study
    can have is not measurable here, which is not zero.
    """
    named = [label or UNLABELLED for label in labels]
    name = "each label as one part (" + ", ".join(sorted(set(named))) + ")"
    values = purse.method(name, partial(_as_one, subsets=subsets, named=named))
    table: dict[str, Any] = {}
    for label in dict.fromkeys([*LABELS, *named]):
        rows = [n for n, own in enumerate(named) if own == label]
        measurable = label in possible or bool(rows)
        one = values.get(label) if values and rows else None
        table[label] = {
            "parts": len(rows),
            "measurable": measurable,
            **_sums(subsets, found, rows, measurable=measurable),
            "as_one": None if one is None else figure(subsets.estimate(one)),
            "brings": _brought(subsets, rows),
            "left_without": _gain_without(subsets, purse, label, rows) if rows else None,
        }
    return table


def _sums(
    subsets: Subsets, found: Values, rows: Sequence[int], *, measurable: bool
) -> dict[str, Any]:
    both = {"sum": found.ordered, "enabling": found.enabling}
    sums = {name: one.figure(subsets, rows) if measurable else None for name, one in both.items()}
    return {**sums, **fractions(subsets, found, rows)}


def fractions(subsets: Subsets, found: Values, rows: Sequence[int]) -> dict[str, Any]:
    """Fractions of the gain that some parts have by each concept, and the range of the two."""
    one, two = (
        subsets.fraction(concept.sum(rows), concept.phi.sum(axis=0))
        for concept in found.concepts.values()
    )
    both = sorted((one.mean, two.mean)) if one and two else None
    return {"fraction": figure(one), "enabling_fraction": figure(two), "range": both}


def _brought(subsets: Subsets, rows: Sequence[int]) -> list[str]:
    """Parts of other labels that these need."""
    others = sorted(subsets.poset.closure_down(rows) - set(rows))
    return [subsets.anatomy.parts[n].name for n in others]


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
