"""Conduct of searchers, in the verdict: those that ran nothing, or got around their lab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..bench.tally import UNACCOUNTED
from ..figures import counted
from ..ledger.cell import CellState
from ..ledger.state import State

TOLD = {
    "programs": ("program ran without", "programs ran without", " a trial on record"),
    "results": (
        "trial has a result though its program did",
        "trials have a result though their programs did",
        " not run",
    ),
    "evaluations": ("program was run", "programs were run", " without the bench"),
    "openings": ("opening of the test split is", "openings of the test split are", " on no record"),
}
WHOLE = (
    "evaluation of the whole search split was",
    "evaluations of the whole search split were",
)


def nothing_ran(cells: Sequence[CellState]) -> list[str]:
    """A search whose programs all failed kept the baseline for another reason than its rivals."""
    return [
        f"{cell.name}: {_all(len(cell.trials))} failed, so its champion is the baseline."
        for cell in cells
        if cell.trials and not any(trial.ok for trial in cell.trials.values())
    ]


def _all(trials: int) -> str:
    return "its only trial" if trials == 1 else f"all {counted(trials, 'trial')}"


def unaccounted(state: State, cells: Sequence[CellState]) -> list[str]:
    """Work that the bench counted without a record, of a searcher that got around its lab."""
    full, sentences = state.study["full"], []
    times = state.study.get("replicates", {}).get("search", 1)
    for cell in cells:
        ended = cell.ended or {}
        told = _counts(ended.get("unaccounted") or {})
        if told:
            sentences.append(f"While {cell.name} ran, {told}: its result is not comparable.")
        if ended and cell.charged > ended["budget"] * full:
            sentences.append(
                f"{cell.name} was charged {counted(cell.charged / full, 'trial')} at a budget of "
                f"{ended['budget']:g}: its result is not comparable."
            )
        if less := cell.charged_less(full * times):
            sentences.append(
                f"{cell.name}: {counted(less, *WHOLE)} charged less than a trial, without "
                "a promotion: its result is not comparable."
            )
    told = _counts(state.findings.get(UNACCOUNTED, {}))
    if told:
        sentences.append(f"After the searches, {told}: no result of this run is comparable.")
    return sentences


def _counts(found: Mapping[str, int]) -> str:
    return " and ".join(
        f"{counted(found[what], one, several)}{end}"
        for what, (one, several, end) in TOLD.items()
        if what in found
    )
