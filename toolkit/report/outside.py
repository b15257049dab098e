"""Processes outside, in a report: their own costs, what they could read, how they went on.

A process that does not tell what it costs has costs that are unknown. They are never counted as
nothing: not in a table, and not on an axis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..figures import counted, dollars
from ..ledger.cell import CellState
from ..ledger.session import OPEN
from ..ledger.state import State
from ..text import SHORT_CHARS, visible
from . import models
from .ties import listed

OWN, TOKENS, DOLLARS = "search s", "tokens", "dollars"
COLUMNS = (OWN, TOKENS, DOLLARS)
"""columns of a table in which a cell has processes outside"""
COSTS = {"tokens": "tokens", "usd": "dollars"}
UNKNOWN = "unknown"
MIXED = "mixed"

Row = Mapping[str, Any]


def section(state: State, cell: CellState) -> dict[str, Any]:
    """The summary's keys of a cell with a live searcher; none for any other."""
    if not (cell.live or cell.sessions):
        return {}
    found: dict[str, Any] = {"live": True, "continued": cell.continued}
    if not cell.sessions:
        return found
    rows = list(cell.sessions.values())
    return found | {
        "sessions": {
            "count": len(rows),
            "reach": cell.reach,
            "wall_s": sum(one.wall_s for one in rows),
            "at_least": not all(one.ending for one in rows),
            "endings": [one.ending for one in rows],
            "untold": [axis for axis in COSTS if not is_told(state, cell, axis)],
        }
    }


def usage(cell: CellState, what: str) -> Any:
    """Tokens or dollars of a cell; None where they are unknown."""
    return None if what in cell.untold else getattr(cell.usage, what)


def is_told(state: State, cell: CellState, axis: str) -> bool:
    """True if it is known what a cell had used at each of its champions, and at its last trial."""
    if axis not in COSTS or not cell.silent:
        return True
    numbers = [trial.number for _, trial in state.line(cell) if trial.number]
    last = [max(cell.trials)] if cell.trials else []
    return all(cell.used(number, axis) is not None for number in (*numbers, *last))


def columns(cell: Row) -> Mapping[str, str]:
    """Costs of a cell's search, for a table with a language model or a process outside."""
    used, own = cell["usage"], cell.get("sessions")
    costs = {TOKENS: models.tokens(used), DOLLARS: cost("usd", used["usd"])}
    costs |= models.columns(cell)
    return {**costs, OWN: f"{'≥' * own['at_least']}{own['wall_s']:.1f}"} if own else costs


def any_in(cells: Sequence[Row]) -> bool:
    """True if a cell of a summary has, or had, processes outside."""
    return any("sessions" in cell for cell in cells)


def cost(what: str, amount: float | None) -> str:
    if amount is None:
        return UNKNOWN
    return f"{amount:,.0f}" if what == "tokens" else dollars(amount)


def remarks(cell: Row) -> Iterator[str]:
    """`: data hidden; 312.0 s of its own, 40.2 s of evaluation; tokens unknown, …`"""
    own = cell.get("sessions")
    if not own:
        return
    least = "at least " * own["at_least"]
    several = f" in {counted(own['count'], 'session')}" if own["count"] > 1 else ""
    costs = ", ".join(f"{COSTS[what]} {cost(what, cell['usage'][what])}" for what in COSTS)
    ending = own["endings"][-1]
    last = f"it ended: {ending}" if ending else "its end is not on record"
    evaluations = f"{cell['usage']['wall_s']:.1f} s of evaluation"
    seconds = f"{least}{own['wall_s']:.1f} s of its own{several}, {evaluations}"
    yield f": {own['reach']}; {seconds}; {costs}; {last}"


def ran(cells: Sequence[Row]) -> list[str]:
    """A line for each command line that searched, since an alias may be any name."""
    known = {
        cell["alias"]: command
        for cell in cells
        if "sessions" in cell and isinstance(command := cell["options"].get("command"), str)
    }
    return [f"{alias} is the command line: {_line(known[alias])}" for alias in known]


def _line(command: str) -> str:
    """A command on one line, no longer than one reads; summary.json has it whole."""
    line = visible(" ".join(command.split()))
    return line if len(line) <= SHORT_CHARS else f"{line[:SHORT_CHARS]}…"


def went_on(cell: Row) -> Iterator[str]:
    if cell.get("continued"):
        yield (
            " was continued: its searcher cannot be replayed, and went on with the trials on record"
        )


def not_compared(cell: Row, standings: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """A cell that is left out of a comparison at equal cost, because its cost is not known."""
    untold = cell.get("sessions", {}).get("untold")
    if untold is None:
        untold = [axis for axis in COSTS if cell["usage"][axis] is None]
    axes = [COSTS[axis] for axis in untold if axis in standings]
    if axes:
        yield f" is not compared at equal {' and '.join(axes)}: what it had used is not known"


def caution(cells: Sequence[CellState]) -> list[str]:
    """Sentence of the verdict on searchers that nothing kept from the answers."""
    names = list(dict.fromkeys(cell.alias for cell in cells if cell.reach == OPEN))
    if not names:
        return []
    its = "its" if len(names) == 1 else "their"
    return [
        f"{listed(names)} could read the study's data, with the answers, while searching: nothing "
        f"shows that {its} gain owes nothing to them."
    ]


def at_once(account: Row) -> list[str]:
    """Lines on trials that changed several things at once, as an agent may commit them."""
    edits = [row for row in account["parts"] if row["form"] == "edit"]
    parts = Counter(row["trial"] for row in account["parts"])
    several = [n for n in dict.fromkeys(row["trial"] for row in edits) if parts[n] > 1]
    whole = [row["trial"] for row in edits if row["read"] == MIXED]
    lines = []
    if several:
        apart = ", ".join(f"trial {n} into {parts[n]} parts" for n in several)
        lines.append(f"several changes in one trial, taken apart: {apart}")
    if whole:
        names = ", ".join(f"trial {n}" for n in dict.fromkeys(whole))
        lines.append(f"several changes in one part that cannot be taken apart: {names}")
    return lines
