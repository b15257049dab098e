"""Leaders at equal use, on screen, and how many independent trials their scores are worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table

from ..figures import counted
from ..statistics import LEVEL
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
        found.add_column("leads", overflow="fold")
    heading = "by [95 %]" if width >= NARROW else "by"
    found.add_column(heading, justify="right", no_wrap=True)
    for axis, row in rows:
        leader, second = _first_two(row, words)
        others = [second] if width >= MEDIUM else []
        gap = words.span(row["gap"], row["interval"]) if width >= NARROW else None
        gap = gap or words.signed(row["gap"])
        gap = "" if _kept(row) and not second else gap
        found.add_row(f"{_amount(axis, row['at'])} {UNITS[axis]}", leader, *others, gap)
    return found


def _first_two(row: Mapping[str, Any], words: Wording) -> tuple[str, str]:
    """The leader and whom it leads, with their levels; nobody is led where the two are tied."""
    first, second = (f"{row[one]} {words.level(_level(row, one))}" for one in ("leader", "second"))
    if not (words.is_nothing(row["gap"]) and row["p"] >= LEVEL):
        return first, second
    if not _kept(row):
        return f"tied: {row['leader']}, {second}", ""
    if set(row["scores"]) <= set(row["unimproved"]):
        return f"{'both' if len(row['scores']) == 2 else 'all'} are the baseline", ""
    return f"the baseline: {row['leader']}, {second}", ""


def _kept(row: Mapping[str, Any]) -> bool:
    """True where the first two are the baseline."""
    return {row["leader"], row["second"]} <= set(row["unimproved"])


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
        steps = ", ".join(
            f"{words.level(one['search'])} after {counted(one['trials'], 'trial')}"
            for one in row["expected"]
        )
        others = [
            f"; to reach {other}'s {words.level(searchers[other]['search'])} it takes "
            f"{_about(many, most)}"
            for other in searchers
            for known, many in searchers[other]["as_many"].items()
            if known == name
        ]
        lines.append(
            f"{name} draws every trial independently of the others: its best score on search is "
            f"expected to be {steps}" + "".join(others)
        )
    return lines


def _about(many: int | None, most: int) -> str:
    """Trials that it takes; None: more than anything is said of."""
    count = most if many is None else many
    trials = counted(count, "trial")
    half = "half of its own, and of more nothing can be told"
    return f"more than {trials} ({half})" if many is None else f"about {trials}"


def _amount(axis: str, at: float) -> str:
    return f"{at:,.0f}" if axis == "tokens" else f"{at:.3g}"
