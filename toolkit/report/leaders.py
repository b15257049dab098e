"""On screen: who leads at how much of what, and how many independent trials that is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table

from .gains import span

UNITS = {"trials": "trials", "cpu_s": "CPU s", "tokens": "tokens", "usd": "dollars"}
MEDIUM, NARROW = 78, 64


def table(standings: Mapping[str, Any], width: int) -> Table | None:
    """One row a checkpoint of each axis; None where there are not two searchers to compare."""
    rows = [(axis, row) for axis, some in standings.items() for row in some if "second" in row]
    if not rows:
        return None
    title = (
        "who leads on test at so much use or less (intervals by seed and conversation, unadjusted)"
    )
    found = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    found.add_column("used", justify="right", no_wrap=True)
    found.add_column("leader", overflow="fold")
    if width >= MEDIUM:
        found.add_column("before", overflow="fold")
    heading = "by [95 %]" if width >= NARROW else "by"
    found.add_column(heading, justify="right", no_wrap=True)
    for axis, row in rows:
        low, high = row["interval"]
        known = {"mean": row["gap"], "low": low, "high": high}
        gap = span(known) if width >= NARROW else f"{row['gap']:+.3f}"
        tied = row["gap"] == 0
        leader = "nobody" if tied else f"{row['leader']} {row['scores'][row['leader']]:.3f}"
        second = f"{row['second']} {row['scores'][row['second']]:.3f}"
        others = [second] if width >= MEDIUM else []
        found.add_row(f"{_amount(axis, row['at'])} {UNITS[axis]}", leader, *others, gap)
    return found


def yardsticks(searchers: Mapping[str, Any]) -> list[str]:
    """What independent trials are expected to reach, and how many of them the others are worth."""
    lines = []
    for name, row in searchers.items():
        if not row["expected"]:
            continue
        most = row["expected"][-1]["trials"]
        steps = "; ".join(f"{one['trials']}: {one['search']:.3f}" for one in row["expected"])
        others = [
            f"; as many trials of {name} as are expected to reach {other}'s "
            f"{searchers[other]['search']:.3f}: "
            + (f"more than {most}" if many is None else f"about {many}")
            for other in searchers
            for known, many in searchers[other]["as_many"].items()
            if known == name
        ]
        lines.append(
            f"{name}'s trials are independent; expected search score of the best of {steps}"
            + "".join(others)
        )
    return lines


def _amount(axis: str, at: float) -> str:
    return f"{at:,.0f}" if axis == "tokens" else f"{at:.3g}"
