"""Order dependence: how much the order matters in which a champion's parts were accepted."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ...ledger.cell import CellState
from ...ledger.state import State
from ...text import visible
from ..parts import how, part_name
from ..wording import Wording
from . import style
from .attribution import COLOURS, NEUTRAL, accounts, words

NAMED = 5  # parts told by name: those that the order matters most for
MARKS = dict(zip(COLOURS, style.MARKERS, strict=False))


def order_dependence(state: State) -> Iterator[tuple[str, Figure]]:
    """One figure for each searcher: what parts added when accepted against what they are worth.

    Only where parts were accepted one after another: one trial's parameters have no order.
    """
    for cell, account in accounts(state):
        rows = ordered(account)
        if rows:
            yield f"order-dependence-{cell.alias}", _figure(state, cell, account, rows)


def ordered(account: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Parts with a gain of when they were accepted; none where all came in one trial."""
    rows = [row for row in account["parts"] if row["in_order"]]
    return rows if len({row["trial"] for row in rows}) > 1 else []


def on_axes(state: State, account: Mapping[str, Any], axes: Any) -> list[Line2D]:
    """The same of one account on an axis of somebody's; returns the legend's keys."""
    rows = ordered(account)
    return _scatter(axes, rows, style.words(state)) if rows else []


def _figure(
    state: State, cell: CellState, account: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> Figure:
    told = style.words(state)
    figure, table = style.subplots(figsize=(style.WIDTH, 4.8), layout="constrained")
    keys = _scatter(table[0, 0], rows, told)
    title = f"{state.study['name']}: how much the order of parts matters, {cell.alias}"
    style.head(figure, title, f"value: {how(account, told)}", told.caution)
    table[0, 0].legend(
        handles=keys, loc="upper left", borderaxespad=0, bbox_to_anchor=(1.02, 1), frameon=False,
        fontsize=style.TEXT, labelspacing=0.8,
    )  # fmt: skip
    return figure


def _scatter(axes: Any, rows: Sequence[Mapping[str, Any]], told: Wording) -> list[Line2D]:
    """Draw a mark for each part, and name those that moved; returns the legend's keys."""
    for row in rows:
        colour = COLOURS.get(row["read"], NEUTRAL)
        axes.plot(
            *_place(row), MARKS.get(row["read"], "*"), markersize=8, markeredgewidth=1.5,
            markeredgecolor=colour, markerfacecolor=(colour, 0.2), zorder=3,
        )  # fmt: skip
    axes.axline((0, 0), slope=1, color="0.55", linewidth=1, zorder=1)
    every = [*axes.get_xlim(), *axes.get_ylim()]
    limits = min(every), max(every)
    axes.set(aspect="equal", anchor="W", xlim=limits, ylim=limits)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    unit = f" ({told.gain_axis})" if told.gain_axis else ""
    axes.set_xlabel(f"gain when it was accepted{unit}", fontsize=style.TEXT)
    axes.set_ylabel(f"value: its gain, averaged over orders{unit}", fontsize=style.TEXT)
    moved = sorted(rows, key=lambda row: -abs(_shift(row)))[:NAMED]
    _names(axes, moved, (limits[1] - limits[0]) / 25)
    return [*_mark_keys(rows), *(_told(row, told) for row in moved)]


def _names(axes: Any, rows: Sequence[Mapping[str, Any]], gap: float) -> None:
    """Away from the diagonal, and on either side of it no two nearer than the gap in height."""
    for above in (True, False):
        last = -float("inf")
        for row in sorted(rows, key=lambda row: _place(row)[1]):
            if (_shift(row) > 0) == above:
                x, y = _place(row)
                last = max(y, last + gap)
                axes.annotate(
                    visible(row["part"]), (x, last), xytext=(-8 if above else 8, 0), va="center",
                    ha="right" if above else "left", textcoords="offset points",
                    fontsize=style.SMALL,
                )  # fmt: skip


def _place(row: Mapping[str, Any]) -> tuple[float, float]:
    return row["in_order"]["mean"], row["value"]["mean"]


def _shift(row: Mapping[str, Any]) -> float:
    x, y = _place(row)
    return y - x


def _mark_keys(rows: Sequence[Mapping[str, Any]]) -> list[Line2D]:
    present = {row["read"] for row in rows}
    colours = {**COLOURS, **dict.fromkeys(sorted(present - COLOURS.keys()), NEUTRAL)}
    keys = [
        Line2D([], [], linestyle="", marker=MARKS.get(name, "*"), markersize=8, markeredgewidth=1.5,
               markeredgecolor=colour, markerfacecolor=(colour, 0.2), label=words(name))
        for name, colour in colours.items() if name in present
    ]  # fmt: skip
    return [*keys, Line2D([], [], color="0.55", linewidth=1, label="the order does not matter")]


def _told(row: Mapping[str, Any], told: Wording) -> Line2D:
    """Legend entry of a part: its name and both figures."""
    x, y = _place(row)
    name = textwrap.shorten(part_name(row), 34, placeholder=" …")
    figures = f"{told.signed(x)} when accepted, value {told.signed(y)}"
    return Line2D([], [], linestyle="", label=f"{name}\n{figures}")
