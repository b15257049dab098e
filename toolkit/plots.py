"""Pictures of a run, each on a matplotlib axis of yours (docs/python.md).

A function draws on `ax`, or on an axis of a new figure without one, and returns the axis, as those
of seaborn do. Fonts, sizes and grid are those of your figure. `toolkit plot` writes the same
pictures as files, laid out as a page.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl  # before the pictures of a report: the windows are yours
from matplotlib import pyplot as plt

from .errors import UserError
from .report.gaps import rank
from .report.parts import how
from .report.plots import attribution as of_parts
from .report.plots import curves, order, outcomes, splits, style
from .runs.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "anytime",
    "attribution",
    "failures",
    "labels",
    "order_dependence",
    "search_against_test",
]
PLAIN: Any = {"text.parse_math": False}  # a note may hold dollar signs
ROW, ROOM = 0.3, 1.6  # inches of a bar, and of what stands around them
BELOW = 0.55  # inches from an axis to a legend below it
TITLE_CHARS = 60


def anytime(run: Run, ax: Axes | None = None, *, legend: bool = True) -> Axes:
    """The champions' level over the trials charged: mean of the seeds, with their range."""
    state = run.reportable
    with mpl.rc_context(PLAIN):
        axes = _axes(ax)
        return _finished(axes, curves.on_axes(state, axes), legend)


def search_against_test(run: Run, ax: Axes | None = None, *, legend: bool = True) -> Axes:
    """Each champion's level on the data that it was chosen on against the level that decides.

    Raises UserError where the study holds nothing out.
    """
    state = run.reportable
    if not style.words(state).held_out:
        raise UserError("the study holds nothing out: there is one level only")
    with mpl.rc_context(PLAIN):
        axes = _axes(ax)
        return _finished(axes, splits.on_axes(state, axes), legend)


def failures(run: Run, ax: Axes | None = None, *, legend: bool = True) -> Axes:
    """Shares of each searcher's evaluations by how they ended.

    Raises UserError where no searcher has begun.
    """
    state = run.reportable
    searchers = style.by_alias(state)
    if not searchers:
        raise UserError(f"no searcher of {run.name} has begun; `toolkit compare` resumes it")
    with mpl.rc_context(PLAIN):
        axes = _axes(ax, 0.6 * len(searchers))
        keys = outcomes.on_axes(state, axes)
        return _finished(axes, keys, legend, below=True)


def attribution(
    run: Run, cell: str | None = None, ax: Axes | None = None, *, legend: bool = True
) -> Axes:
    """The value of each part of a champion, with its 95 % interval.

    cell: such as "optuna-0"; without one the best champion that has an account. Raises UserError
    where there is none.
    """
    account = _account(run, cell)
    with mpl.rc_context(PLAIN):
        axes = _axes(ax, ROW * min(of_parts.SHOWN + 1, len(account["parts"])))
        keys = of_parts.parts_on_axes(run.state, account, axes)
        return _finished(axes, keys, legend, below=True)


def labels(
    run: Run, cell: str | None = None, ax: Axes | None = None, *, legend: bool = True
) -> Axes:
    """The sums of a champion's parts by label: as claimed (open bars), and by the code.

    Raises UserError where it has no account, or sets parameters only.
    """
    account = _account(run, cell)
    if all(part["form"] == "parameter" for part in account["parts"]):
        raise UserError("this champion sets parameters only: all have one label")
    with mpl.rc_context(PLAIN):
        axes = _axes(ax, ROW * 2 * len(account["labels"]["read"]))
        keys = of_parts.labels_on_axes(run.state, account, axes)
        return _finished(axes, keys, legend, below=True)


def order_dependence(
    run: Run, cell: str | None = None, ax: Axes | None = None, *, legend: bool = True
) -> Axes:
    """The gain of each part when it was accepted against its value over all orders.

    Raises UserError where parts were not accepted one after another.
    """
    account = _account(run, cell)
    if not order.ordered(account):
        raise UserError("all parts of this champion came in one trial, and so have no order")
    with mpl.rc_context(PLAIN):
        axes = _axes(ax, 3.2)
        keys = order.on_axes(run.state, account, axes)
        told = textwrap.fill(how(account, style.words(run.state)), TITLE_CHARS)
        axes.set_title(told, loc="left", fontsize=style.SMALL)
        return _finished(axes, keys, legend)


def _account(run: Run, name: str | None) -> Mapping[str, Any]:
    """Account of a cell's champion, or of the best champion that has one."""
    state = run.reportable
    known = {cell.name: account for cell, account in of_parts.accounts(state)}
    if name is not None:
        cell = run.cell(name)
        found = state.accounts.get(cell.key)
        if found and found["parts"] and found["champion"] == state.champion(cell).number:
            return found
    elif known:
        return known[max(known, key=lambda one: rank(state, run.cell(one)))]
    whose = f"the champion of {name}" if name else "no champion"
    has = "has no account" if name else "has an account"
    raise UserError(
        f"{whose} {has} of its gain; `toolkit attribute {run.folder}` makes them (a champion "
        "that is the baseline has no gain)"
    )


def _axes(ax: Axes | None, inner: float = 2.6) -> Axes:
    """The axis to draw on. inner: inches in height that a new one needs for what it shows."""
    if ax is not None:
        return ax
    _, found = plt.subplots(figsize=(style.WIDTH, ROOM + inner), layout="constrained")
    return found


def _finished(axes: Axes, keys: Sequence[Any], legend: bool, *, below: bool = False) -> Axes:
    """The axis with its legend, and no text on it read as mathematics.

    below: the legend stands below, because names stand at the right of the axis.
    """
    if legend and keys:
        place = (0.0, -BELOW / _height(axes)) if below else (1.0, 1.0)
        axes.legend(
            handles=list(keys), loc="upper left", bbox_to_anchor=place, frameon=False,
            fontsize=style.SMALL, ncols=style.columns(keys) if below else 1,
        )  # fmt: skip
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_parse_math(False)  # ticks may be older than what was drawn
    return axes


def _height(axes: Axes) -> float:
    """Height of an axis in inches, before its figure is laid out."""
    return max(0.1, axes.get_window_extent().height / axes.figure.dpi)
