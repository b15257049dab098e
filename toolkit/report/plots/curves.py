"""Levels of the champions over the budget."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from ...ledger.cell import CellState
from ...ledger.state import State
from ..wording import Wording
from . import style
from .zoom import Range, nearness, padded, span

BASE: Mapping[str, Any] = {"color": "0.25", "linestyle": (0, (1, 1.5)), "linewidth": 1.3}


def curve(state: State, cell: CellState, until: int | None = None) -> Iterator[Range]:
    """(trials charged, level of the champion so far): one step at every trial charged.

    The level is the one that decides, in the objective's own direction. The champion is the best
    on the search split, so on held-out data its level may get worse. until: items charged, where
    the curve is to end before or after the cell's own. Ends at the first champion whose level is
    not known.
    """
    shown = state.objective.shown
    full, last = state.study["full"], cell.charged if until is None else until
    incumbents = state.line(cell)
    begun = [at for at, _ in incumbents]
    for charged in [*range(0, last, full), last]:
        _, champion = incumbents[bisect_right(begun, charged) - 1]
        result = state.result_of(champion)
        if result is None or result.score is None:
            return
        yield charged / full, shown(result.score)


def anytime(state: State) -> Iterator[tuple[str, Figure]]:
    """The champion's level against trials charged; the band is the range of the seeds."""
    words = style.words(state)
    looks, table, base = style.looks(state), _curves(state), style.baseline(state)[words.final]
    zoom = _strip(table, base)
    keys = _line_keys(looks)
    height = (6.0 if zoom else 3.8) + style.legend_height(keys)
    figure, panels = style.subplots(
        2 if zoom else 1, figsize=(style.WIDTH, height), sharex=True, layout="constrained",
        height_ratios=[3, 2] if zoom else None,
    )  # fmt: skip
    axes: Any = panels[:, 0]
    for one in axes:
        _steps(one, table, looks, base)
    if zoom:
        axes[0].axhspan(*zoom, color="0.85", zorder=0)
        axes[1].set_ylim(zoom)
        axes[1].set_title("the grey strip, enlarged", loc="left", fontsize=style.TEXT)
    _budget_axis(axes[-1], state.budget, style.uncounted(state))
    figure.supylabel(style.along(_level(words)), fontsize=style.TEXT)
    told = "line: mean of the seeds (n); band: their range; a mark ends each line"
    style.head(figure, f"{state.study['name']}: {_title(words)} over the budget", told)
    style.legend(figure, keys)
    yield "anytime", figure


def on_axes(state: State, axes: Any) -> list[Line2D]:
    """The same on one axis of somebody's, without what is enlarged; returns the legend's keys."""
    words, looks = style.words(state), style.looks(state)
    _steps(axes, _curves(state), looks, style.baseline(state)[words.final])
    _budget_axis(axes, state.budget, style.uncounted(state))
    axes.set_ylabel(style.along(_level(words)), fontsize=style.TEXT)
    return _line_keys(looks)


def _level(words: Wording) -> str:
    """`test score of the champion so far`, `champion so far, on test: RMSE, K (lower …)`."""
    if words.plain and words.sealed:
        return "test score of the champion so far"
    on = f", on {words.split}" if words.held_out else ""
    return f"champion so far{on}: {words.head}"


def _title(words: Wording) -> str:
    name = words.objective.name
    return f"{name} {words.where}" if words.held_out else f"{name} ({words.standing})"


def _curves(state: State) -> pd.DataFrame:
    """Curves of all seeds, as far as all seeds of a searcher have come.

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


def _strip(table: pd.DataFrame, base: float | None) -> Range | None:
    """Strip to enlarge: round the searchers whose whole curve is close to the baseline.

    None where no curve is squeezed: all are close, or none is that ever leaves the baseline.
    """
    if base is None or table.empty:
        return None
    groups = [group["score"] for _, group in table.groupby("searcher")]
    near = nearness([base, *table["score"]])
    close = [one for one in groups if (one - base).abs().max() <= near]
    shown = span([base, *(x for one in close for x in one)])
    if len(close) == len(groups) or shown[0] == shown[1]:
        return None
    return padded(shown)


def _budget_axis(axes: Any, budget: float, note: str) -> None:
    """Axis of trials from 0 to the budget, with a tick at the budget itself and a note."""
    steps = MaxNLocator(nbins=8, integer=True, steps=[1, 2, 5, 10]).tick_values(0, budget)
    inner = [x for x in steps if 0 <= x <= budget - (steps[1] - steps[0]) / 2]
    axes.xaxis.set_major_locator(FixedLocator([*inner, budget]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.set_xlim(-0.02 * budget, 1.03 * budget)
    axes.set_xlabel(f"trials charged{note}", fontsize=style.TEXT)


def _line_keys(looks: Mapping[str, style.Look]) -> list[Line2D]:
    keys = [
        Line2D(
            [], [], color=look.colour, linestyle=look.linestyle, linewidth=1.8, label=look.label,
            marker=look.marker, markerfacecolor="white", markeredgewidth=1.6,
        )
        for look in looks.values()
    ]  # fmt: skip
    return [*keys, Line2D([], [], **BASE, label="baseline")]
