"""Style that the pictures share: a look for each searcher, titles, captions, legends."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import seaborn as sns
from matplotlib.figure import Figure

from ...ledger.cell import CellState
from ...ledger.session import OPEN
from ...ledger.state import State
from ...ledger.subjects import BASELINE, SPLITS
from ..models import COMPUTE
from ..summary import reported
from ..wording import Wording, wording

WIDTH = 8.0  # inches: a picture in a page of text
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES: tuple[Any, ...] = ("", (6, 2), (7, 1.5, 1.5, 1.5), (3, 1.5), (8, 2, 3, 2))
TITLE_CHARS, LINE_CHARS, CAPTION_CHARS, AXIS_CHARS = 84, 105, 118, 56
TEXT, SMALL = 9.5, 8.5


@dataclass(frozen=True)
class Look:
    """Look of one searcher: it can be told apart in print without colour, too."""

    colour: Any
    marker: str
    dash: Any
    label: str

    @property
    def linestyle(self) -> Any:
        return (0, self.dash) if self.dash else "-"


def looks(state: State) -> Mapping[str, Look]:
    """{alias: look}, by the order in which the searchers were asked for."""
    cells = by_alias(state)
    colours = sns.color_palette("colorblind", max(1, len(cells)))
    return {
        alias: Look(
            colours[n],
            MARKERS[n % len(MARKERS)],
            DASHES[n % len(DASHES)],
            f"{alias} ({_facts(state, cells[alias])})",
        )
        for n, alias in enumerate(cells)
    }


def by_alias(state: State) -> Mapping[str, Sequence[CellState]]:
    found: dict[str, list[CellState]] = {}
    for cell in reported(state):
        found.setdefault(cell.alias, []).append(cell)
    return found


def words(state: State) -> Wording:
    """The words and figures of the run's own study."""
    return wording(state, reported(state))


def baseline(state: State) -> Mapping[str, float | None]:
    """{split: level of the unchanged program}, None where it is not known."""
    shown = state.objective.shown
    found = {split: state.assessments.get((BASELINE, split)) for split in SPLITS}
    return {
        split: shown(one.score) if one and one.score is not None else None
        for split, one in found.items()
    }


def _facts(state: State, cells: Sequence[CellState]) -> str:
    """Facts beside a searcher's name: how many seeds, whether it is a replay or unfinished."""
    facts = [f"n={len(cells)}"]
    if any(recorded(cell) for cell in cells):
        facts.append("recorded")
    if any(cell.continued for cell in cells):
        facts.append("continued")
    if any(cell.reach == OPEN for cell in cells):
        facts.append("could read the data")
    if not all(cell.ended for cell in cells):
        facts.append("unfinished")
    elif not all(state.result_of(state.champion(cell)) for cell in cells):
        facts.append("not scored yet")
    return ", ".join(facts)


def recorded(cell: CellState) -> bool:
    """True where the cell's language model answered in an earlier run."""
    return any(one.recorded for one in cell.completions.values())


def uncounted(state: State) -> str:
    """Note on an axis of evaluations where a cell has a language model or an agent; else empty."""
    found = any(cell.completions or cell.sessions for cell in reported(state))
    return f" ({COMPUTE})" if found else ""


def subplots(rows: int = 1, columns: int = 1, **how: Any) -> tuple[Figure, Any]:
    """A figure with a table of axes, of which no window knows: it only goes into a file."""
    across = {name: how.pop(name) for name in ("sharex", "height_ratios") if name in how}
    figure = Figure(**how)
    return figure, figure.subplots(rows, columns, squeeze=False, **across)


def head(figure: Figure, *told: str) -> None:
    """A title and what must be known to read it, at the left edge, wrapped to the width."""
    lines = [line for text in told for line in textwrap.wrap(text, TITLE_CHARS)]
    figure.suptitle("\n".join(lines), x=0.01, ha="left", fontsize=TEXT + 1)


def along(axis: str) -> str:
    """Label of an axis, on more lines where it is longer than the axis."""
    return textwrap.fill(axis, AXIS_CHARS)


def legend(figure: Figure, handles: Sequence[Any], caption: str = "") -> None:
    """Draw the legend below everything: inside it would cover the lines; a caption is above it."""
    figure.legend(
        handles=list(handles), loc="outside lower left", ncols=columns(handles), frameon=False,
        fontsize=TEXT, title=textwrap.fill(caption, CAPTION_CHARS), title_fontsize=SMALL,
        alignment="left", handlelength=2.6,
    )  # fmt: skip


def legend_height(handles: Sequence[Any]) -> float:
    """Height of a legend in inches, so that a figure can make room for many searchers."""
    return 0.3 + 0.2 * -(-len(handles) // columns(handles))


def columns(handles: Sequence[Any]) -> int:
    longest = max((len(handle.get_label()) for handle in handles), default=0)
    return max(1, min(len(handles), LINE_CHARS // (longest + 8)))  # 8: the handle and the gaps
