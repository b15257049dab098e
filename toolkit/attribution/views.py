"""Values of a champion's parts under each view, from what the measured programs returned.

No program runs for them: the orders are those that the values were computed from, and every program
in these has left its outputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np

from ..bench.judge import Unscored
from ..records import Candidate
from ..shapley import game
from ..shapley.chains import Chains
from ..shapley.game import Matrix, Vector
from ..shapley.rounds import ItemBlock
from .concept import Concept
from .estimated import with_doubt
from .measure import Measurements
from .results import figure
from .subsets import Subsets
from .values import Values

Scores = Mapping[str, float]


class Unknown(Exception):  # noqa: N818 - says what is missing
    """A program was measured by an earlier version, which kept no outputs of it."""


class Viewed:
    """Measured programs judged by one view."""

    def __init__(self, measured: Measurements, view: str) -> None:
        self._measured = measured
        self._judge = measured.bench.judge.by(view)
        self._known: dict[str, Scores] = {}

    def vector(self, candidate: Candidate, rows: list[str]) -> Vector:
        """Scores of some rows. Raises Unscored, and Unknown where outputs are not on record."""
        found = self._scores(candidate.digest)
        missing = [row for row in rows if row not in found]
        more = self._failed(candidate.digest, missing) if missing else {}
        return np.array([found[row] if row in found else more[row] for row in rows])

    def _scores(self, program: str) -> Scores:
        if program not in self._known:
            found: dict[str, float] = {}
            for blob in self._measured.outputs(program):
                found |= self._judge.scores(self._measured.journal.ledger.get(blob))
            self._known[program] = found
        return self._known[program]

    def _failed(self, program: str, rows: list[str]) -> Scores:
        """Scores where a program failed: 0, or the baseline's where that is below 0."""
        homes = self._measured.state.rows(self._measured.state.final)
        for row in rows:
            known = self._measured.known(program, homes[row])
            if known is None or known.ok:
                raise Unknown(f"no outputs of a measured program on {row}")
        base = self._base if self._is_loss else dict.fromkeys(rows, 0.0)
        return {row: base[row] for row in rows}

    @cached_property
    def _base(self) -> Scores:
        return self._scores(Candidate().digest)

    @cached_property
    def _is_loss(self) -> bool:
        return sum(self._base.values()) < 0


def of_parts(subsets: Subsets, found: Values) -> dict[str, Values]:
    """{view: values of the parts by it}, of the views by which all their programs are judged.

    Empty where programs ran under several seeds: their outputs are those of one of them.
    """
    if subsets.doubt.programs or subsets.measured.state.claim == "replicates":
        return {}
    views = {}
    for view in subsets.measured.bench.vault.views:
        try:
            views[view] = _values(subsets, found, Viewed(subsets.measured, view))
        except (Unscored, Unknown):
            continue
    return views


def _values(subsets: Subsets, found: Values, viewed: Viewed) -> Values:
    """Values of the same parts by the same orders, in the view's scores."""

    def value(chosen: frozenset[int]) -> Vector:
        scores = viewed.vector(subsets.anatomy.candidate(chosen), list(subsets.items))
        return np.concatenate([scores, np.zeros(subsets.doubt.orders)])

    def block(chosen: frozenset[int], block: ItemBlock) -> Vector:
        rows = [subsets.items[n] for n in block.items]
        return viewed.vector(subsets.anatomy.candidate(chosen), rows)

    chained = [one.chains for one in (found.ordered, found.enabling)]
    if found.ordered.chains is None:
        ordered = partial(game.shapley, players=len(subsets.anatomy.parts))
        phi: Matrix = ordered(value, requires=subsets.order.requires)
        same = subsets.poset.unordered
        other = phi if same else game.enabling_credit(value, subsets.poset)
        return Values(Concept(phi), Concept(other))
    distinct = list({id(one): one for one in chained if one}.values())
    drawn = [Chains(block, one.rounds, ends=True) for one in distinct]
    concepts = with_doubt(subsets, drawn)
    return Values(concepts[0], concepts[-1])


def gains(subsets: Subsets, views: Mapping[str, Values]) -> dict[str, Any]:
    """{view: the champion's gain}"""
    return {
        view: figure(subsets.estimate(one.ordered.phi.sum(axis=0))) for view, one in views.items()
    }


def figures(subsets: Subsets, views: Mapping[str, Values], rows: list[int]) -> dict[str, Any]:
    """{view: {"value", "enabling"}} of some parts taken together."""
    return {
        view: {
            name: {end: concept.figure(subsets, rows)[end] for end in ("mean", "low", "high")}
            for name, concept in (("value", one.ordered), ("enabling", one.enabling))
        }
        for view, one in views.items()
    }


def by_label(
    subsets: Subsets, views: Mapping[str, Values], labels: Mapping[str, list[str]]
) -> dict[str, Any]:
    """{"claimed" or "read": {label: {view: {"value", "enabling"}}}}. labels: one of each part."""
    return {
        name: {
            label: figures(subsets, views, [n for n, own in enumerate(some) if own == label])
            for label in dict.fromkeys(filter(None, some))
        }
        for name, some in labels.items()
    }
