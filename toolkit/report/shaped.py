"""Parts of a champion that are shaped by the metric: their gain is there by the score alone.

A rule that pays for form is fed by form. A part counts here where its value by the score is
decided, and by a view is neither decided nor half as large. It is no verdict on one part: of many
that are real a few may be missed by a view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..figures import counted
from . import cells
from .parts import part_name
from .wording import Wording

SYMMETRIC = "symmetric"
LEFT = 0.5
"""of a part's value by the score that a view must see, or it vanishes there"""
TOLD = 0.25
"""share of the gain from which a verdict tells of it"""
NAMED = 4

Row = Mapping[str, Any]


def section(account: Row) -> dict[str, Any]:
    """`shaped` of an account that has views: by the one that is quoted, and the symmetric rule."""
    seen = account.get("views")
    if not seen:
        return {}
    rules = [one for one in dict.fromkeys([seen["quoted"], SYMMETRIC]) if one in seen["gain"]]
    return {"shaped": {rule: _by(account, rule) for rule in rules}}


def _by(account: Row, rule: str) -> dict[str, Any]:
    found = [row for row in account["parts"] if _vanishes(row, rule)]
    score = sum(row["value"]["mean"] for row in found)
    seen = sum(row["views"][rule]["value"]["mean"] for row in found)
    return {
        "parts": [row["part"] for row in found],
        "by_score": score,
        "by_view": seen,
        "less": score - seen,
        "fraction": score / account["gain"]["mean"] if _is_gain(account) else None,
        "whole": account["gain"]["mean"] - account["views"]["gain"][rule]["mean"],
    }


def _vanishes(row: Row, rule: str) -> bool:
    view = (row.get("views") or {}).get(rule)
    if view is None or not _is_decided(row["value"]):
        return False
    seen = view["value"]
    return not _is_decided(seen) and seen["mean"] < LEFT * row["value"]["mean"]


def _is_decided(figure: Row) -> bool:
    """True for a gain whose interval lies above zero."""
    return figure["low"] is not None and figure["low"] > 0


def _is_gain(account: Row) -> bool:
    return bool(account["decided"]) and account["gain"]["mean"] > 0


def lines(account: Row, words: Wording) -> list[str]:
    """`shaped by the metric: +0.09 of edits 4 and 7 vanishes by symmetric (+0.01 there)`"""
    names = {row["part"]: part_name(row) for row in account["parts"]}
    told = []
    for rule, row in account.get("shaped", {}).items():
        if not row["parts"]:
            continue
        some = _named([names[part] for part in row["parts"]])
        share = f", {row['fraction']:.0%} of the gain" if row["fraction"] is not None else ""
        told.append(
            f"shaped by the metric: {counted(len(row['parts']), 'part')} ({some}) with "
            f"{words.signed(row['by_score'])} by the score{share}; by {rule} "
            f"{words.signed(row['by_view'])} of it is there"
        )
    return told


def _named(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return "; ".join(names[:NAMED]) + (f"; {rest} more" if rest > 0 else "")


def reason(account: Row, words: Wording) -> str:
    """Reason not to take a gain at its word, where much of it is so shaped; "" where not."""
    found = section(account).get("shaped", {}).items()
    much = [(rule, row) for rule, row in found if (row["fraction"] or 0) >= TOLD]
    if not much:
        return ""
    rule, row = max(much, key=lambda one: one[1]["by_score"])
    return (
        f"parts with {words.signed(row['by_score'])} of its gain are shaped by the metric: by "
        f"{rule} they add {words.signed(row['by_view'])}"
    )


def rows(summary: Row, accounts: Sequence[tuple[Row, Row]], words: Wording) -> list[dict[str, Any]]:
    """Rows for a page: a champion, its parts that are so shaped, and their sums by both rules."""
    return [
        {
            "name": cells.titled(cell),
            "rule": rule,
            "parts": len(row["parts"]),
            "score": words.signed(row["by_score"]),
            "view": words.signed(row["by_view"]),
            "whole": words.signed(row["whole"]),
        }
        for cell, account in accounts
        for rule, row in account.get("shaped", {}).items()
    ]
