"""Small drawings that stand in the rows of tables: intervals, bars, and ranges of levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from .marks import Scale, drawing, element, figure, padded

WIDTH, HEIGHT = 180.0, 18.0
EDGE = 4.0

Row = Mapping[str, Any]
Bounds = Sequence[float | None] | None


def axis(values: Iterable[float | None], *, zero: bool = True) -> Scale:
    """One scale for all drawings of a table, so that they can be compared."""
    known = [one for one in values if one is not None]
    return Scale(*padded([*known, *([0.0] if zero else [])]), EDGE, WIDTH - EDGE)


def of_figures(figures: Iterable[Row | None]) -> Scale:
    """Scale for figures {"mean", "low", "high"}."""
    return axis(one[key] for one in figures if one for key in ("mean", "low", "high"))


def interval(mean: float | None, bounds: Bounds, scale: Scale, told: str, colour: str) -> Markup:
    """A point with its interval, on a line at zero; told: the same in words."""
    if mean is None:
        return Markup("")
    marks = [_zero(scale)]
    low, high = bounds if bounds else (None, None)
    middle = HEIGHT / 2
    if low is not None and high is not None:
        marks.append(_line(scale.at(low), scale.at(high), middle, f"whisker {colour}"))
    marks.append(
        element("circle", cx=figure(scale.at(mean)), cy=middle, r=4, class_=f"dot {colour}")
    )
    return drawing(WIDTH, HEIGHT, told, marks, "mini")


def bar(found: Row | None, scale: Scale, told: str, colour: str, start: float = 0.0) -> Markup:
    """A bar from a start to its end, with the interval of its length where it has one."""
    if not found:
        return Markup("")
    ends = sorted((scale.at(start), scale.at(start + found["mean"])))
    marks = [
        _zero(scale),
        element(
            "rect", x=figure(ends[0]), y=3, width=figure(max(1.0, ends[1] - ends[0])), height=12,
            class_=f"bar {colour}",
        ),
    ]  # fmt: skip
    if found.get("low") is not None:
        left, right = (scale.at(start + found[key]) for key in ("low", "high"))
        marks.append(_line(left, right, HEIGHT / 2, "whisker ink"))
    return drawing(WIDTH, HEIGHT, told, marks, "mini")


def amount(value: float | None, most: float, told: str, colour: str) -> Markup:
    """A bar from zero, of an amount."""
    if value is None or not most:
        return Markup("")
    width = max(1.0, value / most * WIDTH)
    mark = element("rect", x=0, y=3, width=figure(width), height=12, class_=f"bar {colour}")
    return drawing(WIDTH, HEIGHT, told, [mark], "mini")


def points(places: Sequence[tuple[str, float | None]], scale: Scale, told: str) -> Markup:
    """Places on one line, joined; each a shape of its own class: round, square or open."""
    known = [(kind, scale.at(value)) for kind, value in places if value is not None]
    if not known:
        return Markup("")
    xs = [x for _, x in known]
    marks = [_zero(scale), _line(min(xs), max(xs), HEIGHT / 2, "whisker dim")]
    marks += [_shape(kind, x) for kind, x in known]
    return drawing(WIDTH, HEIGHT, told, marks, "mini")


def _shape(kind: str, x: float) -> Markup:
    middle = HEIGHT / 2
    if kind == "test":
        return element("circle", cx=figure(x), cy=middle, r=4.5, class_="dot mark-test")
    if kind == "fresh":
        corner = {"x": figure(x - 3.5), "y": figure(middle - 3.5)}
        return element("rect", **corner, width=7, height=7, class_="dot mark-fresh")
    return element("circle", cx=figure(x), cy=middle, r=4, class_="open mark-search")


def _zero(scale: Scale) -> Markup:
    if not scale.holds(0.0):
        return Markup("")
    x = figure(scale.at(0.0))
    return element("line", x1=x, x2=x, y1=0, y2=HEIGHT, class_="zero")


def _line(left: float, right: float, y: float, kind: str) -> Markup:
    ends = {"x1": figure(left), "x2": figure(right)}
    return element("line", **ends, y1=figure(y), y2=figure(y), class_=kind)
