"""Section on spend: who used what, by role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..figures import dollars
from ..report import answers
from ..report.wording import Wording
from . import bars
from .marks import Palette

KEYS = ("cpu_s", "seconds", "tokens", "usd")

AXES = {"cpu_s": "CPU s of a searcher", "tokens": "tokens", "usd": "dollars", "trials": "trials"}

Row = Mapping[str, Any]


def spend(summary: Row, found: Row, words: Wording, palette: Palette) -> dict[str, Any]:
    """A row for each role, with its parts by cell."""
    roles: dict[str, list[Row]] = {}
    for row in found["spend"]:
        roles.setdefault(row["role"], []).append(row)
    totals = {
        role: {key: _sum(row[key] for row in rows) for key in KEYS} for role, rows in roles.items()
    }
    most = max((one["seconds"] or 0.0 for one in totals.values()), default=0.0)
    return {
        "roles": [
            {
                "role": role,
                **_told(totals[role]),
                "drawn": bars.amount(
                    totals[role]["seconds"], most, f"{role}: {_seconds(totals[role]['seconds'])} s",
                    "ink",
                ),
                "rows": [
                    {"who": row["who"], "count": _count(row), **_told(row)} for row in rows
                ] if len(rows) > 1 or rows[0]["who"] != "host" else [],
                "count": _total(rows),
            }
            for role, rows in roles.items()
        ],
        "notes": [
            *(f"{AXES[axis]}: {note}" for axis, note in summary["axis_notes"].items()),
            *answers.lines(summary),
        ],
        "dollars": any(one["usd"] for one in totals.values()),
    }  # fmt: skip


def _sum(values: Iterable[float | None]) -> float | None:
    """Sum of what is known; None where one is unknown, which is not 0."""
    some = list(values)
    return None if None in some else sum(one for one in some if one is not None)


def _told(row: Row) -> dict[str, str]:
    tokens, usd = row["tokens"], row["usd"]
    return {
        "cpu_s": _seconds(row["cpu_s"]),
        "seconds": _seconds(row["seconds"]),
        "tokens": "unknown" if tokens is None else f"{tokens:,.0f}",
        "usd": "unknown" if usd is None else dollars(usd),
    }


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"


def _count(row: Row) -> str:
    if row["evaluations"] is not None:
        return f"{row['evaluations']:,} evaluations"
    return f"{row['calls']:,} calls" if row["calls"] is not None else ""


def _total(rows: list[Row]) -> str:
    for key, noun in (("evaluations", "evaluations"), ("calls", "calls")):
        some = [row[key] for row in rows]
        if None not in some:
            return f"{sum(some):,} {noun}"
    return ""
