"""The largest parts of each decided gain, in a few lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.table import Table

from . import cells
from .parts import concepts, label, part_name, ranked
from .shares import percent
from .wording import Wording

PARTS = 3
LEAST, BETWEEN = 24, 2  # cells of a part's name, and between two columns
WIDE = 100  # a narrower terminal has one of the two values of a part
LEGEND = (
    "ordered: what a part adds once the parts that it needs are there; "
    "enabling: those parts share in what it adds"
)

Row = Mapping[str, Any]


def decided(summary: Row, words: Wording) -> list[tuple[str, Row]]:
    """(cell, account) of each searcher's best champion whose gain is decided, the largest first.

    Where other data or seeds decide, the searcher's gain over all its seeds must be decided, too:
    else a cause would stand below a verdict that knows of no gain.
    """
    won = {name for name, one in cells.against_baseline(summary).items() if one["decided"]}
    accounts = summary["attribution"]["cells"]
    names = [
        cells.name(cell)
        for cell in cells.best(summary["cells"], words)
        if cell["alias"] in won or not words.held_out
    ]
    found = [(name, accounts[name]) for name in names if name in accounts]
    found = [one for one in found if one[1]["decided"] and one[1]["gain"]["mean"] > 0]
    return sorted(found, key=lambda one: -one[1]["gain"]["mean"])


def table(account: Row, width: int, words: Wording) -> Table:
    """The largest parts by either value; both are shown where they differ and there is room."""
    values = concepts(account)
    shown = dict(list(values.items())[: 2 if width >= WIDE else 1])
    rows = [
        [f"  {part_name(row)}", label(row), *(_gain(row[key], words) for key in shown.values())]
        for row in ranked(account)[:PARTS]
    ]
    heads = ["  part", "label", *(f"{heading} [95 %]" for heading in shown)]
    return _laid(heads, rows, width)


def legend(account: Row, width: int) -> str:
    """Meaning of the two values of a part; empty where one column stands."""
    return LEGEND if len(concepts(account)) > 1 and width >= WIDE else ""


def head(name: str, account: Row) -> str:
    """`the gain of random-0 came from: the 3 largest of 9 parts`"""
    return f"the gain of {name} came from: {_what(len(account['parts']))}"


def _gain(figure: Row, words: Wording) -> str:
    return words.gain(figure["mean"], (figure["low"], figure["high"]))


def _laid(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Table:
    """A table whose first column has what the others leave, and is cut there."""
    found = Table(box=None, pad_edge=False, header_style="dim")
    widths = [max(map(cell_len, column)) for column in zip(heads, *rows, strict=True)]
    left = max(LEAST, width - sum(widths[1:]) - len(widths[1:]) * BETWEEN)
    for number, head in enumerate(heads):
        found.add_column(
            head, justify="right" if number > 1 else "left", no_wrap=True, overflow="ellipsis",
            width=min(left, widths[0]) if number == 0 else None,
        )  # fmt: skip
    for row in rows:
        found.add_row(*row)
    return found


def _what(parts: int) -> str:
    if parts == 1:
        return "one part"
    return f"the {PARTS} largest of {parts} parts" if parts > PARTS else f"{parts} parts"


def together(account: Row) -> str:
    """Share of a gain that its parts, each by itself, lack; values of single parts hide it."""
    only = (account.get("composition") or {}).get("only_together")
    if not only or only["mean"] <= 0:
        return ""
    return (
        f"{percent(only)} of this gain exists only in combination: by themselves its parts do not "
        "add up to it"
    )
