"""Sections on causes: from the baseline to the champion, labels x kinds, expressiveness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..report import cells, leaders
from ..report.parts import how, part_name
from ..report.shares import between, percent
from ..report.wording import Wording
from . import bars
from .marks import Palette
from .overview import best_cell

BARS = 12
"""parts with a row of their own; the others are one row"""

Row = Mapping[str, Any]


def accounts(summary: Row, words: Wording) -> Iterator[tuple[Row, Row]]:
    """(cell, account) of each searcher's best champion on search, the largest gain first."""
    aliases = dict.fromkeys(cell["alias"] for cell in summary["cells"])
    known = summary["attribution"]["cells"]
    best = [best_cell(summary, alias, words) for alias in aliases]
    rows = [(cell, known[name]) for cell in best if cell and (name := cells.name(cell)) in known]
    yield from sorted(rows, key=lambda row: -row[1]["gain"]["mean"])


def waterfall(summary: Row, found: Row, words: Wording, palette: Palette) -> list[dict[str, Any]]:
    """Rows from the baseline over each part, in the order of acceptance, to the champion."""
    return [
        _waterfall(summary, cell, account, words, palette)
        for cell, account in accounts(summary, words)
        if account["parts"]
    ]


def _waterfall(
    summary: Row, cell: Row, account: Row, words: Wording, palette: Palette
) -> dict[str, Any]:
    parts = account["parts"]
    ranked = sorted(range(len(parts)), key=lambda n: -abs(parts[n]["value"]["mean"]))
    kept = set(ranked[: BARS if len(parts) > BARS + 1 else len(parts)])
    rest = [parts[n]["value"]["mean"] for n in range(len(parts)) if n not in kept]
    rows = [(part_name(parts[n]), parts[n]["read"], parts[n]["value"]) for n in sorted(kept)]
    if rest:
        value = {"mean": sum(rest), "low": None, "high": None}
        rows.append((f"{len(rest)} other parts, their sum", "", value))
    places, at = [], 0.0
    for _, _, value in rows:
        places.append(at)
        at += value["mean"]
    ends = [at, *places, *(x for _, _, one in rows for x in (one["low"], one["high"]) if x)]
    scale = bars.axis([*ends, account["gain"]["high"]])
    final = words.final
    return {
        "name": cells.titled(cell),
        "how": how(account, words),
        "decided": account["decided"],
        "base": words.level(summary["baseline"][final]),
        "level": words.level(cell[final]),
        "gain": words.figure(account["gain"]),
        "gain_drawn": bars.bar(account["gain"], scale, words.figure(account["gain"]), "ink"),
        "rows": [
            {
                "name": name,
                "label": read.replace("_", " "),
                "value": words.figure(value),
                "drawn": bars.bar(
                    value, scale, f"{name}: {words.figure(value)}",
                    "good" if value["mean"] >= 0 else "bad", start,
                ),
            }
            for (name, read, value), start in zip(rows, places, strict=True)
        ],
    }  # fmt: skip


def labels(summary: Row, found: Row, words: Wording, palette: Palette) -> list[dict[str, Any]]:
    """A table for each searcher's champion: labels as read from the code x kinds of items."""
    told = []
    for cell, account in accounts(summary, words):
        name = cells.name(cell)
        table = found["labels_by_kind"].get(name)
        if not table or not account["parts"]:
            continue
        most = max((abs(x) for row in table["rows"].values() for x in row.values()), default=0.0)
        told.append(
            {
                "name": cells.titled(cell),
                "kinds": [(kind or "all", count) for kind, count in table["kinds"].items()],
                "rows": [
                    _label(label, row, account, words, most) for label, row in table["rows"].items()
                ],
                "agreement": account["agreement"],
                "claimed": _claimed(account, words),
            }
        )
    return told


def _label(label: str, row: Row, account: Row, words: Wording, most: float) -> dict[str, Any]:
    sums = account["labels"]["read"].get(label)
    return {
        "label": label.replace("_", " "),
        "sum": words.figure(sums["sum"]) if sums else "-",
        "enabling": words.figure(sums["enabling"]) if sums and sums["enabling"] else "-",
        "range": between(sums["range"]) if sums and sums["range"] else "",
        "cells": [
            {"value": words.signed(value), "tint": _tint(value, most)} for value in row.values()
        ],
    }


def _claimed(account: Row, words: Wording) -> list[tuple[str, int, str]]:
    return [
        (label.replace("_", " "), row["parts"], words.figure(row["sum"]))
        for label, row in account["labels"]["claimed"].items()
        if row["parts"]
    ]


def _tint(value: float, most: float) -> str:
    """Class of a cell's tint: five steps each way; the number says the same."""
    if not most or not value:
        return ""
    step = min(5, 1 + int(abs(value) / most * 4.999))
    return f"{'up' if value > 0 else 'down'}{step}"


def expressiveness(summary: Row, found: Row, words: Wording, palette: Palette) -> dict[str, Any]:
    """Gains that values of declared parameters could have had, and the search of each searcher."""
    return {
        "accounts": [
            told
            for cell, account in accounts(summary, words)
            if (told := _tuning(cell, account, words))
        ],
        "yardsticks": leaders.yardsticks(summary["searchers"], words),
        "searchers": [
            {
                "alias": alias,
                "anytime": words.level(row["anytime"]),
                "optimism": words.figure(row["optimism"]) if row["optimism"] else "-",
                "beats": "; ".join(f"{other} {x:.0%}" for other, x in (row["beats"] or {}).items()),
            }
            for alias, row in summary["searchers"].items()
        ],
    }


def _tuning(cell: Row, account: Row, words: Wording) -> dict[str, Any] | None:
    automl = account["automl"]
    if not account["parts"] or not automl:
        return None
    share = automl.get("range")
    rows = [
        ("parts that declared parameters could have expressed",
         f"{len(automl['reachable'])} of {len(account['parts'])}"),
        ("their share of the gain", between(share) if share else "none given: it is not decided"),
        ("these parts alone, on the baseline", words.figure(automl["alone"])),
        ("these parts on top of all others", words.figure(automl["on_top"])),
    ]  # fmt: skip
    return {
        "name": cells.titled(cell),
        "rows": rows,
        "grid": _grid(automl["grid"], words) if automl["grid"] else None,
        "only_together": percent(together) if (together := _together(account)) else "",
        "importance": _importance(account.get("importance")),
    }


def _together(account: Row) -> Row | None:
    found: Row | None = (account.get("composition") or {}).get("only_together")
    return found


def _grid(grid: Row, words: Wording) -> dict[str, Any]:
    """Code x settings: four levels, and their effects."""
    return {
        "tuned_by": grid["tuned_by"],
        "levels": [[words.score(x) for x in row] for row in grid["scores"]],
        "effects": [
            (name, words.figure(grid[name])) for name in ("settings", "code", "interaction")
        ],
    }


def _importance(found: Row | None) -> list[tuple[str, str, str]]:
    if not found:
        return []
    first: Sequence[tuple[str, float]] = sorted(found["fanova"].items(), key=lambda row: -row[1])
    return [(name, f"{x:.0%}", f"{found['ped_anova'].get(name, 0):.0%}") for name, x in first[:8]]
