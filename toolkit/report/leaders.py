"""Leaders at equal use, on screen, and how many independent trials their scores are worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table

from ..figures import counted
from .wording import Wording

UNITS = {"trials": "trials", "cpu_s": "CPU s", "tokens": "tokens", "usd": "dollars"}
MEDIUM, NARROW = 78, 64


def table(standings: Mapping[str, Any], width: int, words: Wording) -> Table | None:
    """One row for each checkpoint of each axis; None with fewer than two searchers to compare."""
    rows = [(axis, row) for axis, some in standings.items() for row in some if "second" in row]
    if not rows:
        return None
    found = Table(title=_title(words), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    found.add_column("used", justify="right", no_wrap=True)
    found.add_column("leader", overflow="fold")
    if width >= MEDIUM:
        found.add_column("ahead of", overflow="fold")
    heading = "by [95 %]" if width >= NARROW else "by"
    found.add_column(heading, justify="right", no_wrap=True)
    for axis, row in rows:
        span, alone = words.span(row["gap"], row["interval"]), words.signed(row["gap"])
        tied = row["gap"] == 0
        leader = "nobody" if tied else f"{row['leader']} {words.level(_level(row, 'leader'))}"
        second = f"{row['second']} {words.level(_level(row, 'second'))}"
        others = [second] if width >= MEDIUM else []
        gap = span if width >= NARROW else alone
        found.add_row(f"{_amount(axis, row['at'])} {UNITS[axis]}", leader, *others, gap)
    return found


def _title(words: Wording) -> str:
    over = "seed"
    if words.held_out:
        over += f" and {words.unit_of_sampling[0]}"
    where = f" on {words.split}" if words.held_out else ""
    return f"leader{where} at equal use (intervals by {over}, unadjusted)"


def _level(row: Mapping[str, Any], place: str) -> float:
    level: float = row["scores"][row[place]]
    return level


def yardsticks(searchers: Mapping[str, Any], words: Wording) -> list[str]:
    """Lines on independent trials: what they are expected to reach, and what others are worth."""
    lines = []
    for name, row in searchers.items():
        if not row["expected"]:
            continue
        most = row["expected"][-1]["trials"]
        steps = "; ".join(
            f"{one['trials']}: {words.level(one['search'])}" for one in row["expected"]
        )
        others = [
            f"; {name} needs {_about(many, most)} to be expected to reach {other}'s "
            f"{words.level(searchers[other]['search'])}"
            for other in searchers
            for known, many in searchers[other]["as_many"].items()
            if known == name
        ]
        lines.append(
            f"{name}'s trials are independent; expected search score of the best of so many "
            f"trials: {steps}" + "".join(others)
        )
    return lines


def _about(many: int | None, most: int) -> str:
    """Trials that it takes; None: more than anything is said of."""
    count = most if many is None else many
    trials = counted(count, "trial")
    return f"more than {trials}" if many is None else f"about {trials}"


def _amount(axis: str, at: float) -> str:
    return f"{at:,.0f}" if axis == "tokens" else f"{at:.3g}"
