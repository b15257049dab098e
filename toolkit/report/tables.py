"""The table on screen."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..text import visible_in
from . import gains, integrity, leaders

NAME, GAIN, BRIEF = "searcher", "gain on test [95 %]", "gain"
COLUMNS = (NAME, "seed", "search", "test", GAIN, "gap", "trials", "failed", "CPU s", "wall s")
DROPPED = ("wall s", "CPU s", "gap", "failed", "trials")
"""the first to go where a terminal is narrow; then the interval, then the search score"""
BETWEEN, EDGES = 3, 2  # of the box
KEPT = "(baseline kept)"
_AS_IT_IS: Mapping[str, Any] = {"highlight": False, "markup": False, "emoji": False}
"""brackets and colons in somebody's text are no markup"""

Row = Mapping[str, str]


def screen(summary: Mapping[str, Any], *, width: int = 120) -> RenderableType:
    """Cells, baseline and floors, findings and verdict, fitted to the terminal's width."""
    summary = visible_in(summary)  # models and programs wrote some of it
    parts: list[RenderableType] = [_table(summary, width)]
    parts.append(Text(_kinds(summary)))
    parts.extend(gains.blocks(summary, width))
    parts.extend(Text(line, style="yellow") for line in _remarks(summary))
    parts.append(Text("\nintegrity", style="italic"))
    parts.extend(Text(line) for line in integrity.lines(summary["integrity"]))
    parts.append(Text(""))
    leading = leaders.table(summary["standings"], width)
    if leading:
        parts.append(leading)
    parts.extend(Text(line) for line in leaders.yardsticks(summary["searchers"]))
    parts.append(Text(summary["verdict"], style="bold"))
    return Group(*parts)


def text(summary: Mapping[str, Any], width: int = 120) -> str:
    """The same without colour, for pipes and files."""
    return _printed(
        Console(file=io.StringIO(), width=width, force_terminal=False, **_AS_IT_IS), summary
    )


def _table(summary: Mapping[str, Any], width: int) -> Table:
    budget = f"budget {summary['budget']:g} trials"
    if summary["max_seconds"] is not None:
        budget += f" or {summary['max_seconds']:g} s of evaluation"
    title = f"{summary['study']} · {budget} · isolation: {summary['isolation']}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    baseline = summary["baseline"]
    fixed = [_scores("baseline", baseline)]
    fixed += [_scores(name, floor) for name, floor in summary["floors"].items()]
    rows = [_row(cell, baseline) for cell in summary["cells"]]
    headings = fitting([*fixed, *rows], width)
    for heading in headings:
        if heading == NAME:
            table.add_column(heading, overflow="fold")
        else:
            table.add_column(heading, justify="right", no_wrap=True)
    for number, row in enumerate(fixed):
        table.add_row(*_cells(row, headings), style="dim" if number else None)
    table.add_section()
    for row in rows:
        table.add_row(*_cells(row, headings))
    return table


def fitting(rows: Sequence[Row], width: int) -> list[str]:
    """The headings of as many columns as fit without a cut.

    Names stand on one line beside the figures that can go, and may break at a space beside the
    scores; a broken word is the last resort.
    """
    headings = list(COLUMNS)
    for dropped in DROPPED:
        if _needed(rows, headings, cell_len) <= width:
            return headings
        headings.remove(dropped)
    if _needed(rows, headings, _longest_word) > width:
        headings[headings.index(GAIN)] = BRIEF
    if _needed(rows, headings, _longest_word) > width:
        headings.remove("search")
    return headings


def _needed(rows: Sequence[Row], headings: Sequence[str], of_name: Callable[[str], int]) -> int:
    """Characters that these columns take side by side."""
    widths = [
        max((of_name if heading == NAME else cell_len)(text) for text in _column(rows, heading))
        for heading in headings
    ]
    return sum(widths) + BETWEEN * (len(widths) - 1) + EDGES


def _column(rows: Sequence[Row], heading: str) -> list[str]:
    return [heading, *(row.get(heading, "") for row in rows)]


def _longest_word(name: str) -> int:
    return max(map(cell_len, name.split()), default=0)


def _cells(row: Row, headings: Sequence[str]) -> list[str]:
    return [row.get(heading, "") for heading in headings]


def _scores(name: str, scores: Mapping[str, Any]) -> Row:
    found = {split: _score(scores.get(split)) for split in ("search", "test")}
    return {NAME: name, **found}


