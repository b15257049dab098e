"""Part of a champion's gain that tuning declared parameters could have had as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..edits.anatomy import normal
from ..records import Candidate
from .by_label import fractions
from .results import figure
from .subsets import Purse, Subsets
from .values import Values


def automl(
    subsets: Subsets, purse: Purse, values: Values, reachable: Sequence[int],
    tuned: Mapping[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
    """reachable: parts that values of declared parameters could have expressed.

    tuned: {"by": cell, "values": {...}}: the best values that a search of parameters alone found at
    the same budget, or None. Their fraction is a lower bound: others may reach the same score.
    """
    found: dict[str, Any] = {"reachable": [subsets.anatomy.parts[n].name for n in reachable]}
    found["sum"] = values.ordered.figure(subsets, reachable)
    found["enabling"] = values.enabling.figure(subsets, reachable)
    found |= fractions(subsets, values, reachable)
    return found | _ends(subsets, purse, reachable) | _grid(subsets, purse, tuned)


def _ends(subsets: Subsets, purse: Purse, reachable: Sequence[int]) -> dict[str, Any]:
    """Gain of the reachable parts in two situations.

    alone: with nothing else but what they need; on_top: what the champion loses without them and
    without all parts that need them.
    """
    poset, whole = subsets.poset, subsets.anatomy.everything
    some = poset.closure_down(reachable)
    gone = frozenset(reachable).union(*(poset.descendants(n) for n in reachable))
    ideals = (some, frozenset[int](), whole, whole - gone)
    if not purse.pay("reachable parts", [subsets.anatomy.candidate(one) for one in ideals]):
        return {"alone": None, "on_top": None}
    with_some, nothing, everything, rest = map(subsets.value, ideals)
    return {
        "alone": figure(subsets.estimate(with_some - nothing)),
        "on_top": figure(subsets.estimate(everything - rest)),
    }


def _grid(subsets: Subsets, purse: Purse, tuned: Mapping[str, Any] | None) -> dict[str, Any]:
    """Code and settings as two factors of a two by two table.

    The champion's code or the pristine code, with the default values or the tuned ones; parameters
    that the code adds stay at their defaults.
    """
    patch = subsets.anatomy.candidate(subsets.anatomy.everything).patch
    if tuned is None or not patch:
        return {"grid": None}
    defaults = subsets.anatomy.defaults
    settings: tuple[Mapping[str, Any], ...] = ({}, tuned["values"])
    corners = [normal(Candidate(one, code), defaults) for code in ("", patch) for one in settings]
    if not purse.pay("code x settings", corners):
        return {"grid": None}
    v00, v01, v10, v11 = map(subsets.scores, corners)
    return {
        "grid": {
            "tuned_by": tuned["by"],
            "scores": [[subsets.level(v) for v in row] for row in ((v00, v01), (v10, v11))],
            "tuned_gain": figure(subsets.estimate(v01 - v00)),
            "settings": figure(subsets.estimate(((v01 - v00) + (v11 - v10)) / 2)),
            "code": figure(subsets.estimate(((v10 - v00) + (v11 - v01)) / 2)),
            "interaction": figure(subsets.estimate(v11 - v10 - v01 + v00)),
        }
    }
