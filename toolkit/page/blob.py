"""Data of the tables that a reader sorts and filters, as JSON inside the page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from ..report.details import every_trial
from ..report.wording import Wording
from .harmless import LINE, clipped

DIFFS = 1_500_000
"""characters of differences in the table of trials, those of kept trials first"""
NOTE = 1_000

Row = Mapping[str, Any]
_UNSAFE = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)
"""characters that could end the element, or the line of a script: as escapes they mean the same"""


def blob(summary: Row, found: Row, words: Wording) -> Markup:
    """JSON of trials and items, in which no text can end the element that it stands in."""
    rules = {
        f"{cell['alias']}-{cell['seed']}": cell.get("searched_for", "") for cell in summary["cells"]
    }
    value = {"trials": _trials(found, words, rules), "items": _items(found, words)}
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(_UNSAFE))


def _trials(found: Row, words: Wording, rules: Mapping[str, str]) -> dict[str, Any]:
    """Rows in short: names of cells and parameters stand once, and a row has their numbers."""
    cells = list(found["cells"])
    names = list(dict.fromkeys(name for _, row in every_trial(found) for name in row["overrides"]))
    left = DIFFS
    kept: dict[tuple[str, int], str] = {}
    for cell, row in sorted(every_trial(found), key=lambda one: not one[1]["kept"]):
        diff = _diff(row["diff"])
        if diff and len(diff) <= left:
            left -= len(diff)
            kept[cell, row["number"]] = diff
    rows = []
    for cell, row in every_trial(found):
        level = words.level(row["score"])
        if rules[cell] and row["score"] is not None:
            level += f" by {rules[cell]}"
        shown = kept.get((cell, row["number"]))
        rows.append(_trial(cells.index(cell), row, names, shown, level))
    return {"cells": cells, "parameters": names, "rows": rows}


def _diff(diff: str | None) -> str:
    return "\n".join(clipped(line, LINE) for line in (diff or "").splitlines())


def _trial(cell: int, row: Row, names: list[str], diff: str | None, level: str) -> list[Any]:
    own = row["own"] or {"tokens": None, "usd": None}
    return [
        cell,
        row["number"],
        row["status"] or "running",
        _short(row["score"]),
        level,
        _short(row["seconds"]),
        own["tokens"],
        _short(own["usd"]),
        row["label"] or "",
        clipped(row["note"], NOTE),
        2 if row["in_champion"] else int(row["kept"]),
        row["parent"],
        row["share"],
        clipped(row["why"] or _withdrawn(row), NOTE),
        list(_values(row["overrides"], names)),
        diff if diff is not None else (None if row["diff"] is None or row["diff"] else ""),
    ]


def _withdrawn(row: Row) -> str:
    """Reason for which the champion has a lower score than this trial."""
    return f"its searcher does not stand for it: {row['withdrawn']}" if row["withdrawn"] else ""


def _values(overrides: Row, names: list[str]) -> Iterator[Any]:
    """Values in the order of names, without the empty ones at the end; "" where none was set."""
    last = max((n for n, name in enumerate(names) if name in overrides), default=-1)
    for name in names[: last + 1]:
        value = overrides.get(name, "")
        yield _short(value) if isinstance(value, float) else clipped(str(value), NOTE)


def _short(value: float | None) -> float | None:
    """Six digits of a number, which is to be sorted by."""
    return None if value is None else float(f"{value:.6g}")


def _items(found: Row, words: Wording) -> dict[str, Any]:
    table = found["items"]
    rows = [
        [
            row["item"],
            row["kind"],
            row["cluster"],
            [_short(one["levels"][n]) for one in table["programs"]],
        ]
        for n, row in enumerate(table["rows"])
    ]
    return {"programs": [one["program"] for one in table["programs"]], "rows": rows}
