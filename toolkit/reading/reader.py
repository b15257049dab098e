"""Readings of a champion's parts: the label that the code shows, and whether tuning reaches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from typing import Any

from ..edits.anatomy import Anatomy
from ..study import space
from ..study.roles import Roles, possible_labels
from . import labels, switching
from .reach import reach

NOTHING = "nothing"


@dataclass(frozen=True)
class Reading:
    """Reading of one part.

    read: the label by the difference of the code, `mixed`, or `nothing` where nothing that runs
    differs; why: the evidence for it. reach: R0 to R3; reach_why: the evidence for that.
    """

    read: str
    why: str
    reach: str
    reach_why: str

    def to_json(self) -> dict[str, str]:
        return asdict(self)


class Reader:
    """Reader of the parts of one champion, with the study's roles and parameters."""

    def __init__(self, study: Mapping[str, Any]) -> None:
        """study: the description in the ledger."""
        self.roles = Roles.from_json(study.get("roles", {}))
        declared = study.get("space", {})
        self.space = {name: space.from_json(one) for name, one in declared.items()}
        self.switches = space.switches(self.space)
        self._known: dict[tuple[int, str], Reading] = {}

    def read(self, anatomy: Anatomy, place: int) -> Reading:
        """Reading of one part, as the step that it was in the order of acceptance.

        Splitting other parts leaves its step as it was, so it is read once.
        """
        part = anatomy.parts[place]
        key = part.trial, part.name
        if key not in self._known:
            self._known[key] = self._read(anatomy, place)
        return self._known[key]

    def _read(self, anatomy: Anatomy, place: int) -> Reading:
        part = anatomy.parts[place]
        sets = {name: anatomy.defaults.get(name) for name in part.dropped} | dict(part.overrides)
        before: switching.Tree = anatomy.tree(range(place)) if part.blocks else {}
        after: switching.Tree = anatomy.tree(range(place + 1)) if part.blocks else {}
        range_ = reach(before, after, self.space, sets)
        if self.switches.keys() & sets.keys():  # its label is what the patch is
            before, after = switching.trees(anatomy, place, self.space)
            sets = {name: one for name, one in sets.items() if name not in self.switches}
        found = labels.classify(before, after, self.roles, tuple(self.space), sets)
        return Reading(found.label or NOTHING, found.evidence, range_.level, range_.evidence)

    def all(self, anatomy: Anatomy) -> list[Reading]:
        return [self.read(anatomy, place) for place in range(len(anatomy.parts))]

    def possible(self, pristine: Mapping[str, str]) -> Sequence[str]:
        """Labels that an edit of this study can have at all."""
        return possible_labels(self.roles, pristine)


def agreement(anatomy: Anatomy, readings: Sequence[Reading]) -> dict[str, Any]:
    """Agreement of the searcher's labels with those read, over the edits that have a label."""
    pairs = [
        (part.label, reading.read)
        for part, reading in zip(anatomy.parts, readings, strict=True)
        if part.form == "edit" and part.label
    ]
    chance_free = labels.kappa(pairs)
    return {
        "edits": len(pairs),
        "agree": sum(claimed == found for claimed, found in pairs),
        "kappa": None if isnan(chance_free) else chance_free,
    }
