"""Accounts of champions' gains as a ledger holds them, read in today's words (docs/summary.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FORMAT = 2
"""Number of the form in which accounts are written; the first form had no number."""

_RENAMED = {"categories": "labels", "questions": "by_item"}
_BY_LABEL = {"share": "fraction", "group": "as_one"}
_AUTOML = {"part": "sum", "share": "fraction"}


def current(account: Mapping[str, Any]) -> dict[str, Any]:
    """Account in today's form, whatever form it was written in."""
    if account.get("format") == FORMAT:
        return dict(account)
    found = _named(account, _RENAMED)
    found["parts"] = [_named(part, {"kind": "form"}) for part in found["parts"]]
    found["automl"] = _named(found["automl"], _AUTOML)
    found["labels"] = {
        source: {label: _named(row, _BY_LABEL) for label, row in table.items()}
        for source, table in found["labels"].items()
    }
    return {**found, "format": FORMAT}


def _named(row: Mapping[str, Any], new: Mapping[str, str]) -> dict[str, Any]:
    return {new.get(key, key): value for key, value in row.items()}
