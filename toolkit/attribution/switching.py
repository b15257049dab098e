"""Switches and a champion: what each that is off would add, and which edits a switch stands in for.

An edit is held by a switch that makes most of it worthless: with the switch on, leaving the edit
out costs less than half of what it costs without. Where the two cannot be on together, because they
change the same lines, the switch is put in the edit's place. Tuning of this study could then have
expressed the value of the edits that are held (docs/attribution.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..edits.anatomy import normal
from ..patches.hunks import parse
from ..records import Candidate
from ..shapley.game import Matrix
from ..statistics import Estimate
from ..study.space import Switch, switches
from .by_label import fractions
from .results import figure
from .subsets import Purse, Subsets
from .values import Values

MOST_EDITS = 8
"""Edits that are asked about, those first that cost most where they are left out."""
HELD = 0.5
"""Fraction of an edit's cost below which it is held by a switch that leaves no more of it."""


@dataclass(frozen=True)
class _Stand:
    """Attempt of a switch to stand in for an edit, as two programs: with the edit and without.

    in_place: the switch and the edit cannot be on together, so that with it there is no switch.
    """

    part: int
    name: str
    value: str
    whole: Candidate
    without: Candidate
    in_place: bool


class Switching:
    """Questions about one champion and the study's switches."""

    def __init__(self, subsets: Subsets, purse: Purse, left_out: Matrix | None) -> None:
        self.subsets, self.purse, self.left_out = subsets, purse, left_out
        self.switches: Mapping[str, Switch] = switches(subsets.measured.bench.study.space)
        self.champion = subsets.anatomy.candidate(subsets.anatomy.everything)

    def account(self, values: Values) -> dict[str, Any] | None:
        """Entry of the account; None in a study without switches. `held` is None if not asked."""
        if not self.switches:
            return None
        on = {n: v for n, v in self.champion.overrides.items() if n in self.switches and v}
        held = self._held()
        rows = [row["place"] for row in held or ()]
        return {
            "on": on,
            "off": self._off(on),
            "held": held and [{k: v for k, v in row.items() if k != "place"} for row in held],
            "asked": len(self._asked()),
            **fractions(self.subsets, values, rows),
        }

    def _with(self, base: Candidate, name: str, value: str) -> Candidate:
        made = Candidate({**base.overrides, name: value}, base.patch)
        return normal(made, self.subsets.anatomy.defaults)

    def _off(self, on: Mapping[str, str]) -> list[dict[str, Any]]:
        """{"switch", "value", "adds", "problem"} of every patch that is not in the champion."""
        tried = [
            (name, value, self._with(self.champion, name, value))
            for name, switch in self.switches.items()
            for value in switch.values
            if value and on.get(name) != value
        ]
        problems = {one.digest: self.subsets.measured.problem(one) for _, _, one in tried}
        run = [one for _, _, one in tried if not problems[one.digest]]
        paid = self.purse.pay("switches that are off", [*run, self.champion])
        return [
            {
                "switch": name,
                "value": value,
                "adds": figure(self._gain(self.champion, one))
                if paid and not problems[one.digest]
                else None,
                "problem": problems[one.digest],
            }
            for name, value, one in tried
        ]

    def _gain(self, one: Candidate, other: Candidate) -> Estimate:
        return self.subsets.estimate(self.subsets.scores(other) - self.subsets.scores(one))

    def _asked(self) -> list[int]:
        """Edits that cost something where they are left out, the dearest first."""
        if self.left_out is None:
            return []
        parts = self.subsets.anatomy.parts
        cost = {
            n: self.subsets.doubt.mean(self.left_out[n])
            for n, part in enumerate(parts)
            if part.form == "edit" and part.blocks
        }
        return sorted((n for n in cost if cost[n] > 0), key=lambda n: -cost[n])[:MOST_EDITS]

    def _held(self) -> list[dict[str, Any]] | None:
        stands = [one for place in self._asked() for one in self._stands(place)]
        programs = [two for one in stands for two in (one.whole, one.without)]
        if self.left_out is None or not self.purse.pay("switches for edits", programs):
            return None
        found: dict[int, dict[str, Any]] = {}
        for one in stands:
            row = self._row(one)
            known = found.get(one.part)
            if row and (known is None or row["left"]["mean"] < known["left"]["mean"]):
                found[one.part] = row
        return list(found.values())

    def _stands(self, place: int) -> Iterator[_Stand]:
        """Attempts of the switches that change a file which the edit changes as well."""
        anatomy, problem = self.subsets.anatomy, self.subsets.measured.problem
        gone = self.subsets.poset.descendants(place) | {place}
        rest = anatomy.candidate(anatomy.everything - gone)
        files = {block.path for block in anatomy.parts[place].blocks}
        for name, switch in self.switches.items():
            for value, text in zip(switch.values, switch.patches, strict=True):
                if not text or not files & {section.path for section in parse(text)}:
                    continue
                both, alone = (self._with(base, name, value) for base in (self.champion, rest))
                if self.champion.overrides.get(name) == value or problem(alone):
                    continue
                in_place = bool(problem(both))
                whole = self.champion if in_place else both
                yield _Stand(place, name, value, whole, alone, in_place)

    def _row(self, one: _Stand) -> dict[str, Any] | None:
        """Row of an edit that a switch holds; None where it leaves too much of it."""
        assert self.left_out is not None
        cost = self.subsets.estimate(self.left_out[one.part])
        left = self._gain(one.without, one.whole)
        if left.mean >= HELD * cost.mean:
            return None
        return {
            "place": one.part,
            "part": self.subsets.anatomy.parts[one.part].name,
            "switch": one.name,
            "value": one.value,
            "costs": figure(cost),
            "left": figure(left),
            "in_place": one.in_place,
        }


def switching(
    subsets: Subsets, purse: Purse, values: Values, left_out: Matrix | None
) -> dict[str, Any] | None:
    """{"on", "off", "held", "asked", "fraction", "enabling_fraction", "range"} of a champion."""
    return Switching(subsets, purse, left_out).account(values)
