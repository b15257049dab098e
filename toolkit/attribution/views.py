"""Values of a champion's parts under each view, from what the measured programs returned.

No program runs for them: the orders are those that the values were computed from, and every program
in these has left its outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from ..bench.judge import Unscored
from ..records import Candidate, canonical
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
    """A view cannot judge a program, such as one that an earlier version kept no outputs of."""


class Judged:
    """Outputs of measured programs, judged by every view; each different output of an item once.

    Programs of one champion mostly agree, so that few of their outputs are different.
    """

    def __init__(self, measured: Measurements) -> None:
        self._measured = measured
        judge = measured.bench.judge
        self._judges = {view: judge.by(view) for view in judge.vault.views}
        self._known: dict[tuple[str, str], dict[str, float]] = {}
        self._programs: dict[str, dict[str, dict[str, float]]] = {}

    @property
    def views(self) -> list[str]:
        """Views that have judged everything so far."""
        return list(self._judges)

    def of(self, program: str) -> Mapping[str, Scores]:
        """{item: {view: score}} on all that a program was measured on."""
        if program not in self._programs:
            found: dict[str, dict[str, float]] = {}
            for blob in self._measured.outputs(program):
                outputs = self._measured.journal.ledger.get(blob)
                found |= {item: self._scores(item, output) for item, output in outputs.items()}
            self._programs[program] = found
        return self._programs[program]

    def _scores(self, item: str, output: Any) -> dict[str, float]:
        key = item, canonical(output)
        if key not in self._known:
            self._known[key] = {
                view: score
                for view in self.views
                if (score := self._by(view, item, output)) is not None
            }
        return self._known[key]

    def _by(self, view: str, item: str, output: Any) -> float | None:
        try:
            return self._judges[view].scores({item: output})[item]
        except Unscored:  # then it tells nothing of the parts
            del self._judges[view]
            return None


@dataclass
class Viewed:
    """Measured programs by one view."""

    measured: Measurements
    judged: Judged
    view: str

    def vector(self, candidate: Candidate, rows: Sequence[str]) -> Vector:
        """Scores of some rows. Raises Unknown where they are not to be had."""
        found = self.judged.of(candidate.digest)
        missing = [row for row in rows if row not in found]
        more = self._failed(candidate.digest, missing) if missing else {}
        if self.view not in self.judged.views:
            raise Unknown(f"{self.view} has no score for an output")
        return np.array([found[row][self.view] if row in found else more[row] for row in rows])

    def _failed(self, program: str, rows: Sequence[str]) -> Scores:
        """Scores where a program failed: 0, or the baseline's where that is below 0."""
        homes = self.measured.state.rows(self.measured.state.final)
        for row in rows:
            known = self.measured.known(program, homes[row])
            if known is None or known.ok:
                raise Unknown(f"no outputs of a measured program on {row}")
        base = self._base
        return base if sum(base.values()) < 0 else dict.fromkeys(rows, 0.0)

    @cached_property
    def _base(self) -> Scores:
        found = self.judged.of(Candidate().digest)
        return {row: scores[self.view] for row, scores in found.items()}


def of_parts(subsets: Subsets, found: Values) -> dict[str, Values]:
    """{view: values of the parts by it}, of the views by which all their programs are judged.

    Empty where programs ran under several seeds: their outputs are those of one of them.
    """
    if subsets.doubt.programs or subsets.measured.state.claim == "replicates":
        return {}
    measured, views = subsets.measured, {}
    judged = Judged(measured)
    for number, view in enumerate(judged.views):
        viewed = Viewed(measured, judged, view)
        try:  # the first one is quoted; the others are to cost little
            views[view] = _values(subsets, found, viewed, plain=number > 0)
        except Unknown:
            continue
    return views


def _values(subsets: Subsets, found: Values, viewed: Viewed, *, plain: bool) -> Values:
    """Values of the same parts by the same orders, in the view's scores.

    plain: without what is fitted against the chance of the orders (shapley/control.py).
    """

    def value(chosen: frozenset[int]) -> Vector:
        scores = viewed.vector(subsets.anatomy.candidate(chosen), subsets.items)
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
    drawn = [Chains(block, one.rounds, ends=not plain, plain=plain) for one in distinct]
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
