"""Endings of evaluations, by searcher and status."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from ...ledger.state import State
from ...records import STATUSES
from ..summary import status_counts
from . import style

# what went well is pale, so that the rest is seen; Okabe and Ito's colours
FILLS = {
    "ok": ("#d9d9d9", ""),
    "invalid": ("#e69f00", "//"),
    "crashed": ("#d55e00", "xx"),
    "timeout": ("#0072b2", ".."),
    "oom": ("#cc79a7", "--"),
    "lost": ("#000000", ""),
    "unanswered": ("#56b4e9", "\\\\"),
    "answer_limit": ("#009e73", "++"),
}


def failures(state: State) -> Iterator[tuple[str, Figure]]:
    """Shares of each searcher's evaluations by status; shares, since seeds differ in number."""
    counts = _counts(state)
    if counts.empty:
        return
    height = 1.9 + 0.5 * len(counts)
    figure, table = style.subplots(figsize=(style.WIDTH, height), layout="constrained")
    handles = _draw(table[0, 0], state, counts)
    style.head(figure, f"{state.study['name']}: how evaluations ended")
    if handles:
        style.legend(figure, handles)
    yield "failures", figure


def on_axes(state: State, axes: Any) -> list[Patch]:
    """The same on one axis of somebody's; returns the legend's keys."""
    counts = _counts(state)
    return [] if counts.empty else _draw(axes, state, counts)


def _draw(axes: Any, state: State, counts: pd.DataFrame) -> list[Patch]:
    """Draw the bars; returns the legend's keys."""
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0)
    places = range(len(counts))
    left = pd.Series(0.0, index=counts.index)
    for status in STATUSES:
        colour, hatch = FILLS[status]
        axes.barh(places, shares[status], 0.7, left=left, color=colour, hatch=hatch,
                  edgecolor="white", linewidth=0)  # fmt: skip
        left = left + shares[status]
    _rows(axes, state, counts)
    used = [status for status in STATUSES if counts[status].sum()]
    return [
        Patch(facecolor=FILLS[one][0], hatch=FILLS[one][1], edgecolor="white", label=one)
        for one in used
    ]


def _counts(state: State) -> pd.DataFrame:
    """Rows: searchers; columns: statuses; evaluations of all seeds."""
    counts = pd.DataFrame(0, index=list(style.by_alias(state)), columns=list(STATUSES))
    for alias, cells in style.by_alias(state).items():
        for cell in cells:
            # it leaves out statuses of answers where there were none: they are 0, and not unknown
            counts.loc[alias] += pd.Series(status_counts(cell)).reindex(STATUSES, fill_value=0)
    return counts


def _rows(axes: Any, state: State, counts: pd.DataFrame) -> None:
    """Names with what they stand for at the left, the failures counted at the right."""
    total = counts.sum(axis=1)
    seeds = {alias: len(cells) for alias, cells in style.by_alias(state).items()}
    names = [f"{alias}\n{total[alias]} in {seeds[alias]} seeds" for alias in counts.index]
    names = [name.replace("in 1 seeds", "in 1 seed") for name in names]
    axes.set_yticks(range(len(counts)), names)
    axes.set(xlim=(0, 1), ylim=(len(counts) - 0.5, -0.5))
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("share of the searcher's evaluations", fontsize=style.TEXT)
    axes.grid(visible=False, axis="y")
    for place, alias in enumerate(counts.index):
        text = f"{total[alias] - counts.loc[alias, 'ok']} failed" if total[alias] else "none yet"
        axes.annotate(
            text, (1, place), xytext=(6, 0), textcoords="offset points", va="center",
            fontsize=style.SMALL, annotation_clip=False,
        )  # fmt: skip
