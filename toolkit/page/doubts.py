"""Sections on what not to believe: other rules, floors, findings, faults, what was not measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..integrity import plan
from ..report import beside, cells, planted, shaped, transfers
from ..report.outcomes import FINDING, NOT_APPLICABLE, NOT_RUN, NOTHING
from ..report.wording import Wording
from . import bars
from .causes import accounts
from .marks import Palette, Scale
from .overview import findings, remarked

Row = Mapping[str, Any]
OUTCOMES = {FINDING: "finding", NOTHING: "nothing", NOT_APPLICABLE: "none", NOT_RUN: "not-run"}
"""{outcome of a check: class of its cell}"""
SIGNS = {FINDING: "!", NOTHING: "✓", NOT_APPLICABLE: "–", NOT_RUN: "?"}


def views(summary: Row, found: Row, words: Wording, palette: Palette) -> dict[str, Any]:
    """Gains by each rule that the study declares, and without edits of the output's format."""
    return {
        "table": _views(summary["views"], words, palette) if "views" in summary else None,
        "shaped": shaped.rows(summary, list(accounts(summary, words)), words),
        "format": [_unpaid(cell, account, words) for cell, account in accounts(summary, words)],
        "output": words.nouns.output,
        "split": words.split,
    }


def _unpaid(cell: Row, account: Row, words: Wording) -> dict[str, Any]:
    """Gain of a champion less its edits of the output's format, as claimed and as read."""
    told = {}
    for source in ("claimed", "read"):
        row = account["labels"][source].get("format")
        left = row["left_without"] if row and row["parts"] else None
        told[source] = words.figure(left) if left else "no such edit"
    return {
        "name": cells.titled(cell),
        "gain": words.figure(account["gain"]),
        **told,
    }


def _views(seen: Row, words: Wording, palette: Palette) -> dict[str, Any]:
    rows = [row for row in seen["matrix"] if not row["kept"]]
    figures = [row["judged_by"][rule] for row in rows for rule in seen["judged_by"]]
    scale = bars.axis(x for one in figures if one for x in (one["gain"], *(one["interval"] or ())))
    return {
        "searchers": [{"name": row["searcher"], "for": row["searched_for"]} for row in rows],
        "rules": [
            {
                "rule": rule,
                "baseline": words.level(seen["baseline"][rule]["level"]),
                "gains": [_gain(row, rule, words, scale, palette) for row in rows],
            }
            for rule in seen["judged_by"]
        ],
        "disagreements": [
            f"{one['searcher']}: the gain {one['how']} by {one['by']}"
            for one in seen["disagreements"]
        ],
    }


def _gain(row: Row, rule: str, words: Wording, scale: Scale, palette: Palette) -> dict[str, Any]:
    one = row["judged_by"][rule]
    if one is None:
        return {"gain": "-", "net": "", "decided": "", "drawn": ""}
    told = words.span(one["gain"], one["interval"])
    return {
        "gain": told,
        "decided": "decided" if one["decided"] else "not decided",
        "net": "" if one["net_gain"] is None else words.span(one["net_gain"], one["net_interval"]),
        "drawn": bars.interval(
            one["gain"], one["interval"], scale, f"{row['searcher']} by {rule}: {told}",
            palette.colour(row["searcher"]),
        ),
    }  # fmt: skip


def caveats(summary: Row, found: Row, words: Wording, palette: Palette) -> dict[str, Any]:
    """Floors, findings, planted faults, and what was not measured."""
    checks = summary["integrity"]["checks"]
    return {
        "floors": _floors(summary, words),
        "beside": list(beside.lines(summary, words)),
        "final": words.split,
        "findings": findings(summary, words),
        "lines": remarked(summary, words),
        "planted": list(planted.lines(summary)),
        "transfers": list(transfers.lines(summary)),
        "not_measured": _not_measured(summary, found, checks),
        "checks": _checks(checks),
        "caution": summary.get("caution", ""),
    }


def _floors(summary: Row, words: Wording) -> list[dict[str, str]]:
    base = {"name": "unchanged program", "output": "", **summary["baseline"]}
    rows = [base, *({"name": name, **one} for name, one in summary["floors"].items())]
    return [
        {
            "name": one["name"],
            "search": words.level(one.get("search")),
            "final": words.level(one.get(words.final)),
            "output": one.get("output") or "",
        }
        for one in rows
    ]


def _not_measured(summary: Row, found: Row, checks: Sequence[Row]) -> list[str]:
    """Steps and checks that were left out or could not be, and why."""
    after = summary["findings"].get("after") or {}
    told = [f"left out: {name}" for name in after.get("left_out", ())]
    for row in checks:
        if row["outcome"] == NOT_RUN:
            told.append(f"{row['check']} of {row['subject']}: not run ({row['why']})")
    for name, account in summary["attribution"]["cells"].items():
        if account["left_undone"]:
            rest = ", ".join(account["left_undone"])
            told.append(f"attribution of {name}: the budget did not reach {rest}")
    told += [f"not in this report: {name}" for name in summary["left_out"]]
    unread = [cell for cell in summary["cells"] if cell["usage"]["usd"] is None]
    told += [f"dollars of {cells.titled(cell)}: unknown" for cell in unread]
    if found["diffs_left_out"]:
        told.append(f"differences of {found['diffs_left_out']:,} trials are not on this page")
    return told


def _checks(checks: Sequence[Row]) -> dict[str, Any]:
    """A table of checks x programs."""
    subjects = list(dict.fromkeys(row["subject"] for row in checks))
    subjects.sort(key=lambda one: one != plan.STUDY)
    table: dict[str, dict[str, Row]] = {}
    for row in checks:
        table.setdefault(row["check"], {})[row["subject"]] = row
    return {
        "subjects": subjects,
        "rows": [
            {"check": check, "cells": [_outcome(some.get(one)) for one in subjects]}
            for check, some in table.items()
        ],
    }


def _outcome(row: Row | None) -> dict[str, str]:
    if row is None:
        return {"kind": "", "sign": "", "told": "no such check"}
    why = f" ({row['why']})" if row["why"] else ""
    return {
        "kind": OUTCOMES.get(row["outcome"], ""),
        "sign": SIGNS.get(row["outcome"], ""),
        "told": f"{row['outcome']}{why}",
    }
