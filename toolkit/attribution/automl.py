"""What tuning declared parameters could have had of a champion's gain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..edits.anatomy import normal
from ..records import Candidate
from ..shapley.game import Matrix
from .champion import Champion, Purse
from .results import figure


def automl(
    champion: Champion, purse: Purse, phi: Matrix | None, reachable: Sequence[int],
    tuned: Mapping[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
    """reachable: parts that values of declared parameters could have expressed.

    tuned: {"by": cell, "values": {...}}: the best that a search of parameters alone found at the
    same budget, or None. Their share is a lower bound: other values may reach the same score.
    """
    found: dict[str, Any] = {"reachable": [champion.anatomy.parts[n].name for n in reachable]}
    if phi is not None:
        part = phi[list(reachable)].sum(axis=0)
        found["part"] = figure(champion.estimate(part))
        found["share"] = figure(champion.share(part, phi.sum(axis=0)))
    return found | _ends(champion, purse, reachable) | _grid(champion, purse, tuned)


def _ends(champion: Champion, purse: Purse, reachable: Sequence[int]) -> dict[str, Any]:
    """alone: the reachable parts and nothing else that they do not need; on_top: what the champion
    loses without them and all that needs them."""
    poset, whole = champion.poset, champion.anatomy.everything
    some = poset.closure_down(reachable)
    gone = frozenset(reachable).union(*(poset.descendants(n) for n in reachable))
    ideals = (some, frozenset[int](), whole, whole - gone)
    if not purse.pay("reachable parts", [champion.anatomy.candidate(one) for one in ideals]):
        return {"alone": None, "on_top": None}
    with_some, nothing, everything, rest = map(champion.value, ideals)
    return {
        "alone": figure(champion.estimate(with_some - nothing)),
        "on_top": figure(champion.estimate(everything - rest)),
    }


def _grid(champion: Champion, purse: Purse, tuned: Mapping[str, Any] | None) -> dict[str, Any]:
    """Code and settings as two factors: the champion's code or the pristine one, with the default
    values or the tuned ones (parameters that the code adds stay at their defaults)."""
    patch = champion.anatomy.candidate(champion.anatomy.everything).patch
    if tuned is None or not patch:
        return {"grid": None}
    defaults = champion.anatomy.defaults
    settings: tuple[Mapping[str, Any], ...] = ({}, tuned["values"])
    corners = [normal(Candidate(one, code), defaults) for code in ("", patch) for one in settings]
    if not purse.pay("code by settings", corners):
        return {"grid": None}
    v00, v01, v10, v11 = map(champion.scores, corners)
    return {
        "grid": {
            "tuned_by": tuned["by"],
            "scores": [[float(v.mean()) for v in row] for row in ((v00, v01), (v10, v11))],
            "tuned_gain": figure(champion.estimate(v01 - v00)),
            "settings": figure(champion.estimate(((v01 - v00) + (v11 - v10)) / 2)),
            "code": figure(champion.estimate(((v10 - v00) + (v11 - v01)) / 2)),
            "interaction": figure(champion.estimate(v11 - v10 - v01 + v00)),
        }
    }
