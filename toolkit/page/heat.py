"""Section on items: a map of items x champions, where what was not evaluated is no failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from markupsafe import Markup

from ..report.wording import Wording
from .marks import Palette, drawing, element, figure

WIDTH = 1000.0
ROW = 22.0
HEAD = 4.0
LEVELS = 6
"""steps of the colours, from the worst level to the best"""
MOST = 3000
"""items that are drawn one by one; of more, as many are drawn, evenly"""

Row = Mapping[str, Any]


def items(summary: Row, found: Row, words: Wording, palette: Palette) -> dict[str, Any]:
    """A drawing with a row for each program; items by kind, then by how many programs have them."""
    table = found["items"]
    programs = [one for one in table["programs"] if one["levels"]]
    rows = [
        (_kind(row), [one["levels"][n] for one in programs]) for n, row in enumerate(table["rows"])
    ]
    if not rows or not programs:
        return {"svg": "", "programs": [], "kinds": [], "split": words.split, "count": 0}
    sign = words.objective.sign
    kinds = {kind: n for n, kind in enumerate(sorted({kind for kind, _ in rows}))}
    rows.sort(key=lambda row: (kinds[row[0]], -_goodness(row[1], sign)))
    drawn = rows if len(rows) <= MOST else rows[:: -(-len(rows) // MOST)]
    known = [x for _, levels in rows for x in levels if x is not None]
    ends = min(known, default=0.0), max(known, default=1.0)
    told = f"levels of {len(rows)} {words.nouns.items} under {len(programs)} programs"
    return {
        "svg": drawing(
            WIDTH, HEAD + ROW * len(programs), told,
            [*_rows(drawn, len(programs), ends, sign)],
            "heat", stretched=True,
        ),
        "programs": [
            {"name": one["program"], "status": one["status"] or "not evaluated"} for one in programs
        ],
        "kinds": [(kind, len(list(some))) for kind, some in groupby(drawn, key=lambda one: one[0])],
        "split": words.split,
        "count": len(rows),
        "drawn": len(drawn),
        "low": words.level(min(known, default=None)),
        "high": words.level(max(known, default=None)),
        "better": "higher" if sign > 0 else "lower",
    }  # fmt: skip


def _kind(row: Row) -> str:
    """Kind of an item; those that the objective does not count say so."""
    return (row["kind"] or "all") + ", not counted" * (not row["counts"])


def _goodness(levels: Sequence[float | None], sign: int) -> float:
    return sum(sign * x for x in levels if x is not None)


def _rows(
    rows: Sequence[tuple[str, Sequence[float | None]]],
    programs: int,
    ends: tuple[float, float],
    sign: int,
) -> Iterator[Markup]:
    """One path for each step of the colours: ten thousand elements would take seconds to draw."""
    wide = WIDTH / len(rows)
    paths: dict[str, list[str]] = {}
    for n, (_, levels) in enumerate(rows):
        for place in range(programs):
            kind = _step(levels[place], ends, sign)
            at = f"M{figure(n * wide)} {figure(HEAD + place * ROW)}"
            paths.setdefault(kind, []).append(f"{at}h{wide:.2f}v{ROW - 4:g}h-{wide:.2f}z")
    for kind in sorted(paths):
        yield element("path", d="".join(paths[kind]), class_=kind)
    yield from _borders(rows, wide, programs)


def _borders(rows: Sequence[tuple[str, Any]], wide: float, programs: int) -> Iterator[Markup]:
    """Lines between kinds."""
    for n in range(1, len(rows)):
        if rows[n][0] != rows[n - 1][0]:
            x = figure(n * wide)
            yield element("line", x1=x, x2=x, y1=0, y2=HEAD + ROW * programs, class_="border")


def _step(level: float | None, ends: tuple[float, float], sign: int) -> str:
    if level is None:
        return "unknown"
    low, high = ends
    part = 1.0 if high == low else (level - low) / (high - low)
    part = part if sign > 0 else 1 - part
    return f"h{min(LEVELS - 1, int(part * LEVELS))}"
