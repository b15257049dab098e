"""Scorings that the host wants for itself: of the baseline, floors, champions, checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..ledger.subjects import Split
from ..records import Scored


@dataclass(frozen=True)
class Scoring:
    """A program or a rule to be scored on one split. purpose: why, for the openings of a split."""

    subject: str
    split: Split
    purpose: str
    run: Callable[[], Scored]
