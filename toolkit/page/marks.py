"""Marks of drawings: scales, ticks, shapes, and a colour for each searcher."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

from markupsafe import Markup, escape

SERIES = 8


class Palette:
    """Colours of the searchers, by the order in which they were asked for."""

    def __init__(self, aliases: Sequence[str]) -> None:
        self._places = {alias: n for n, alias in enumerate(dict.fromkeys(aliases))}

    def colour(self, alias: str) -> str:
        """Name of a colour, which each theme has its own value of."""
        return f"c{self._places.get(alias, 0) % SERIES}"


@dataclass(frozen=True)
class Scale:
    """Places of values between two ends of a drawing."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Place of a value; values beyond an end are put at it."""
        width = self.high - self.low
        part = 0.5 if width == 0 else (value - self.low) / width
        return self.start + min(1.0, max(0.0, part)) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def ticks(self, wanted: int = 4) -> list[float]:
        """Round values between the ends, about as many as are wanted."""
        width = self.high - self.low
        if not width or not isfinite(width):
            return [self.low]
        raw = width / max(1, wanted)
        power = 10 ** floor(log10(raw))
        step = next(power * n for n in (1, 2, 5, 10) if power * n >= raw * 0.999)
        first = ceil(self.low / step - 1e-9)
        last = floor(self.high / step + 1e-9)
        return [n * step for n in range(first, last + 1)]


def padded(values: Sequence[float], part: float = 0.06) -> tuple[float, float]:
    """Ends of an axis that shows all values, with a little room."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = (high - low) * part or abs(high) * 0.1 or 1.0
    return low - room, high + room


def figure(value: float) -> str:
    """A place in a drawing: one digit behind the point is a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def tick(value: float) -> str:
    """Text of a tick."""
    return "0" if abs(value) < 1e-12 else f"{value:,.6g}"


def steps(points: Sequence[tuple[float, float]], end: float) -> str:
    """Path of a stair through some points, to the right end."""
    if not points:
        return ""
    (x, y), *rest = points
    path = [f"M{figure(x)} {figure(y)}"]
    path += [f"H{figure(x)}V{figure(y)}" for x, y in rest]
    return "".join([*path, f"H{figure(end)}"])


def element(name: str, inside: str | Markup = "", **attributes: object) -> Markup:
    """One element of a drawing; texts and attributes are escaped."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value not in (None, "")
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, Markup(told), inside)


def drawing(
    width: float, height: float, title: str, marks: Iterator[Markup] | Sequence[Markup], kind: str,
    *, stretched: bool = False,
) -> Markup:  # fmt: skip
    """A drawing that says in words what it shows."""
    inside = Markup("").join([element("title", title), *marks])
    return element(
        "svg", inside, viewBox=f"0 0 {figure(width)} {figure(height)}", role="img", class_=kind,
        aria_label=title, preserveAspectRatio="none" if stretched else "xMinYMid meet",
        height=figure(height) if stretched else None,
    )  # fmt: skip
