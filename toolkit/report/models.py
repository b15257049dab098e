"""Language models, in a report: waiting, tokens and dollars, and the axes that leave them out.

A replay waits for nobody, so that what is told of a recorded cell is what was waited for when it
was recorded. What a recording does not hold is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..figures import dollars
from ..ledger.cell import CellState
from . import answers
from .ties import listed

WAITED = "model s"
"""column of a table in which a cell has a language model"""
UNKNOWN = "unknown"
COMPUTE = "what a language model or an agent computes is not counted"

Row = Mapping[str, Any]


def usage(cell: CellState) -> dict[str, Any]:
    """Seconds that were waited for a cell's language model, and whether its tokens are estimated.

    Neither is there for a cell that asked no model.
    """
    if not cell.completions:
        return {}
    return {"waited_s": cell.waited_s, "estimated": cell.estimated}


def any_in(cells: Sequence[Row]) -> bool:
    """True if a cell of a summary asked a language model."""
    return any(cell["completions"] for cell in cells)


def columns(cell: Row) -> Mapping[str, str]:
    """Seconds that a cell waited for its language model, for a table."""
    return {WAITED: _seconds(cell["usage"]["waited_s"])} if cell["completions"] else {}


def tokens(cell_usage: Row) -> str:
    """Number of tokens, marked where it is an estimate."""
    amount = cell_usage["tokens"]
    if amount is None:
        return UNKNOWN
    return f"{amount:,.0f}{' est.' * bool(cell_usage.get('estimated'))}"


def remarks(cell: Row) -> Iterator[str]:
    """` is recorded: its language model (…) answered in an earlier run; 3,162.5 s …`"""
    if not cell["completions"]:
        return
    names, used = ", ".join(cell["models"]), cell["usage"]
    known = used["waited_s"] is not None
    waited = f"waited {_seconds(used['waited_s'])} s" if known else f"waited an {UNKNOWN} time"
    count = f"{used['tokens']:,.0f}" if used["tokens"] is not None else UNKNOWN
    guess = " (estimated)" * bool(used["estimated"])
    paid = f"dollars {UNKNOWN}" if used["usd"] is None else dollars(used["usd"])
    costs = f"{count} tokens{guess}, {paid}"
    if cell["recorded"]:
        yield (
            f" is recorded: its language model ({names}) answered in an earlier run, which "
            f"{waited} for it; {costs}"
        )
    else:
        yield f": {waited} for its language model ({names}); {costs}"


def axis_notes(cells: Sequence[CellState]) -> dict[str, str]:
    """{axis: what its figures leave out or guess}; of axes of which nothing is to be said, none."""
    found = {}
    if any(cell.completions or cell.sessions for cell in cells):
        found["cpu_s"] = f"that of evaluations alone; {COMPUTE}"
    if guessed := list(dict.fromkeys(cell.alias for cell in cells if cell.estimated)):
        found["tokens"] = f"estimated for {listed(guessed)}"
    if any(answers.total(cell.trials.values()) for cell in cells):
        for axis in ("tokens", "usd"):
            found[axis] = "; ".join(filter(None, [found.get(axis, ""), answers.APART]))
    return found


def lines(summary: Row) -> list[str]:
    """Notes on the axes of the table of leaders that is drawn."""
    heads = {"cpu_s": "CPU s", "tokens": "tokens", "usd": "dollars"}
    drawn = [
        axis for axis, rows in summary["standings"].items() if any("second" in r for r in rows)
    ]
    return [
        f"{heads[axis]}: {note}" for axis, note in summary["axis_notes"].items() if axis in drawn
    ]


def _seconds(amount: float | None) -> str:
    return UNKNOWN if amount is None else f"{amount:,.1f}"
