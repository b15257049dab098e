"""Items x champions, and labels x kinds: the scores that a mean is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE
from ..records import Scored


def matrix(state: State, cells: Sequence[CellState]) -> dict[str, Any]:
    """Levels of each item under the baseline and each champion, where scores decide.

    A level is None where the program was not evaluated on the item: it has not failed there.
    """
    final = state.final
    homes = state.rows(final)
    kinds: Mapping[str, str] = state.study.get("kinds", {})
    counted = set(state.counted(final))
    base = state.assessments.get((BASELINE, final))
    programs = [_program(state, "baseline", base, homes)]
    for cell in cells:
        champion = state.champion(cell)
        if champion.number:
            programs.append(_program(state, cell.name, state.result_of(champion), homes))
    rows = [
        {"item": row, "cluster": home, "kind": kinds.get(row, ""), "counts": row in counted}
        for row, home in homes.items()
    ]
    return {"split": final, "rows": rows, "programs": programs}


def _program(
    state: State, name: str, result: Scored | None, rows: Mapping[str, str]
) -> dict[str, Any]:
    shown = state.objective.shown
    scores = result.items if result and result.ok else {}
    status = result.status if result else None
    levels = [shown(scores[row]) if row in scores else None for row in rows]
    return {"program": name, "status": status, "levels": levels}


def labels_by_kind(state: State, cells: Sequence[CellState]) -> dict[str, Any]:
    """{cell: {"kinds": {kind: items}, "rows": {label as read: {kind: value}}}} of the accounts.

    A value is the mean over the items of a kind of what the parts of a label add to them: the
    Shapley value by item, which the sum by label is the mean of.
    """
    found = {}
    kinds: Mapping[str, str] = state.study.get("kinds", {})
    for cell in cells:
        account = state.accounts.get(cell.key)
        table = account.get("by_item") if account else None
        if not account or not table or account["champion"] != state.champion(cell).number:
            continue
        places: dict[str, list[int]] = {}
        for n, item in enumerate(table["items"]):
            places.setdefault(kinds.get(item, ""), []).append(n)
        found[cell.name] = {
            "kinds": {kind: len(some) for kind, some in sorted(places.items())},
            "rows": _by_label(account["parts"], table["values"], places),
        }
    return found


def _by_label(
    parts: Sequence[Mapping[str, Any]],
    values: Sequence[Sequence[float]],
    places: Mapping[str, Sequence[int]],
) -> dict[str, dict[str, float]]:
    rows: dict[str, dict[str, float]] = {}
    for part, own in zip(parts, values, strict=False):
        row = rows.setdefault(part["read"], dict.fromkeys(sorted(places), 0.0))
        for kind, some in places.items():
            row[kind] += fmean(own[n] for n in some)
    return rows
