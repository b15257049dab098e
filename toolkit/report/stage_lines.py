"""Steps of a searcher on screen: what each stage took, what it turned, and its foresight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ..figures import counted
from . import cells

HEADS = ("stage", "steps", "requests", "tokens", "trials", "changed", "what came of it")
FIGURES = HEADS[1:-1]
DECIDED = ("stage", "what it decided", "trials", "hypothesis")
LEGEND = (
    "tokens: of the requests that its steps rest on, so that stages of one request have the same; "
    "trials: those that its steps speak of, so that a trial counts in several stages; "
    "changed: decisions that would have been others without this stage, as its searcher reckons"
)

Row = Mapping[str, Any]


def blocks(summary: Row) -> list[RenderableType]:
    """A table for each cell that noted its steps, and what its predictions came to."""
    found: list[RenderableType] = []
    for cell in noted(summary):
        found.append(_table(f"how {cells.titled(cell)} searched", HEADS, rows(cell)))
        found += [Text(line) for line in lines(cell)]
        if told := decisions(cell):
            found.append(_table(f"what {cells.titled(cell)} decided, in order", DECIDED, told))
    return [*found, Text(LEGEND, style="dim")] if found else []


def noted(summary: Row) -> list[Row]:
    """Cells whose searchers noted their steps."""
    return [cell for cell in summary["cells"] if cell.get("stages")]


def _table(title: str, heads: Sequence[str], told: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, justify="right" if head in FIGURES else "left", overflow="fold")
    for one in told:
        table.add_row(*map(Text, one))  # a searcher's words, in which a bracket is no markup
    return table


def rows(cell: Row) -> list[tuple[str, ...]]:
    """Cells of a table with these heads, as text."""
    return [
        (
            name, *(_number(one[key]) for key in ("steps", "requests", "tokens", "trials")),
            _number(one["changed"]), _came(one),
        )
        for name, one in cell["stages"]["steps"].items()
    ]  # fmt: skip


def decisions(cell: Row) -> list[tuple[str, ...]]:
    """Steps that kept an edit or left it, with their reasons; none in older summaries."""
    return [
        (
            one["stage"], one["outcome"], ", ".join(map(str, one["trials"])) or "-",
            one["hypothesis"] or "-",
        )
        for one in cell["stages"].get("decisions", ())
    ]  # fmt: skip


def _number(value: int) -> str:
    return f"{value:,}" if value else "-"


def _came(one: Row) -> str:
    """`kept 4, rejected 6; 12 predictions`"""
    results = ", ".join(f"{name} {number}" for name, number in one["results"].items())
    counts = ", ".join(f"{name} {number:g}" for name, number in one["counts"].items() if number)
    return "; ".join(filter(None, (results, counts)))


def lines(cell: Row) -> Iterator[str]:
    """Requests of a cell, the share of its edits that were kept, and its predictions."""
    asked = cell["stages"]["requests"]
    if asked:
        tokens = sum(one["tokens"] for one in asked.values())
        told = ", ".join(f"{name} {one['requests']}" for name, one in asked.items())
        many = counted(sum(one["requests"] for one in asked.values()), "request")
        yield f"{many} ({told}) with {tokens:,} tokens"
    if kept := cell["stages"]["kept"]:
        yield f"kept {kept['edits']} of {counted(kept['of'], 'edit')} that took a trial"
    yield from foresight(cell["predictions"])


def foresight(found: Row | None) -> Iterator[str]:
    """`predictions: 7 of 10 came true (70%), where their kinds moved that way in 45% of all …`"""
    if not found:
        return
    made = counted(found["made"], "prediction")
    if not found["scored"]:
        yield f"{made}, of which none could be checked"
        return
    ways = [
        f"{way} {one['right']} of {one['scored']}, base rate {one['base_rate']:.0%}"
        for way, one in found["by_direction"].items()
        if one["scored"]
    ]
    yield (
        f"{made}; {found['scored']} of edits that ran, of which {found['right']} came true "
        f"({found['share']:.0%}). These kinds moved the foretold way in "
        f"{found['base_rate']:.0%} of the {counted(found['edits'], 'edit')} that ran "
        f"({'; '.join(ways)})"
    )
