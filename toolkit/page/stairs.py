"""The fourth section of a page: every trial as a dot, and the best so far as a stair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ..figures import counted
from ..report import cells
from ..report.wording import Wording
from .marks import Palette, Scale, drawing, element, figure, padded, steps, tick

WIDTH, HEIGHT = 360.0, 216.0
LEFT, RIGHT, TOP, BOTTOM = 50.0, 10.0, 12.0, 50.0
RAIL = 12.0
"""strip below the scores, in which trials without a score stand"""
AXES = {
    "trials": "trials charged",
    "seconds": "seconds of evaluation",
    "tokens": "tokens",
    "usd": "dollars",
}
_SPENT = {"seconds": "wall_s", "tokens": "tokens", "usd": "usd"}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Frame:
    """Scales of all drawings of one axis."""

    x: Scale
    y: Scale
    label: str


def stairs(summary: Row, found: Row, words: Wording, palette: Palette) -> dict[str, Any]:
    """One drawing for each searcher and axis; all of an axis on the same scales."""
    aliases: dict[str, list[str]] = {}
    for cell in summary["cells"]:
        aliases.setdefault(cell["alias"], []).append(cells.name(cell))
    rules = {cell["alias"]: cell.get("searched_for", "") for cell in summary["cells"]}
    bases = found["baselines"]
    ends = _ends(found, bases.values(), words)
    told = {}
    for axis, label in AXES.items():
        most = max((_x(row, axis) or 0.0 for rows in found["cells"].values() for row in rows),
                   default=0.0)  # fmt: skip
        if axis == "trials":
            most = max(most, summary["budget"])
        if not most:
            continue
        frame = Frame(
            Scale(0.0, most, LEFT, WIDTH - RIGHT),
            Scale(*ends, HEIGHT - BOTTOM - RAIL, TOP),
            label,
        )
        told[axis] = {
            "label": label,
            "drawings": [
                _drawing(alias, {name: found["cells"][name] for name in names}, frame, axis,
                         bases[names[0]], rules[alias], palette)
                for alias, names in aliases.items()
            ],
        }  # fmt: skip
    return {
        "axes": told,
        "objective": words.head,
        "y": "score on search" if words.plain else words.head,
    }


def _x(row: Row, axis: str) -> float | None:
    if axis == "trials":
        return float(row["charged"])
    return row["spent"][_SPENT[axis]] if row["spent"] else None


def _ends(found: Row, bases: Iterable[float | None], words: Wording) -> tuple[float, float]:
    """Ends of the scores: the stairs whole, and all but the worst twentieth of the trials."""
    rows = [row for rows in found["cells"].values() for row in rows if row["score"] is not None]
    kept = [row["score"] for row in rows if row["kept"]]
    scores = sorted((row["score"] for row in rows), key=lambda one: words.objective.sign * one)
    most = scores[len(scores) // 20 :]
    return padded([*kept, *most, *(one for one in bases if one is not None)])


def _drawing(
    alias: str, seeds: Mapping[str, Sequence[Row]], frame: Frame, axis: str, base: float | None,
    rule: str, palette: Palette,
) -> dict[str, Any]:  # fmt: skip
    marks = [*_grid(frame)]
    if base is not None:
        y = figure(frame.y.at(base))
        marks.append(element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="base"))
    for rows in seeds.values():
        marks += _dots(rows, frame, axis, palette.colour(alias))
    for rows in seeds.values():
        marks.append(_stair(rows, frame, axis, base, palette, alias))
    every = [row for rows in seeds.values() for row in rows]
    failed = sum(row["status"] not in ("ok", None) for row in every)
    by = f", scores by {rule}" if rule else ""
    told = f"{alias}: {counted(len(every), 'trial')}, {failed} failed{by}"
    return {
        "alias": alias,
        "colour": palette.colour(alias),
        "told": told,
        "svg": drawing(WIDTH, HEIGHT, f"{told}, over {frame.label}", marks, "chart"),
    }


def _grid(frame: Frame) -> Iterator[Markup]:
    bottom = HEIGHT - BOTTOM
    for value in frame.y.ticks(4):
        y = figure(frame.y.at(value))
        yield element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="grid")
        yield element("text", tick(value), x=LEFT - 6, y=y, class_="tick end")
    for value in frame.x.ticks(4):
        x = figure(frame.x.at(value))
        yield element("line", x1=x, x2=x, y1=bottom, y2=bottom + 4, class_="axis")
        yield element("text", tick(value), x=x, y=bottom + 17, class_="tick middle")
    yield element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=bottom, y2=bottom, class_="axis")
    middle = figure((LEFT + WIDTH - RIGHT) / 2)
    yield element("text", frame.label, x=middle, y=HEIGHT - 8, class_="label middle")


def _dots(rows: Sequence[Row], frame: Frame, axis: str, colour: str) -> Iterator[Markup]:
    """Dots by status, one path for each kind: thousands of elements would take seconds to draw."""
    paths: dict[str, list[str]] = {}
    for row in rows:
        x = _x(row, axis)
        if x is None or row["status"] is None:
            continue
        at = figure(frame.x.at(x))
        if row["score"] is None:
            paths.setdefault("failed", []).append(_cross(frame.x.at(x), HEIGHT - BOTTOM - 7))
        elif not frame.y.holds(row["score"]):
            y = frame.y.at(row["score"])
            paths.setdefault("beyond", []).append(f"M{at} {figure(y)}m-3 -2h6l-3 5z")
        else:
            kind = "kept" if row["kept"] else "ok"
            size = 3.4 if row["kept"] else 2.2
            paths.setdefault(kind, []).append(_circle(at, figure(frame.y.at(row["score"])), size))
    for kind in ("ok", "beyond", "failed", "kept"):
        if kind in paths:
            yield element("path", d="".join(paths[kind]), class_=f"trial {kind} {colour}")


def _along(point: tuple[float, float]) -> float:
    return point[0]


def _circle(x: str, y: str, size: float) -> str:
    return f"M{x} {y}m-{size} 0a{size} {size} 0 1 0 {2 * size} 0a{size} {size} 0 1 0 -{2 * size} 0"


def _cross(x: float, y: float) -> str:
    return f"M{figure(x - 3)} {figure(y - 3)}l6 6m0 -6l-6 6"


def _stair(
    rows: Sequence[Row], frame: Frame, axis: str, base: float | None, palette: Palette, alias: str
) -> Markup:
    kept = [(x, row["score"]) for row in rows if row["kept"] and (x := _x(row, axis)) is not None]
    last = max((x for row in rows if (x := _x(row, axis)) is not None), default=0.0)
    first = [(0.0, base)] if base is not None else []
    places = [
        (frame.x.at(x), frame.y.at(score)) for x, score in sorted([*first, *kept], key=_along)
    ]
    d = steps(places, frame.x.at(last))
    return element("path", d=d, class_=f"stair {palette.colour(alias)}")
