"""Account of the steps that searchers have noted: by stage, and what foretelling was worth.

A searcher names its stages itself (`lab.note`); nothing here knows any of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from ..ledger.cell import CellState
from ..ledger.entries import Stage

KEPT = "kept"
"""result of a step that keeps an edit"""
ROUNDING = 1e-9
UP, DOWN = "up", "down"

Moves = Mapping[str, float]


def section(cell: CellState) -> dict[str, Any]:
    """`stages` and `predictions` of a cell of summary.json; neither where it noted no steps."""
    if not cell.stages:
        return {}
    return {"stages": _stages(cell), "predictions": predictions(cell.stages)}


def _stages(cell: CellState) -> dict[str, Any]:
    names = dict.fromkeys(one.stage for one in cell.stages)
    turned = Counter(name for one in cell.stages for name in one.details.get("changed_by", ()))
    asked: dict[str, list[int]] = {}
    for one in list(cell.completions.values()):
        asked.setdefault(one.stage, []).append(one.usage.tokens)
    return {
        "kept": _kept(cell.stages),
        "requests": {
            name: {"requests": len(some), "tokens": sum(some)} for name, some in asked.items()
        },
        "steps": {
            name: _stage(cell, [one for one in cell.stages if one.stage == name], turned[name])
            for name in dict.fromkeys([*names, *turned])
        },
        "decisions": [_decision(cell, one) for one in _deciding(cell.stages, set(turned))],
    }


def _deciding(steps: Sequence[Stage], turned: set[str]) -> list[Stage]:
    """Steps with a result that kept or left something, or that changed what was kept."""
    keeping = {one.stage for one in steps if one.details.get("result") == KEPT}
    telling = {one.stage for one in steps if "changed_by" in one.details} | keeping | turned
    return [one for one in steps if one.stage in telling and one.details.get("result")]


def _decision(cell: CellState, step: Stage) -> dict[str, Any]:
    """Outcome of a step, in its searcher's words, its trials, and its hypothesis."""
    noted = (cell.started[number] for number in step.trials if number in cell.started)
    return {
        "stage": step.stage,
        "outcome": step.outcome,
        "trials": list(step.trials),
        "hypothesis": next((one.candidate.note for one in noted if one.candidate.note), ""),
    }


def _kept(steps: Sequence[Stage]) -> dict[str, int] | None:
    """Number of edits that were kept, of those that took a trial; None where nobody kept any."""
    deciding = {one.stage for one in steps if one.details.get("result") == KEPT}
    results = [one.details.get("result") for one in steps if one.stage in deciding and one.trials]
    return {"edits": results.count(KEPT), "of": len(results)} if results else None


def _stage(cell: CellState, steps: Sequence[Stage], changed: int) -> dict[str, Any]:
    """Figures of the steps of one stage; a request that carries several counts in each."""
    keys = {one.request for one in steps} & set(cell.completions)
    counts: Counter[str] = Counter()
    for one in steps:
        counts.update(one.details.get("counts", {}))
    return {
        "steps": len(steps),
        "requests": len(keys),
        "tokens": sum(cell.completions[key].usage.tokens for key in keys),
        "trials": len({number for one in steps for number in one.trials}),
        "results": dict(Counter(found for one in steps if (found := one.details.get("result")))),
        "counts": dict(counts),
        "changed": changed,
    }


def predictions(steps: Sequence[Stage]) -> dict[str, Any] | None:
    """Predictions and what came of them, beside the base rate of their kinds; None without any."""
    made = sum(one.details.get("counts", {}).get("predictions", 0) for one in steps)
    ran = [one.details for one in steps if "moved" in one.details]
    told = [(kind, way, one["moved"]) for one in ran for kind, way in one.get("predicted", ())]
    if not made and not told:
        return None
    known = list(_scored(told, [one["moved"] for one in ran]))
    return {
        "made": max(made, len(told)),
        "unscored": max(made, len(told)) - len(known),
        "edits": len(ran),
        **_rates(known),
        "by_direction": {
            way: _rates([one for one in known if one[0] == way]) for way in (UP, DOWN)
        },
    }


def _scored(
    told: Sequence[tuple[str, str, Moves]], ran: Sequence[Moves]
) -> Iterator[tuple[str, bool, float]]:
    """(direction, whether it came true, how often that kind moved so) of each known kind."""
    moves: dict[str, list[float]] = {}
    for one in ran:
        for name, change in one.items():
            moves.setdefault(name, []).append(change)
    rates = {
        (name, way): fmean(_is_so(change, way) for change in changes)
        for name, changes in moves.items()
        for way in (UP, DOWN)
    }
    for kind, way, moved in told:
        if (known := _name(kind, moved)) is not None:
            yield way, _is_so(moved[known], way), rates[known, way]


def _name(kind: str, moved: Moves) -> str | None:
    """The kind that is meant, whatever the case of its letters."""
    if kind in moved:
        return kind
    return next((one for one in moved if one.casefold() == kind.casefold()), None)


def _is_so(change: float, way: str) -> bool:
    return change > ROUNDING if way == UP else change < -ROUNDING


def _rates(known: Sequence[tuple[str, bool, float]]) -> dict[str, Any]:
    """Number that could be scored, number that came true, and the base rate of the same."""
    right = sum(is_right for _, is_right, _ in known)
    return {
        "scored": len(known),
        "right": right,
        "share": right / len(known) if known else None,
        "base_rate": fmean(base for _, _, base in known) if known else None,
    }
