"""Steps after the search that were left out, and why: somebody asked for less, or they are long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

FINDING = "after"

After = Mapping[str, Any] | None
"""Finding of how much follows the search; None where the ledger does not say."""


def remark(after: After) -> Iterator[str]:
    """Steps that were left out, and the reason."""
    if after and after["left_out"]:
        usual = "all of it would take longer than the search (--after full includes them)"
        why = f"--after {after['level']} was asked for" if after["asked"] else usual
        yield f"left out, since {why}: {', '.join(after['left_out'])}"


def brief(after: After, *, read: bool) -> str:
    """Why a check was not run, where it was left out; "" where it may still come.

    read: the edits were read, as they are with --after light: what was not run is the rest.
    """
    if not after or not after["left_out"] or (after["level"] == "light" and not read):
        return ""
    return (
        f"left out (--after {after['level']})"
        if after["asked"]
        else "left out, since it would take longer than the search"
    )
