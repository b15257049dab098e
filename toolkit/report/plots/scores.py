"""Scores on the two splits: over the budget, and against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import ConnectionPatch, Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from ...state import BASELINE, SPLITS, CellState, State, test_result
from ..summary import reported
from . import style

CLOSE = 0.2  # of all that is shown: what lies nearer to the baseline is unreadable without a zoom
MARGIN = 0.1  # of what is shown, on each side
BASE: Mapping[str, Any] = {"color": "0.25", "linestyle": (0, (1, 1.5)), "linewidth": 1.3}
Limits = tuple[float, float]


def curve(state: State, cell: CellState, until: int | None = None) -> Iterator[Limits]:
    """(trials charged, test score of the champion so far): one step at every trial charged.

    The champion is the best on the search split; its test score may fall. until: questions, where
    not all that the cell was charged. Ends at the first champion whose test score is not known.
    """
    full, last = state.study["full"], cell.charged if until is None else until
    incumbents = cell.incumbents(state.baseline)
    for charged in [*range(0, last, full), last]:
        champion = [trial for at, trial in incumbents if at <= charged][-1]
        result = test_result(state, champion)
        if result is None or result.score is None:
            return
        yield charged / full, result.score


def anytime(state: State) -> Iterator[tuple[str, Figure]]:
    """The champion's test score against trials charged; the band is the range of the seeds."""
    looks, table, base = style.looks(state), _curves(state), _baseline(state)["test"]
    zoom = _strip(table, base)
    keys = [*_line_keys(looks), Line2D([], [], **BASE, label="baseline")]
    height = (6.0 if zoom else 3.8) + style.legend_height(keys)
    figure, panels = plt.subplots(
        2 if zoom else 1, 1, figsize=(style.WIDTH, height), sharex=True,
        squeeze=False, layout="constrained", height_ratios=[3, 2] if zoom else None,
    )  # fmt: skip
    axes: Sequence[Any] = panels[:, 0]
    for one in axes:
        _steps(one, table, looks, base)
    if zoom:
        axes[0].axhspan(*zoom, color="0.85", zorder=0)
        axes[1].set_ylim(zoom)
        axes[1].set_title("the grey strip, enlarged", loc="left", fontsize=style.TEXT)
    _budget_axis(axes[-1], state.budget)
    figure.supylabel("test score of the champion so far", fontsize=style.TEXT)
    told = "mean of the seeds (n), band: their range; a mark stands where a searcher ended"
    style.head(figure, f"{state.study['name']}: score on the sealed split over the budget", told)
    style.legend(figure, keys)
    yield "anytime", figure


def _curves(state: State) -> pd.DataFrame:
    """Every seed's curve, as far as all seeds of its searcher have come.

    A seed that ended early keeps its champion.
    """
    rows = []
    for alias, cells in style.by_alias(state).items():
        most = max(cell.charged for cell in cells)
        curves = [dict(curve(state, cell, most if cell.ended else None)) for cell in cells]
        common = sorted(set.intersection(*map(set, curves)))
        rows += [(alias, n, x, one[x]) for n, one in enumerate(curves) for x in common]
    return pd.DataFrame(rows, columns=["searcher", "seed", "trials", "score"])


def _steps(axes: Any, table: pd.DataFrame, looks: Mapping[str, style.Look], base: Any) -> None:
    shown = {alias: look for alias, look in looks.items() if alias in set(table["searcher"])}
    if shown:
        sns.lineplot(
            data=table, x="trials", y="score", hue="searcher", style="searcher",
            hue_order=list(shown), style_order=list(shown), linewidth=1.8, legend=False,
            palette={alias: look.colour for alias, look in shown.items()},
            dashes={alias: look.dash for alias, look in shown.items()},
            errorbar=("pi", 100), drawstyle="steps-post", err_kws={"step": "post"}, ax=axes,
        )  # fmt: skip
    for alias, look in shown.items():
        mine = table[table["searcher"] == alias]
        end = mine["trials"].max()
        axes.plot(
            end, mine.loc[mine["trials"] == end, "score"].mean(), look.marker, clip_on=True,
            markerfacecolor="white", markeredgecolor=look.colour, markeredgewidth=1.6, zorder=4,
        )  # fmt: skip
    if base is not None:
        axes.axhline(base, **BASE, zorder=1.5)
    axes.set(xlabel="", ylabel="")


def _strip(table: pd.DataFrame, base: float | None) -> Limits | None:
    """Where to enlarge: round the searchers whose whole curve is close to the baseline.

    None where no curve is squeezed: all are close, or none is that ever leaves the baseline.
    """
    if base is None or table.empty:
        return None
    groups = [group["score"] for _, group in table.groupby("searcher")]
    whole = _span([base, *table["score"]])
    reach = CLOSE * (whole[1] - whole[0])
    close = [one for one in groups if (one - base).abs().max() <= reach]
    shown = _span([base, *(x for one in close for x in one)])
    if len(close) == len(groups) or shown[0] == shown[1]:
        return None
    return _padded(shown)


