"""Composition of a gain: what the parts bring one by one, and what only several bring together."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from ..shapley.game import Matrix
from ..shapley.poset import Poset
from .results import figure
from .subsets import Purse, Subsets

STRONGEST = 4
"""parts of which all pairs are tried: those that are worth more in company than alone"""
PAIRS_SHOWN = 5


def composition(
    subsets: Subsets, purse: Purse, steps: Mapping[str, Matrix | None]
) -> dict[str, Any] | None:
    """{"first_in", "left_out", "together", "only_together", "pairs"}; None where a sum is unknown.

    first_in: sum of what each part adds to the baseline, with nothing but what it needs. left_out:
    sum of what the champion loses without each part and those that need it. together: the gain.
    only_together: fraction of the gain that no part brings by itself, where the gain is decided.
    """
    first, last = steps["first_in"], steps["left_out"]
    if first is None or last is None or not len(first):
        return None
    everything, nothing = subsets.anatomy.everything, frozenset[int]()
    gain = subsets.value(everything) - subsets.value(nothing)
    alone = first.sum(axis=0)
    only = subsets.fraction(gain - alone, gain)
    return {
        "first_in": figure(subsets.estimate(alone)),
        "left_out": figure(subsets.estimate(last.sum(axis=0))),
        "together": figure(subsets.estimate(gain)),
        "only_together": figure(only),
        "pairs": _pairs(subsets, purse, first, last, worth=only is not None),
    }


def _pairs(
    subsets: Subsets, purse: Purse, first: Matrix, last: Matrix, *, worth: bool
) -> list[dict[str, Any]]:
    """Pairs of the parts that gain most from company, on the baseline: alone, and together.

    All pairs would take a program each. A part whose loss from the champion is far from what
    it adds to the baseline depends on others. worth: run them; else they are told where all of
    them have run already.
    """
    apart = [abs(subsets.doubt.mean(b - a)) for a, b in zip(first, last, strict=True)]
    ranked = sorted(range(len(apart)), key=lambda n: (-apart[n], n))[:STRONGEST]
    poset = subsets.poset
    some = [pair for pair in combinations(sorted(ranked), 2) if not poset.comparable(*pair)]
    programs = [subsets.anatomy.candidate(one) for pair in some for one in _corners(poset, *pair)]
    if not some or not (worth or not subsets.missing(programs)):
        return []
    if not purse.pay("strongest pairs", programs):
        return []
    rows = [_pair(subsets, *pair) for pair in some]
    rows.sort(key=lambda row: -abs(row["more"]["mean"]))
    return [row for row in rows if row["more"]["mean"]][:PAIRS_SHOWN]


def _corners(poset: Poset, one: int, two: int) -> tuple[frozenset[int], ...]:
    """Both, the one and the other, each with its needs, and what both of them need."""
    first, second = poset.closure_down([one]), poset.closure_down([two])
    return first | second, first, second, first & second


def _pair(subsets: Subsets, one: int, two: int) -> dict[str, Any]:
    """together, alone: gains over the baseline; more: of both beyond those of each."""
    parts, nothing = subsets.anatomy.parts, subsets.value(frozenset())
    both, first, second, shared = map(subsets.value, _corners(subsets.poset, one, two))
    return {
        "parts": [parts[one].name, parts[two].name],
        "together": figure(subsets.estimate(both - nothing)),
        "alone": [figure(subsets.estimate(row - nothing)) for row in (first, second)],
        "more": figure(subsets.estimate(both - first - second + shared)),
    }
