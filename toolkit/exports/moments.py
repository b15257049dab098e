"""Moments at which a run's attempts began and ended, as its ledger has them."""

from __future__ import annotations

from pathlib import Path

from ..ledger.ledger import Ledger

Moments = dict[tuple[str, int], tuple[float, float | None]]
"""{(cell key, trial): (Unix time of its last beginning, Unix time of its end or None)}"""


def moments(folder: Path) -> Moments:
    """Moments of every attempt; one that a kill cut off began when it was begun again."""
    found: Moments = {}
    with Ledger(folder, writer=False) as ledger:
        for event in ledger.events():
            if event.kind == "started":
                found[event.cell, event.data["number"]] = event.at, None
            elif event.kind == "finished":
                key = event.cell, event.data["number"]
                found[key] = found[key][0], event.at
    return found
