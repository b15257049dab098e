"""Section on what a gain loses: from search over fresh to test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..report import cells
from ..report.wording import Wording
from . import bars
from .marks import Palette

Row = Mapping[str, Any]


def splits(summary: Row, found: Row, words: Wording, palette: Palette) -> dict[str, Any]:
    """A row for each champion that is not the baseline: its gain on each split."""
    base = summary["baseline"]
    rows = [_gains(cell, base, words) for cell in summary["cells"] if cell["champion"]]
    scale = bars.axis(x for row in rows for x in (row["search"], row["fresh"], row["test"]))
    return {
        "held_out": words.held_out,
        "standing": words.standing,
        "final": words.split,
        "has_fresh": any(row["fresh"] is not None for row in rows),
        "gap": words.sealed,
        "rows": [
            {
                "name": row["name"],
                "search": words.signed(row["search"]),
                "fresh": words.signed(row["fresh"]),
                "test": words.signed(row["test"]),
                "gap": words.signed(row["gap"]),
                "selection": words.figure(row["selection"]),
                "shift": words.figure(row["shift"]),
                "drawn": bars.points(
                    [(name, row[name]) for name in ("search", "fresh", "test")],
                    scale,
                    f"{row['name']}: gain on search {words.signed(row['search'])}, on "
                    f"{words.split} {words.signed(row['test'])}",
                ),
            }
            for row in rows
        ],
    }


def _gains(cell: Row, base: Row, words: Wording) -> dict[str, Any]:
    fresh = cell["fresh"] or {}
    search = _gain(cell["search"], base["search"], words)
    return {
        "name": cells.titled(cell),
        "search": search,
        "fresh": fresh["fresh"]["mean"] if fresh.get("fresh") else None,
        "test": cell["gain"],
        "gap": cell["gap"],
        "selection": fresh.get("selection"),
        "shift": fresh.get("shift"),
    }


def _gain(level: float | None, base: float | None, words: Wording) -> float | None:
    """Difference of two levels, above 0 where it is better."""
    if level is None or base is None:
        return None
    return words.objective.sign * (level - base)
