"""Origin of a champion's gain: its parts, and their labels."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ...figures import counted
from ...ledger.cell import CellState
from ...ledger.state import State
from ...statistics import clustered_mean
from ..parts import how, part_name
from ..wording import Wording
from . import style

SHOWN = 12  # parts with a bar of their own; the rest are one bar
NAME_CHARS = 44
HATCH = "////"
# Okabe and Ito (2008), Color Universal Design; a label has one colour in every picture
COLOURS: Mapping[str, str] = {
    "bug_fix": "#d55e00",
    "architecture": "#0072b2",
    "prompt": "#cc79a7",
    "data": "#009e73",
    "format": "#e69f00",
    "hyperparameter": "#56b4e9",
}
NEUTRAL = "#999999"  # mixed, nothing, several


@dataclass(frozen=True)
class Bar:
    """A bar of a figure {"mean", "low", "high"}. beside: the text at its right."""

    name: str
    figure: Mapping[str, Any]
    colour: str
    beside: str = ""
    hatched: bool = False
    filled: bool = True


def accounts(state: State) -> Iterator[tuple[CellState, Mapping[str, Any]]]:
    """Accounts of each searcher's best champion on the search split, where it has one."""
    for cells in style.by_alias(state).values():
        best = max(cells, key=lambda cell: _rank(state, cell))
        account = state.accounts.get(best.key)
        # a run that goes on has the account of an earlier champion until it ends
        current = account and account["champion"] == state.champion(best).number
        if account and current and account["parts"]:
            yield best, account


def _rank(state: State, cell: CellState) -> float:
    score = state.champion(cell).score
    return -inf if score is None else score


def attribution(state: State) -> Iterator[tuple[str, Figure]]:
    """One figure for each searcher: the value of each part, and of each label, on one axis."""
    for cell, account in accounts(state):
        panels = [_parts(state, account), _labels(account)]
        yield f"attribution-{cell.alias}", _figure(state, cell, account, [p for p in panels if p])


def _figure(
    state: State, cell: CellState, account: Mapping[str, Any], panels: Sequence[Sequence[Bar]]
) -> Figure:
    rows = [len(bars) for bars in panels]
    figure, table = style.subplots(
        len(panels), figsize=(style.WIDTH, 2.3 + 0.26 * sum(rows)), sharex=True,
        layout="constrained", height_ratios=rows,
    )  # fmt: skip
    axes: Any = table[:, 0]
    for one, bars in zip(axes, panels, strict=True):
        _draw(one, bars)
    if len(panels) > 1:
        axes[0].set_title("parts, in the order of acceptance", loc="left", fontsize=style.TEXT)
        axes[1].set_title("sums by label", loc="left", fontsize=style.TEXT)
    told = style.words(state)
    axes[-1].set_xlabel(_value_axis(told), fontsize=style.TEXT)
    style.head(figure, *_title(state, cell, account, told))
    hatched = any(bar.hatched for bar in panels[0])
    style.legend(figure, _keys(account, hatched), _caption(account, told))
    return figure


def parts_on_axes(state: State, account: Mapping[str, Any], axes: Any) -> list[Patch]:
    """The values of an account's parts on one axis of somebody's; returns the legend's keys."""
    bars = _parts(state, account)
    _draw(axes, bars)
    axes.set_xlabel(_value_axis(style.words(state)), fontsize=style.TEXT)
    keys = _keys(account, any(bar.hatched for bar in bars))
    return keys[:-1] if any(row["form"] == "edit" for row in account["parts"]) else keys


def labels_on_axes(state: State, account: Mapping[str, Any], axes: Any) -> list[Patch]:
    """The sums by label on one axis of somebody's; returns the legend's keys.

    Empty, and nothing drawn, where a champion sets parameters only.
    """
    bars = _labels(account)
    if not bars:
        return []
    _draw(axes, bars)
    axes.set_xlabel(_value_axis(style.words(state)), fontsize=style.TEXT)
    return _keys(account, hatched=False)


def _value_axis(told: Wording) -> str:
    where = f" on {told.split}" if told.held_out else ""
    unit = f" ({told.gain_axis})" if told.gain_axis else ""
    return f"value: its gain{where}, averaged over orders{unit}"


def _title(state: State, cell: CellState, account: Mapping[str, Any], told: Wording) -> list[str]:
    replay = ", recorded" if style.recorded(cell) else ""
    decided = "" if account["decided"] else ", not decided"
    where = f" on {told.split}" if told.held_out else ""
    return [
        f"{state.study['name']}: what the gain of {cell.alias} came from",
        f"gain{where} {told.figure(account['gain'])}{told.gain_unit}{decided} (seed {cell.seed}"
        f"{replay}, trial {account['champion']})",
        how(account, told),
        *([told.caution] if told.caution else []),
    ]


