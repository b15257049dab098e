"""Remarks on single cells beside their figures: ends, failures, replays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..figures import counted
from . import answers, cells, models, omissions, outside
from .ties import listed
from .views import FAILED

DIFFER = ("prompt differs from the one", "prompts differ, each from the one")


def remarks(summary: Mapping[str, Any]) -> list[str]:
    """One line for each thing to know, those of one sort together, cell by cell."""
    found = outside.ran(summary["cells"])
    found += [
        f"{cell['alias']} (seed {cell['seed']}){text}"
        for sort in SORTS
        for cell in summary["cells"]
        for text in sort(cell)
    ]
    found += [
        f"{cell['alias']} (seed {cell['seed']}){text}"
        for cell in summary["cells"]
        for text in outside.not_compared(cell, summary["standings"])
    ]
    found += omissions.remark(summary["findings"].get(omissions.FINDING))
    found += [
        f"the view {view} could not judge {one['programs']} programs or floors: {one['example']}"
        for view, one in summary["findings"].get(FAILED, {}).items()
    ]
    if summary["left_out"]:
        found.append(
            "on record, but not in this table (name them in --searchers to see them at one "
            f"budget): {', '.join(summary['left_out'])}"
        )
    return found


def _ended(cell: Mapping[str, Any]) -> Iterator[str]:
    if cell["detail"]:
        yield f" {cell['ended']}: {cell['detail'].splitlines()[0]}"


def _broke_off(cell: Mapping[str, Any]) -> Iterator[str]:
    """The same where its searcher did not choose to end."""
    if not cell.get("stopped"):
        yield from _ended(cell)


def _failed(cell: Mapping[str, Any]) -> Iterator[str]:
    """`: 5 of 9 trials failed: 5 crashed, e.g. …`"""
    if not cell["failures"]:
        return
    kinds = [
        f"{row['trials']} {row['status']}" + (f", e.g. {row['example']}" if row["example"] else "")
        for row in cell["failures"]
    ]
    failed, tried = sum(row["trials"] for row in cell["failures"]), sum(cell["status"].values())
    every = "its only trial" if tried == 1 else f"every one of its {counted(tried, 'trial')}"
    count = f"{failed} of {counted(tried, 'trial')}" if failed < tried else every
    yield f": {count} failed: {'; '.join(kinds)}"


def _no_whole_trial(cell: Mapping[str, Any]) -> Iterator[str]:
    if cell["evaluations"] and not cell["full_share"]:
        yield " has no trial on the whole search split: its champion is the baseline"


def _diverged(cell: Mapping[str, Any]) -> Iterator[str]:
    if cell["diverged"]:
        yield (
            " asked for other trials when it was resumed: a searcher cannot be replayed if it "
            "takes chance from elsewhere than lab.rng or lab.seed"
        )


def _changed(cell: Mapping[str, Any]) -> Iterator[str]:
    if cell["mismatches"]:
        yield (
            f": {counted(cell['mismatches'], *DIFFER)} that was answered; the code under "
            "study or the searcher has changed since: make a new recording"
        )


def _cached(cell: Mapping[str, Any]) -> Iterator[str]:
    if cell["cached"]:
        they, were = ("it is", "was") if cell["cached"] == 1 else ("they are", "were")
        what = counted(cell["cached"], "trial is a program", "trials are programs")
        yield (
            f": {what} that had run before; {they} charged like any trial and {were} not run again"
        )


SORTS = (
    _ended, outside.remarks, outside.went_on, _failed, _no_whole_trial, _diverged,
    models.remarks, answers.remarks,
    _changed, _cached,
)  # fmt: skip
WRONG = (_broke_off, _failed, _no_whole_trial, _diverged, _changed)
"""remarks on what went wrong, and not only otherwise"""


def wrong(summary: Mapping[str, Any]) -> list[str]:
    """One line for each thing that went wrong, with the cells of which it did.

    A few failed trials are part of any search: they count where they are half of all or more.
    """
    found: dict[str, list[str]] = {}
    for sort in WRONG:
        for cell in summary["cells"]:
            if sort is _failed and 2 * cell["status"]["ok"] > sum(cell["status"].values()):
                continue
            for text in sort(cell):
                found.setdefault(text, []).append(cells.name(cell))
    return [f"{listed(names)}{text}" for text, names in found.items()]
