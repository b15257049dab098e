"""One table of searchers: a row for each, over its seeds, with the interval drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.table import Table

from ..figures import counted
from . import cells, outside
from .models import tokens
from .wording import Wording

NAME, SEEDS, SEARCH, FINAL, GAIN, DECIDED = "searcher", "seeds", "search", "test", "gain", "decided"
DRAWN, FAILED, CPU = "drawn", "failed", "CPU s"
COLUMNS = (
    NAME, SEEDS, SEARCH, FINAL, GAIN, DRAWN, DECIDED, FAILED, CPU, outside.TOKENS, outside.DOLLARS,
)  # fmt: skip
DROPPED = (CPU, outside.TOKENS, outside.DOLLARS, DRAWN, FAILED, SEEDS, SEARCH)
"""the first to go where a terminal is narrow"""
DRAWN_CELLS = 17
BETWEEN, EDGES = 3, 2  # of the box
KEPT = "(baseline kept)"
FLOOR = "best floor"

Row = Mapping[str, Any]


def table(summary: Row, width: int, words: Wording, most: int) -> Table:
    """The best searchers first, then the baseline and the best floor. most: rows of searchers."""
    ranked = _ranked(summary, words)
    span = _span(ranked)
    rows = [_row(summary, alias, found, span, words) for alias, found in ranked[:most]]
    rows += [{NAME: f"{counted(len(ranked) - most, 'other')} (--full)"}] * (len(ranked) > most)
    fixed = list(_fixed(summary, words))
    columns = fitting([*rows, *fixed], width, words)
    _align([*rows, *fixed], columns)
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        left = column in (NAME, DRAWN, DECIDED)
        shown.add_column(
            _head(column, words), justify="left" if left else "right",
            overflow="ellipsis" if column == NAME else "fold", no_wrap=True,
        )  # fmt: skip
    for number, row in enumerate(rows):
        shown.add_row(*[row.get(one, "") for one in columns], end_section=number == len(rows) - 1)
    for row in fixed:
        shown.add_row(*[row.get(one, "") for one in columns], style="dim")
    return shown


def _ranked(summary: Row, words: Wording) -> list[tuple[str, Row]]:
    """(searcher, its comparison with the baseline), the largest gain first, without one last."""
    against = cells.against_baseline(summary)
    names = list(dict.fromkeys(cell["alias"] for cell in summary["cells"]))
    found = [(name, against.get(name, {})) for name in names]
    return sorted(found, key=lambda one: -one[1].get("gap", -inf))


def _row(
    summary: Row, alias: str, found: Row, span: tuple[float, float], words: Wording
) -> dict[str, str]:
    mine = [cell for cell in summary["cells"] if cell["alias"] == alias]
    levels = summary["searchers"].get(alias, {})
    bounds, gain = found.get("interval"), found.get("gap")
    digits, kept = words.supported(bounds), not any(cell["champion"] for cell in mine)
    level = digits.level(levels.get(words.final, levels.get("search")))
    told = KEPT if kept and found else digits.span(gain, bounds) if found else _why(mine)
    failed = sum(cell["evaluations"] - cell["status"]["ok"] for cell in mine)
    return {
        NAME: _name(alias, mine),
        SEEDS: str(len(mine)),
        SEARCH: digits.level(levels.get("search")),
        FINAL: level,
        GAIN: told,
        DRAWN: "" if kept or not found else drawn(gain, bounds, span),
        DECIDED: "" if kept or not found else "yes" if found["decided"] else "no",
        FAILED: f"{failed} of {sum(cell['evaluations'] for cell in mine):,}",
        CPU: f"{sum(cell['usage']['cpu_s'] for cell in mine):,.1f}",
        **_costs(mine),
    }


def _name(alias: str, mine: Sequence[Row]) -> str:
    view = next((cell["searched_for"] for cell in mine if cell.get("searched_for")), "")
    recorded = " (recorded)" * any(cell["recorded"] for cell in mine)
    return f"{alias}{recorded}{f' (for {view})' * bool(view)}"


def _why(mine: Sequence[Row]) -> str:
    """Reason in a word or two why a searcher has no gain."""
    failed = [cell for cell in mine if cell["ended"] != "finished"]
    if failed:
        return f"{failed[0]['ended']}, see below"
    status = next((cell["test_status"] for cell in mine if cell["test_status"] != "ok"), None)
    return status or "not scored"


def _costs(mine: Sequence[Row]) -> dict[str, str]:
    """Tokens and dollars over all seeds, of searchers that used any; unknown where one is."""
    if not (outside.any_in(mine) or any(cell["completions"] for cell in mine)):
        return {}
    used = {
        what: None if any(cell["usage"][what] is None for cell in mine)
        else sum(cell["usage"][what] for cell in mine)
        for what in ("tokens", "usd")
    }  # fmt: skip
    guessed = any(cell["usage"].get("estimated") for cell in mine)
    return {
        outside.TOKENS: tokens({"tokens": used["tokens"], "estimated": guessed}),
        outside.DOLLARS: outside.cost("usd", used["usd"]),
    }


def _fixed(summary: Row, words: Wording) -> Iterator[dict[str, str]]:
    """The baseline, and the best of the floors."""
    yield _levels("baseline", summary["baseline"], words)
    floors = {
        name: row for name, row in summary["floors"].items() if row.get(words.final) is not None
    }
    if floors:
        sign = words.objective.sign
        best = max(floors, key=lambda name: sign * floors[name][words.final])
        yield _levels(f"{FLOOR}: {best}", floors[best], words)


def _levels(name: str, levels: Row, words: Wording) -> dict[str, str]:
    search, final = words.level(levels.get("search")), words.level(levels.get(words.final))
    return {NAME: name, SEARCH: search, FINAL: final}


def _head(column: str, words: Wording) -> str:
    heads = {SEARCH: words.search_column, FINAL: words.final_column, GAIN: words.gain_column}
    return {DRAWN: "", **heads}.get(column, column)


def fitting(rows: Sequence[Mapping[str, str]], width: int, words: Wording) -> list[str]:
    """Columns that have something to show, as many as fit without a cut."""
    columns = [one for one in COLUMNS if any(row.get(one) for row in rows)]
    if not words.held_out and SEARCH in columns:
        columns.remove(SEARCH)
    for dropped in DROPPED:
        if _needed(rows, columns, words) <= width:
            break
        if dropped in columns:
            columns.remove(dropped)
    return columns


def _needed(rows: Sequence[Mapping[str, str]], columns: Sequence[str], words: Wording) -> int:
    widths = [
        max(cell_len(text) for text in (_head(one, words), *(row.get(one, "") for row in rows)))
        for one in columns
    ]
    return sum(widths) + BETWEEN * (len(widths) - 1) + EDGES


def _align(rows: Sequence[dict[str, str]], columns: Sequence[str]) -> None:
    """Put the points of levels below each other, since each has its own number of digits."""
    for column in (SEARCH, FINAL):
        behind = {id(row): len(row.get(column, "").partition(".")[2]) for row in rows}
        most = max(behind.values(), default=0)
        for row in rows if column in columns and most else ():
            text = row.get(column, "")
            pad = most - behind[id(row)] + (not behind[id(row)])
            row[column] = text + " " * pad * bool(text)


def _span(ranked: Sequence[tuple[str, Row]]) -> tuple[float, float]:
    """Range of all gains with their intervals, and zero."""
    values = [0.0]
    for _, row in ranked:
        values += [x for x in (row.get("gap"), *row.get("interval", ())) if x is not None]
    return min(values), max(values)


def drawn(
    mean: float | None, bounds: Sequence[float | None] | None, span: tuple[float, float]
) -> str:
    """`  ┊   ├──●──┤`: an interval on the common scale; the dotted line is zero."""
    low, high = span
    if mean is None or high == low:
        return ""
    ends = [mean if one is None else one for one in bounds or (None, None)]
    marks = [" "] * DRAWN_CELLS
    marks[_place(0.0, span)] = "┊"
    first, last = _place(ends[0], span), _place(ends[1], span)
    marks[first : last + 1] = "─" * (last + 1 - first)
    marks[first], marks[last] = ("├", "┤") if last > first else ("●", "●")
    marks[_place(mean, span)] = "●"
    return "".join(marks).rstrip()


def _place(value: float, span: tuple[float, float]) -> int:
    low, high = span
    return round((value - low) / (high - low) * (DRAWN_CELLS - 1))
