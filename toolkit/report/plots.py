"""Pictures of a run: colour-blind palette, one colour per searcher, dash and marker beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..errors import UserError, unknown
from ..records import STATUSES
from ..state import BASELINE, SPLITS, CellState, State, test_result
from .summary import reported

FORMATS = ("png", "svg")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
HATCHES = ("", "//", "..", "xx", "--", "++")
DPI = 150


def write(state: State, folder: Path, kinds: tuple[str, ...] | None = None) -> list[Path]:
    """One PNG and one SVG a kind; the paths written. Raises UserError for an unknown kind."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in kinds or tuple(KINDS):
        if kind not in KINDS:
            raise UserError(unknown("plot", kind, KINDS))
        with sns.axes_style("whitegrid"), mpl.rc_context({"svg.hashsalt": kind}):
            figure = KINDS[kind](state)
            written += [_save(figure, folder / f"{kind}.{suffix}") for suffix in FORMATS]
            plt.close(figure)
    return written


def _save(figure: Figure, path: Path) -> Path:
    metadata = {"Date": None} if path.suffix == ".svg" else {"Software": None}
    figure.savefig(path, dpi=DPI, bbox_inches="tight", metadata=metadata)
    return path


def palette(state: State) -> Mapping[str, Any]:
    """{alias: colour}, by the order in which the searchers were asked for."""
    names = list(dict.fromkeys(cell.alias for cell in reported(state)))
    return dict(zip(names, sns.color_palette("colorblind", max(1, len(names))), strict=False))


def curve(state: State, cell: CellState) -> Iterator[tuple[float, float]]:
    """(trials charged, test score of the champion so far): one step at every trial charged.

    The champion is the best on the search split; its test score may fall.
    """
    full = state.study["full"]
    steps = [
        (charged, result.score)
        for charged, trial in cell.incumbents(state.baseline)
        if (result := test_result(state, trial)) and result.score is not None
    ]
    for charged in range(0, cell.charged + 1, full):
        reached = [score for at, score in steps if at <= charged]
        if reached:
            yield charged / full, reached[-1]


def anytime(state: State) -> Figure:
    """The champion's test score against trials charged; the band is the range of the seeds."""
    rows = [
        {"searcher": cell.alias, "seed": cell.seed, "trials": x, "score": y}
        for cell in reported(state)
        for x, y in curve(state, cell)
    ]
    figure, axes = plt.subplots(figsize=(8, 4.5))
    if rows:
        sns.lineplot(
            data=pd.DataFrame(rows), x="trials", y="score", hue="searcher", style="searcher",
            palette=palette(state), errorbar=("pi", 100), drawstyle="steps-post",
            err_kws={"step": "post"}, ax=axes,
        )  # fmt: skip
    axes.axhline(_baseline(state)[1], color="0.4", linestyle=":", label="baseline")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="trials charged", ylabel="test score of the champion so far")
    axes.set_title(f"{state.study['name']}: mean of the seeds, band: their range", loc="left")
    _legend(axes)
    return figure


def generalisation(state: State) -> Figure:
    """Each champion's score on the search split against its score on the test split."""
    rows: list[dict[str, Any]] = []
    for cell in reported(state):
        best = cell.champion(state.baseline)
        result = test_result(state, best)
        if result and result.score is not None:
            rows.append({"searcher": cell.alias, "search": best.score, "test": result.score})
    figure, axes = plt.subplots(figsize=(6, 5))
    if rows:
        sns.scatterplot(
            data=pd.DataFrame(rows), x="search", y="test", hue="searcher", style="searcher",
            palette=palette(state), markers=MARKERS[: len(palette(state))], s=90, alpha=0.8,
            ax=axes,
        )  # fmt: skip
    found = _baseline(state)
    axes.scatter(*found, color="0.3", marker="x", s=90, label="baseline")
    low = min(*found, *(float(row[split]) for row in rows for split in SPLITS))
    axes.axline((low, low), slope=1, color="0.6", linestyle=":", label="no gap")
    axes.set(xlabel="search score (tuned on)", ylabel="test score (sealed)")
    axes.set_title(f"{state.study['name']}: champions", loc="left")
    _legend(axes)
    return figure


def _baseline(state: State) -> tuple[float, float]:
    """(search, test); a run without them has nothing to draw."""
    scores = [state.assessments[BASELINE, split].score or 0.0 for split in SPLITS]
    return scores[0], scores[1]


def failures(state: State) -> Figure:
    """Evaluations by status, per searcher."""
    names = list(palette(state))
    counts = pd.DataFrame(0, index=names, columns=list(STATUSES))
    for cell in reported(state):
        for trial in cell.trials.values():
            counts.loc[cell.alias, trial.status] += 1
    figure, axes = plt.subplots(figsize=(8, 1.2 + 0.5 * max(1, len(names))))
    colours = dict(zip(STATUSES, sns.color_palette("colorblind", len(STATUSES)), strict=True))
    left = pd.Series(0, index=names)
    for status, hatch in zip(STATUSES, HATCHES, strict=True):
        bars = counts[status]
        if bars.sum():
            axes.barh(names, bars, left=left, color=colours[status], hatch=hatch, label=status,
                      edgecolor="white")  # fmt: skip
            left = left + bars
    axes.invert_yaxis()
    axes.set(xlabel="evaluations, all seeds")
    axes.set_title(f"{state.study['name']}: how evaluations ended", loc="left")
    _legend(axes)
    return figure


def _legend(axes: Any) -> None:
    """Beside the axes: inside, it covers what it explains."""
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)


KINDS: Mapping[str, Callable[[State], Figure]] = {
    "anytime": anytime,
    "search-against-test": generalisation,
    "failures": failures,
}