def _budget_axis(axes: Any, budget: float) -> None:
    """From nothing to the budget, with a tick at the budget itself."""
    steps = MaxNLocator(nbins=8, integer=True, steps=[1, 2, 5, 10]).tick_values(0, budget)
    inner = [x for x in steps if 0 <= x <= budget - (steps[1] - steps[0]) / 2]
    axes.xaxis.set_major_locator(FixedLocator([*inner, budget]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.set_xlim(-0.02 * budget, 1.03 * budget)
    axes.set_xlabel("trials charged", fontsize=style.TEXT)


def _line_keys(looks: Mapping[str, style.Look]) -> list[Line2D]:
    return [
        Line2D(
            [], [], color=look.colour, linestyle=look.linestyle, linewidth=1.8, label=look.label,
            marker=look.marker, markerfacecolor="white", markeredgewidth=1.6,
        )
        for look in looks.values()
    ]  # fmt: skip


def search_against_test(state: State) -> Iterator[tuple[str, Figure]]:
    """Each champion's score on the search split against its score on the test split."""
    looks, points = style.looks(state), _champions(state)
    base = _baseline(state)
    found = (base["search"], base["test"])
    every = [x for point in [*(at for _, at in points), found] for x in point if x is not None]
    whole = _padded(_span(every or [0.0, 1.0]))
    zoom = _corner(points, found)
    keys = [*_mark_keys(looks), *_base_keys()]
    height = (4.4 if zoom else 4.8) + style.legend_height(keys)
    figure, panels = plt.subplots(
        1, 2 if zoom else 1, figsize=(style.WIDTH, height), squeeze=False,
        layout="constrained",
    )  # fmt: skip
    axes: Sequence[Any] = panels[0]
    for one, limits, size in zip(axes, (whole, zoom), (6 if zoom else 9, 9), strict=False):
        _scatter(one, points, looks, found, limits, size)
    if zoom:
        _enlarge(figure, *axes, zoom)
    axes[0].set_ylabel("test score (sealed)", fontsize=style.TEXT)
    told = "one mark a seed; below the line: worse on questions that it was not tuned on"
    style.head(figure, f"{state.study['name']}: champions on both splits", told)
    style.legend(figure, keys)
    yield "search-against-test", figure


def _champions(state: State) -> list[tuple[str, Limits]]:
    """(alias, (search, test)) of each seed whose champion is scored on both."""
    found = []
    for cell in reported(state):
        best = cell.champion(state.baseline)
        result = test_result(state, best)
        if result and result.score is not None and best.score is not None:
            found.append((cell.alias, (best.score, result.score)))
    return found


def _scatter(
    axes: Any, points: Sequence[tuple[str, Limits]], looks: Mapping[str, style.Look],
    base: tuple[Any, Any], limits: Any, size: float,
) -> None:  # fmt: skip
    """Open marks, so that those in one place show each other; equal marks there are counted."""
    axes.axline((limits[0], limits[0]), slope=1, color="0.55", linewidth=1, zorder=1)
    for (alias, at), times in Counter(points).items():
        look = looks[alias]
        axes.plot(
            *at, look.marker, markersize=size, markerfacecolor=(*look.colour[:3], 0.15),
            markeredgecolor=look.colour, markeredgewidth=1.7, zorder=3,
        )  # fmt: skip
        if times > 1 and all(limits[0] <= x <= limits[1] for x in at):
            axes.annotate(
                f"x{times}", at, xytext=(6, 5), textcoords="offset points",
                fontsize=style.SMALL, color=look.colour,
            )  # fmt: skip
    if None not in base:
        axes.plot(*base, "x", color="0.25", markersize=size - 1, markeredgewidth=1.7, zorder=4)
    axes.set(xlim=limits, ylim=limits, aspect="equal", anchor="W")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))  # the same ticks on both
    axes.set_xlabel("search score (tuned on)", fontsize=style.TEXT)


def _enlarge(figure: Figure, whole: Any, part: Any, zoom: Limits) -> None:
    """Frame on one panel what the other shows, and join the two."""
    low, high = zoom
    whole.add_patch(
        Rectangle((low, low), high - low, high - low, fill=False, color="0.2", linewidth=1, zorder=5)
    )
    for corner, y in (((high, high), 1), ((high, low), 0)):
        line = ConnectionPatch(
            corner, (0, y), coordsA=whole.transData, coordsB=part.transAxes, color="0.7",
            linewidth=0.8, linestyle=(0, (4, 3)),
        )  # fmt: skip
        line.set_in_layout(False)
        figure.add_artist(line)
    part.set_title("the square, enlarged", loc="left", fontsize=style.TEXT)


def _corner(points: Sequence[tuple[str, Limits]], base: tuple[Any, Any]) -> Limits | None:
    """The square to enlarge: round the champions close to the baseline, if others are far."""
    if None in base:
        return None
    whole = _span([*base, *(x for _, at in points for x in at)])
    reach = CLOSE * (whole[1] - whole[0])
    close = [at for _, at in points if all(abs(x - b) <= reach for x, b in zip(at, base, strict=True))]
    if len(close) == len(points) or not set(close) - {base}:
        return None
    return _padded(_span([*base, *(x for at in close for x in at)]))


def _mark_keys(looks: Mapping[str, style.Look]) -> list[Line2D]:
    return [
        Line2D(
            [], [], linestyle="", marker=look.marker, markersize=9, label=look.label,
            markerfacecolor=(*look.colour[:3], 0.15), markeredgecolor=look.colour,
            markeredgewidth=1.7,
        )
        for look in looks.values()
    ]  # fmt: skip


def _base_keys() -> list[Line2D]:
    return [
        Line2D([], [], linestyle="", marker="x", color="0.25", markersize=8,
               markeredgewidth=1.7, label="baseline"),
        Line2D([], [], color="0.55", linewidth=1, label="no gap"),
    ]  # fmt: skip


def _baseline(state: State) -> dict[str, float | None]:
    """{split: score}, None where it is not known."""
    found = {split: state.assessments.get((BASELINE, split)) for split in SPLITS}
    return {split: one.score if one else None for split, one in found.items()}


def _span(values: Sequence[float]) -> Limits:
    return min(values), max(values)


def _padded(limits: Limits) -> Limits:
    """With a margin on both sides."""
    margin = MARGIN * (limits[1] - limits[0]) or MARGIN
    return limits[0] - margin, limits[1] + margin
