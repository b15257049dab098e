"""Levels of the champions where they were chosen and where they are decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import ConnectionPatch, Rectangle
from matplotlib.ticker import MaxNLocator

from ...ledger.state import State
from ..gaps import searched
from ..summary import reported
from ..wording import Wording
from . import style
from .zoom import Range, nearness, padded, span


def search_against_test(state: State) -> Iterator[tuple[str, Figure]]:
    """Each champion's level on the search split against the one that decides.

    None where no data or seeds were held out: there is one level only.
    """
    words = style.words(state)
    if not words.held_out:
        return
    looks, points = style.looks(state), _champions(state)
    found = _base(state)
    whole = _whole(points, found)
    zoom = _corner(points, found)
    keys = [*_mark_keys(looks), *_base_keys()]
    height = (4.4 if zoom else 4.8) + style.legend_height(keys)
    figure, panels = style.subplots(
        columns=2 if zoom else 1, figsize=(style.WIDTH, height), layout="constrained"
    )
    axes: Any = panels[0]
    for one, limits, size in zip(axes, (whole, zoom), (6 if zoom else 9, 9), strict=False):
        _scatter(one, points, looks, found, limits, size)
    if zoom:
        _enlarge(figure, axes[0], axes[1], zoom)
    _name_axes(axes, words)
    style.head(figure, *_title(state, words))
    style.legend(figure, keys)
    yield "search-against-test", figure


def on_axes(state: State, axes: Any) -> list[Line2D]:
    """The same on one axis of somebody's, without what is enlarged; returns the legend's keys.

    Empty, and nothing drawn, where no data or seeds were held out.
    """
    words = style.words(state)
    if not words.held_out:
        return []
    looks, points, found = style.looks(state), _champions(state), _base(state)
    _scatter(axes, points, looks, found, _whole(points, found), 9)
    _name_axes([axes], words)
    return [*_mark_keys(looks), *_base_keys()]


def _base(state: State) -> tuple[float | None, float | None]:
    base = style.baseline(state)
    return base["search"], base["test"]


def _whole(points: Sequence[tuple[str, Range]], base: tuple[Any, Any]) -> Range:
    """Limits that hold every champion and the baseline."""
    every = [x for point in [*(at for _, at in points), base] for x in point if x is not None]
    return padded(span(every or [0.0, 1.0]))


def _name_axes(axes: Sequence[Any], words: Wording) -> None:
    tuned = "tuned on" if words.sealed else "chosen on"
    for one in axes:
        one.set_xlabel(_axis(words, "search", tuned), fontsize=style.TEXT)
    final = ("test", "sealed") if words.sealed else ("final", "other seeds")
    axes[0].set_ylabel(_axis(words, *final), fontsize=style.TEXT)


def _axis(words: Wording, split: str, note: str) -> str:
    if words.plain:
        return f"{split} score ({note})"
    return style.along(f"{split} ({note}): {words.head}")


def _title(state: State, words: Wording) -> tuple[str, str]:
    worse = "below" if words.objective.direction == "maximize" else "above"
    where = f"{words.nouns.items} that it was not tuned on" if words.sealed else "other seeds"
    scores = "on both splits" if words.sealed else "where they were chosen and on other seeds"
    return (
        f"{state.study['name']}: champions {scores}",
        f"one mark for each seed; {worse} the line: worse on {where}",
    )


def _champions(state: State) -> list[tuple[str, Range]]:
    """(alias, (chosen on, decided on)) of each seed whose champion has both levels."""
    shown, found = state.objective.shown, []
    for cell in reported(state):
        score, result = searched(state, cell), state.result_of(state.champion(cell))
        if result and result.score is not None and score is not None:
            found.append((cell.alias, (shown(score), shown(result.score))))
    return found


def _scatter(
    axes: Any, points: Sequence[tuple[str, Range]], looks: Mapping[str, style.Look],
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


def _enlarge(figure: Figure, whole: Any, part: Any, zoom: Range) -> None:
    """Frame on one panel what the other shows, and join the two."""
    low, high = zoom
    whole.add_patch(
        Rectangle(
            (low, low), high - low, high - low, fill=False, color="0.2", linewidth=1, zorder=5
        )
    )
    for corner, y in (((high, high), 1), ((high, low), 0)):
        line = ConnectionPatch(
            corner, (0, y), coordsA=whole.transData, coordsB=part.transAxes, color="0.7",
            linewidth=0.8, linestyle=(0, (4, 3)),
        )  # fmt: skip
        line.set_in_layout(False)
        figure.add_artist(line)
    part.set_title("the square, enlarged", loc="left", fontsize=style.TEXT)


def _corner(points: Sequence[tuple[str, Range]], base: tuple[Any, Any]) -> Range | None:
    """The square to enlarge: round the champions close to the baseline, if others are far."""
    if None in base:
        return None
    near = nearness([*base, *(x for _, at in points for x in at)])
    close = [
        at for _, at in points if all(abs(x - b) <= near for x, b in zip(at, base, strict=True))
    ]
    if len(close) == len(points) or not set(close) - {base}:
        return None
    return padded(span([*base, *(x for at in close for x in at)]))


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