def _parts(state: State, account: Mapping[str, Any]) -> list[Bar]:
    """Bars of the largest parts in the order of acceptance, and one bar of all others."""
    rows = account["parts"]
    ranked = sorted(range(len(rows)), key=lambda n: -abs(rows[n]["value"]["mean"]))
    kept = set(ranked[: SHOWN if len(rows) > SHOWN + 1 else len(rows)])
    bars = [_part(row) for n, row in enumerate(rows) if n in kept]
    rest = [n for n in range(len(rows)) if n not in kept]
    if rest:
        total, reach = _sum(state, account, rest), all(rows[n]["reach"] == "R0" for n in rest)
        name = f"other parts ({len(rest)})"
        bars.append(Bar(name, total, NEUTRAL, beside="their sum", hatched=reach))
    return bars


def _part(row: Mapping[str, Any]) -> Bar:
    claimed, read = row["label"], row["read"]
    label = words(read) if claimed in (read, None) else f"{words(read)} (claimed {words(claimed)})"
    name = textwrap.shorten(part_name(row), NAME_CHARS, placeholder=" …")
    colour, hatched = COLOURS.get(read, NEUTRAL), row["reach"] == "R0"
    return Bar(name, row["value"], colour, beside=label, hatched=hatched)


def _sum(state: State, account: Mapping[str, Any], places: Sequence[int]) -> Mapping[str, Any]:
    """Sum of several parts' values, with an interval of its own: those of parts do not add up."""
    items, values = account["by_item"]["items"], account["by_item"]["values"]
    total = {item: sum(values[n][k] for n in places) for k, item in enumerate(items)}
    found = clustered_mean(total, state.rows(state.final), tails=state.objective.pooled)
    return found.figure()


def _labels(account: Mapping[str, Any]) -> list[Bar]:
    """Bars by label: as the searcher claims (open) and by the code; none for parameters only."""
    if all(row["form"] == "parameter" for row in account["parts"]):
        return []
    claimed, read = account["labels"]["claimed"], account["labels"]["read"]
    bars = []
    for label in dict.fromkeys([*claimed, *read]):
        for told, table in (("claimed", claimed), ("by the code", read)):
            row = table.get(label)
            if row and row["parts"]:
                count = counted(row["parts"], "part")
                name, colour = f"{words(label)}, {told}", COLOURS.get(label, NEUTRAL)
                is_read = told != "claimed"
                bars.append(Bar(name, row["sum"], colour, beside=count, filled=is_read))
    return bars


def _draw(axes: Any, bars: Sequence[Bar]) -> None:
    for place, bar in enumerate(bars):
        _bar(axes, place, bar)
    axes.axvline(0, color="0.3", linewidth=1)
    axes.set_yticks(range(len(bars)), [bar.name for bar in bars], fontsize=style.SMALL)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:+g}" if x else "0"))
    beside = axes.secondary_yaxis("right")
    beside.set_yticks(range(len(bars)), [bar.beside for bar in bars], fontsize=style.SMALL)
    beside.tick_params(length=0)


def _bar(axes: Any, place: int, bar: Bar) -> None:
    figure = bar.figure
    axes.barh(
        place, figure["mean"], 0.62, facecolor=bar.colour if bar.filled else "white",
        edgecolor=bar.colour, linewidth=1.2, zorder=2,
    )  # fmt: skip
    if bar.hatched:
        axes.barh(place, figure["mean"], 0.62, facecolor="none", edgecolor="white", hatch=HATCH,
                  linewidth=0, zorder=2.5)  # fmt: skip
    if figure["low"] is not None:
        axes.plot([figure["low"], figure["high"]], [place, place], "|-", color="0.2",
                  linewidth=1.1, markersize=5, zorder=3)  # fmt: skip


def _caption(account: Mapping[str, Any], told: Wording) -> str:
    rows = account["parts"]
    reachable = sum(row["reach"] == "R0" for row in rows)
    whiskers = (
        f"; a whisker is the 95 % interval of its own bar over {told.unit_of_sampling[1]}, and "
        "whiskers do not add up"
        if account["gain"]["low"] is not None
        else ""
    )
    lines = [
        f"The parts sum to the gain{whiskers}. Declared parameters could express {reachable} of "
        f"{len(rows)} parts."
    ]
    if not account["order"]["reliable"]:
        lines.append(
            f"UNRELIABLE: {account['order']['failed']} of {account['order']['tried']} sampled "
            "subsets did not build."
        )
    missing = [n for n, row in account["labels"]["read"].items() if not row["measurable"]]
    if missing and any(row["form"] == "edit" for row in rows):
        lines.append(f"Not measurable in this study: {', '.join(map(words, missing))}.")
    return " ".join(lines)


def _keys(account: Mapping[str, Any], hatched: bool) -> list[Patch]:
    """Keys of the labels that occur, by the code or by claim, of a hatch and of an open bar."""
    rows = account["parts"]
    present = {row["read"] for row in rows} | {row["label"] for row in rows}
    keys = [Patch(facecolor=c, label=words(n)) for n, c in COLOURS.items() if n in present]
    if hatched:
        keys.append(
            Patch(facecolor=NEUTRAL, edgecolor="white", hatch=HATCH,
                  label="declared parameters could do it")
        )  # fmt: skip
    if any(row["form"] == "edit" for row in rows):
        keys.append(Patch(facecolor="white", edgecolor="0.4", label="as claimed by the searcher"))
    return keys


def words(label: str) -> str:
    return label.replace("_", " ")
