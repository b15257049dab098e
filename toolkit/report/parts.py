"""Words for the parts of a champion: their names and labels, and the way to their values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from textwrap import shorten
from typing import Any

from ..figures import counted
from ..text import visible
from .wording import Wording

NOTE_CHARS = 60


def concepts(account: Mapping[str, Any]) -> dict[str, str]:
    """{heading: key of a part's value} of the solution concepts that differ."""
    if any(row["enabling"] is None for row in account["parts"]):
        return {"ordered": "value"}
    if not any(row["needs"] for row in account["parts"]):
        return {"ordered and enabling": "value"}
    return {"ordered": "value", "enabling": "enabling"}


def ranked(account: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Parts by the larger of their values, the largest first."""
    keys = concepts(account).values()
    return sorted(account["parts"], key=lambda row: -max(abs(row[key]["mean"]) for key in keys))


def how(account: Mapping[str, Any], words: Wording) -> str:
    """Method of the values, in words: exact, or estimated from so many orders."""
    orders = account["order"]["extensions"]
    among = "more orders than can be counted" if orders is None else f"{_large(orders)} orders"
    if len(account["parts"]) == 1:
        return "one part: the whole gain is its own"
    if orders == 1:
        return "each part needs the one before it: only one order is possible"
    if account["method"] == "exact":
        return f"Shapley value, exact over {among}"
    each = (
        f", each run on one {words.unit_of_sampling[0]}"
        if account["chains"] > account["rounds"]
        else ""
    )
    drawn = counted(account["chains"], "order")
    return f"Shapley value, estimated from {drawn} drawn at random out of {among}{each}"


def _large(count: int) -> str:
    return f"{count:,}" if count < 1_000_000 else f"{count:.1e}"


def part_name(row: Mapping[str, Any]) -> str:
    """The name of a part in tables and pictures; a model may have written it."""
    if row["form"] == "edit":
        return shorten(visible(f"{row['part']} {row['note']}"), NOTE_CHARS, placeholder="…")
    (value,) = row["sets"].values()
    change = " back to its default" if value is None else f"={_short(value)}"
    return visible(f"{row['part']}{change}")


def label(row: Mapping[str, Any]) -> str:
    claimed, read = row["label"] or "-", row["read"]
    if row["form"] == "switch":
        return f"switch ({read})"
    return claimed if claimed == read else f"{claimed} ({read})"


def _short(value: Any) -> str:
    """A parameter's value on one line; 1, 1.0, true and the text "1" look different."""
    if isinstance(value, float):
        text = f"{value:.3g}"
        return f"{text}.0" if text.lstrip("-").isdigit() else text
    if isinstance(value, str) and not _reads_as_json(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _reads_as_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