def _row(cell: Mapping[str, Any], baseline: Mapping[str, Any]) -> Row:
    name = cell["alias"] + (" (recorded)" if cell["recorded"] else "")
    failed = sum(count for status, count in cell["status"].items() if status != "ok")
    return {
        **_scores(name, cell),
        "seed": str(cell["seed"]),
        GAIN: _gain(cell),
        BRIEF: "kept" if not cell["champion"] else _gain(cell).partition(" ")[0],
        "gap": _gap(cell, baseline),
        "trials": f"{cell['trials']:g}",
        "failed": str(failed),
        "CPU s": f"{cell['usage']['cpu_s']:.1f}",
        "wall s": f"{cell['usage']['wall_s']:.1f}",
    }


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _gain(cell: Mapping[str, Any]) -> str:
    if not cell["champion"]:
        return KEPT
    if cell["test_gain"] is None:
        return cell["test_status"] or "-"
    return _span(cell["test_gain"], cell["interval"])


def _gap(cell: Mapping[str, Any], baseline: Mapping[str, Any]) -> str:
    """How much of the gain on the search split did not carry over to the test split."""
    if cell["test_gain"] is None or cell["search"] is None:
        return "-"
    return f"{cell['search'] - baseline['search'] - cell['test_gain']:+.3f}"


def _span(mean: float | None, bounds: Sequence[float | None] | None) -> str:
    if mean is None or bounds is None:
        return "-"
    low, high = bounds
    if low is None or high is None:
        return f"{mean:+.3f}"
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"


def _kinds(summary: Mapping[str, Any]) -> str:
    """Baseline on the test split by kind, and what stands beside the objective."""
    metrics = summary["baseline"]["by_category"].get("test", {})
    figures = "; ".join(f"{name} {value:.3f}" for name, value in metrics.items())
    answers = [
        f"{name}: {floor['answer']!r}"
        for name, floor in summary["floors"].items()
        if floor["answer"]
    ]
    return f"baseline on test: {figures}\nfloors: {'; '.join(answers)}"


def _remarks(summary: Mapping[str, Any]) -> list[str]:
    remarks = [
        f"{cell['alias']} (seed {cell['seed']}) {cell['ended']}: {cell['detail'].splitlines()[0]}"
        for cell in summary["cells"]
        if cell["detail"]
    ]
    after = summary["findings"].get("after")
    if after and after["left_out"]:
        usual = "all of it would take longer than the search (--after full includes them)"
        why = f"--after {after['level']} was asked for" if after["asked"] else usual
        remarks.append(f"left out, since {why}: {', '.join(after['left_out'])}")
    remarks += [_failed(cell) for cell in summary["cells"] if cell["failures"]]
    remarks += [
        f"{cell['alias']} (seed {cell['seed']}) has no trial on the whole search split: its "
        "champion is the baseline"
        for cell in summary["cells"]
        if cell["evaluations"] and not cell["full_share"]
    ]
    remarks += [
        f"{cell['alias']} (seed {cell['seed']}) asked for other trials when it was resumed: a "
        "searcher that draws chance from elsewhere than lab.rng or lab.seed cannot be replayed"
        for cell in summary["cells"]
        if cell["diverged"]
    ]
    remarks += [
        f"{cell['alias']} (seed {cell['seed']}) is recorded: its language model "
        f"({', '.join(cell['models'])}) answered in an earlier run"
        for cell in summary["cells"]
        if cell["recorded"]
    ]
    remarks += [
        f"{cell['alias']} (seed {cell['seed']}): {cell['mismatches']} prompts differ from those "
        "that were answered; the code under study or the searcher has changed since: record anew"
        for cell in summary["cells"]
        if cell["mismatches"]
    ]
    remarks += [
        f"{cell['alias']} (seed {cell['seed']}): {cell['cached']} trials are programs that had run "
        "before; they are charged as then and were not run again"
        for cell in summary["cells"]
        if cell["cached"]
    ]
    if summary["left_out"]:
        remarks.append(
            "on record, not in this table (name them in --searchers to see them at one budget): "
            + ", ".join(summary["left_out"])
        )
    return remarks


def _failed(cell: Mapping[str, Any]) -> str:
    """`random (seed 0): 5 of 9 trials failed: 5 crashed, e.g. …`"""
    kinds = [
        f"{row['trials']} {row['status']}" + (f", e.g. {row['example']}" if row["example"] else "")
        for row in cell["failures"]
    ]
    failed, tried = sum(row["trials"] for row in cell["failures"]), sum(cell["status"].values())
    count = f"{failed} of {tried} trials" if failed < tried else f"every one of its {tried} trials"
    return f"{cell['alias']} (seed {cell['seed']}): {count} failed: {'; '.join(kinds)}"


def shown(summary: Mapping[str, Any], sink: TextIO) -> str:
    """What to write into a stream: in colour, and fitted to its width, where it is a terminal."""
    console = Console(file=sink, **_AS_IT_IS)
    return _printed(console, summary) if console.is_terminal else text(summary)


def _printed(console: Console, summary: Mapping[str, Any]) -> str:
    with console.capture() as capture:
        console.print(screen(summary, width=console.width))
    return capture.get()
