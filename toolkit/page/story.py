"""The third section of a page: each searcher's champion, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..report import cells
from ..report.parts import how
from ..report.wording import Wording
from . import bars
from .harmless import clipped, lines
from .marks import Palette, Scale
from .overview import best_cell, leading

ITEMS_SHOWN = 30
NOTE = 1_500
DIFF_LINES = 400

Row = Mapping[str, Any]


def steps(summary: Row, found: Row, words: Wording, palette: Palette) -> dict[str, Any]:
    """The winner's champion first; then those of the other searchers, folded."""
    aliases = list(dict.fromkeys(cell["alias"] for cell in summary["cells"]))
    lead = leading(summary, words)
    first = lead["better"] if lead else None
    order = sorted(aliases, key=lambda one: one != first)
    told = []
    for alias in order:
        cell = best_cell(summary, alias, words)
        if cell:
            told.append(_champion(summary, found, cell, words, palette))
    return {
        "champions": told,
        "winner": first,
        "without": [one for one in aliases if best_cell(summary, one, words) is None],
    }


def _champion(
    summary: Row, found: Row, cell: Row, words: Wording, palette: Palette
) -> dict[str, Any]:
    name = cells.name(cell)
    account = summary["attribution"]["cells"].get(name)
    rows = found["steps"][name]
    figures = [part[key] for row in rows for part in row["parts"] for key in ("value", "enabling")]
    scale = bars.of_figures(figures)
    return {
        "name": name,
        "alias": cell["alias"],
        "seed": cell["seed"],
        "trial": cell["champion"],
        "colour": palette.colour(cell["alias"]),
        "how": how(account, words) if account and account["parts"] else "",
        "agreement": account["agreement"] if account else None,
        "steps": [
            _step(number, row, words, scale, palette.colour(cell["alias"]))
            for number, row in enumerate(rows, 1)
        ],
        "rule": cell.get("searched_for", ""),
    }


def _step(number: int, row: Row, words: Wording, scale: Scale, colour: str) -> dict[str, Any]:
    items = row["items"]
    diff = lines(row["diff"] or "")
    return {
        "number": number,
        "trial": row["trial"],
        "note": clipped(row["note"], NOTE),
        "label": _words(row["label"]),
        "parts": [_part(part, words, scale, colour) for part in row["parts"]],
        "sets": [f"{name} {_change(value)}" for name, value in row["sets"].items()],
        "search": [words.level(one) for one in row["search"]],
        "final": [words.level(one) for one in row["final"]] if words.held_out else None,
        "split": words.on(items["split"]),
        "fixed": _items(items["fixed"], words),
        "broken": _items(items["broken"], words),
        "same": items["same"],
        "diff": diff[:DIFF_LINES],
        "diff_more": max(0, len(diff) - DIFF_LINES),
        "diff_counts": [sum(kind == one for kind, _ in diff) for one in ("add", "del")],
        "diff_known": row["diff"] is not None,
    }


def _part(part: Row, words: Wording, scale: Scale, colour: str) -> dict[str, Any]:
    ordered, enabling = (words.figure(part[key]) for key in ("value", "enabling"))
    return {
        "name": part["part"],
        "form": part["form"],
        "sets": [_change(value) for value in part["sets"].values()],
        "claimed": _words(part["label"]),
        "read": _words(part["read"]),
        "why": part["why"],
        "reach": part["reach"],
        "needs": part["needs"],
        "ordered": ordered,
        "enabling": enabling,
        "left_out": words.figure(part["left_out"]),
        "drawn": [
            bars.interval(
                figure["mean"], (figure["low"], figure["high"]), scale, f"{name} value {told}",
                colour,
            )
            for name, figure, told in (
                ("ordered", part["value"], ordered), ("enabling", part["enabling"], enabling)
            )
            if figure
        ],
    }  # fmt: skip


def _items(rows: list[Any], words: Wording) -> dict[str, Any]:
    return {
        "count": len(rows),
        "rows": [
            (item, words.level(was), words.level(now)) for item, was, now in rows[:ITEMS_SHOWN]
        ],
        "more": max(0, len(rows) - ITEMS_SHOWN),
    }


def _change(value: Any) -> str:
    return "back to its default" if value is None else f"= {_value(value)}"


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else clipped(str(value), 200)


def _words(label: str | None) -> str:
    return (label or "").replace("_", " ")
