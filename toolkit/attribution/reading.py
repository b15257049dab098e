"""What a deterministic reader makes of each part: its type, and whether tuning could reach it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..records import LABELS
from .parts import Anatomy


@dataclass(frozen=True)
class Reading:
    """read: the type by the difference of the code; why: what decided it. reach: R0 to R3."""

    read: str
    why: str
    reach: str
    reach_why: str

    def to_json(self) -> dict[str, str]:
        return dict(vars(self))


def read(anatomy: Anatomy, study: Mapping[str, Any]) -> list[Reading]:
    """One a part, as steps in the order of acceptance."""
    return [read_one(anatomy, place, study) for place in range(len(anatomy.parts))]


def read_one(anatomy: Anatomy, place: int, study: Mapping[str, Any]) -> Reading:
    p = anatomy.parts[place]
    return Reading(p.label if p.blocks else "hyperparameter", "", "R3" if p.blocks else "R0", "")


def possible(study: Mapping[str, Any]) -> Sequence[str]:
    return LABELS


def agreement(anatomy: Anatomy, readings: Sequence[Reading]) -> dict[str, Any]:
    return {}
