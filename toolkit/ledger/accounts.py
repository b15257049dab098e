"""Accounts of champions' gains as a ledger holds them, read in today's words (docs/summary.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FORMAT = 3
"""Number of the form in which accounts are written; the first form had no number."""

_RENAMED = {"categories": "labels", "questions": "by_item"}
_BY_LABEL = {"share": "fraction", "group": "as_one"}
_AUTOML = {"part": "sum", "share": "fraction"}
_LATER = {"enabling": None, "enabling_fraction": None, "range": None}
"""figures by the second solution concept, which the second form had for single parts only"""


def current(account: Mapping[str, Any]) -> dict[str, Any]:
    """Account in today's form, whatever form it was written in."""
    form = account.get("format", 1)
    if form == FORMAT:
        return dict(account)
    return _third(_second(account) if form == 1 else account)


def _second(account: Mapping[str, Any]) -> dict[str, Any]:
    found = _named(account, _RENAMED)
    found["parts"] = [_named(part, {"kind": "form"}) for part in found["parts"]]
    found["automl"] = _named(found["automl"], _AUTOML)
    found["labels"] = {
        source: {label: _named(row, _BY_LABEL) for label, row in table.items()}
        for source, table in found["labels"].items()
    }
    return found


def _third(account: Mapping[str, Any]) -> dict[str, Any]:
    """Third form: figures that an older account did not look at are unknown, which is not 0."""
    found = {"composition": None, "unsettled": {}, **account}
    found |= {"enabling_chains": 0, "enabling_rounds": 0, "format": FORMAT}
    found["parts"] = [{"enabling": None, **part} for part in found["parts"]]
    found["automl"] = {**_LATER, **found["automl"]}
    found["labels"] = {
        source: {label: {**_LATER, "brings": [], **row} for label, row in table.items()}
        for source, table in found["labels"].items()
    }
    return found


def _named(row: Mapping[str, Any], new: Mapping[str, str]) -> dict[str, Any]:
    return {new.get(key, key): value for key, value in row.items()}
