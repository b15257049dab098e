"""Tables of a report, in full, as `report --full` prints and table.txt keeps them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..figures import counted
from ..text import visible_in
from . import (
    answers,
    beside,
    fresh,
    gains,
    integrity,
    leaders,
    models,
    omissions,
    outside,
    planted,
    shown,
    stage_lines,
    transfers,
    view_lines,
)
from .remarks import remarks
from .wording import Wording

NAME, BRIEF = "searcher", "gain"
SEARCH, FINAL, GAIN, GAP = "search", "test", "gain on test [95 %]", "gap"
WRONG = "wrong"
"""columns by their heads in a study with a sealed test split; another claim heads them anew"""
CARD = "card s"
"""column of a study whose evaluations hold cards"""
COLUMNS = (
    NAME, "seed", SEARCH, FINAL, WRONG, GAIN, GAP, "trials", "failed", shown.COLUMN, "CPU s",
    "wall s",
)  # fmt: skip
DROPPED = (
    "wall s", outside.DOLLARS, outside.TOKENS, models.WAITED, "failed", "CPU s", CARD,
    outside.OWN, shown.COLUMN, GAP, "trials", WRONG,
)  # fmt: skip
"""the first to go where a terminal is narrow, those before all that remarks tell of too; then the
interval, then the search score"""
BETWEEN, EDGES = 3, 2  # of the box
KEPT = "(baseline kept)"
AS_IT_IS: Mapping[str, Any] = {"highlight": False, "markup": False, "emoji": False}
"""brackets and colons in somebody's text are no markup"""

Row = Mapping[str, str]


def screen(summary: Mapping[str, Any], *, width: int = 120) -> RenderableType:
    """Cells, baseline and floors, findings and verdict, fitted to the terminal's width."""
    summary = visible_in(summary)  # models and programs wrote some of it
    words, after = Wording.from_json(summary), summary["findings"].get(omissions.FINDING)
    parts: list[RenderableType] = [_table(summary, width, words)]
    if _has(parts[0], GAP):
        parts.append(Text(f"{GAP}: part of the gain on search that did not carry over to test"))
    if _has(parts[0], WRONG):
        parts.append(Text(f"{WRONG}: score on wrong contexts, where each call gets another call's"))
    if decomposed := fresh.table(summary["cells"], width, words):
        parts.append(decomposed)
    if _has(parts[0], shown.COLUMN):
        parts.append(Text(shown.legend(words)))
    parts.extend(Text(line) for line in _baseline(summary, words))
    by_views = view_lines.table(summary.get("views"), width, words)
    parts.extend([by_views] if by_views else [])
    parts.extend(Text(line) for line in answers.lines(summary))
    parts.extend(Text(line) for line in planted.lines(summary))
    parts.extend(Text(line) for line in transfers.lines(summary))
    parts.extend(gains.blocks(summary, width, words))
    parts.extend(stage_lines.blocks(summary))
    parts.extend(Text(line, style="yellow") for line in remarks(summary))
    parts.append(Text("\nintegrity", style="italic"))
    parts.extend(Text(line) for line in integrity.lines(summary["integrity"], words, after))
    parts.append(Text(""))
    leading = leaders.table(summary["standings"], width, words)
    if leading:
        parts.append(leading)
        parts.extend(Text(line) for line in models.lines(summary))
    parts.extend(Text(line) for line in leaders.yardsticks(summary["searchers"], words))
    parts.append(Text(summary["verdict"], style="bold"))
    return Group(*parts)


def text(summary: Mapping[str, Any], width: int = 120) -> str:
    """The report without colour, for pipes and files."""
    return _printed(
        Console(file=io.StringIO(), width=width, force_terminal=False, **AS_IT_IS), summary
    )


def _table(summary: Mapping[str, Any], width: int, words: Wording) -> Table:
    table = Table(
        title=title(summary, words), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    fixed = [_levels("baseline", summary["baseline"], words)]
    fixed += [_levels(f"floor: {name}", floor, words) for name, floor in summary["floors"].items()]
    rows = [_row(cell, words) for cell in summary["cells"]]
    if outside.any_in(summary["cells"]) or models.any_in(summary["cells"]):
        costs = map(outside.columns, summary["cells"])
        rows = [{**row, **more} for row, more in zip(rows, costs, strict=True)]
    columns = fitting([*fixed, *rows], width, words)
    for column in columns:
        if column == NAME:
            table.add_column(column, overflow="fold")
        else:
            table.add_column(heading(column, words), justify="right", no_wrap=True)
    for number, row in enumerate(fixed):
        table.add_row(*_cells(row, columns), style="dim" if number else None)
    table.add_section()
    for row in rows:
        table.add_row(*_cells(row, columns))
    return table


def _has(table: RenderableType, head: str) -> bool:
    return isinstance(table, Table) and any(column.header == head for column in table.columns)


def title(summary: Mapping[str, Any], words: Wording) -> str:
    budget = f"budget {words.trials(summary['budget'])}"
    if summary["max_seconds"] is not None:
        own = ", or of an agent's own time" * outside.any_in(summary["cells"])
        waited = " and of waiting for a model" * summary["count_waiting"]
        budget += f" or {summary['max_seconds']:g} s of evaluation{waited}{own}"
    title = f"{summary['study']} · {budget} · isolation: {summary['isolation']}"
    title = "\n".join([title, *summary.get("lacks", ())])
    if words.plain:
        return title
    better = "; a gain above 0 is better" if words.objective.direction == "minimize" else ""
    caution = f"\n{words.caution}" if words.caution else ""
    return f"{title}\n{words.head}{better}{caution}"


def heading(column: str, words: Wording) -> str:
    """The head of a column in the words of the study's claim."""
    heads = {SEARCH: words.search_column, FINAL: words.final_column, GAIN: words.gain_column}
    return heads.get(column, column)


def columns_of(words: Wording) -> list[str]:
    """The columns that a claim has: one score where nothing was held out, a gap on sealed data."""
    without: set[str] = set()
    if not words.sealed:
        without.add(GAP)
    if not words.held_out:
        without.add(SEARCH)
    return [column for column in COLUMNS if column not in without]


def fitting(rows: Sequence[Row], width: int, words: Wording) -> list[str]:
    """As many columns as fit without a cut.

    Names stand on one line beside the figures that can go, and may break at a space beside the
    scores; a broken word is the last resort.
    """
    extra = (CARD, models.WAITED, *outside.COLUMNS)
    usual = [one for one in columns_of(words) if one != WRONG or any(WRONG in row for row in rows)]
    columns = usual + [one for one in extra if any(one in row for row in rows)]
    for dropped in DROPPED:
        if _needed(rows, columns, cell_len, words) <= width:
            return columns
        if dropped in columns:
            columns.remove(dropped)
    if _needed(rows, columns, _longest_word, words) > width:
        columns[columns.index(GAIN)] = BRIEF
    if _needed(rows, columns, _longest_word, words) > width and SEARCH in columns:
        columns.remove(SEARCH)
    return columns


def _needed(
    rows: Sequence[Row], columns: Sequence[str], of_name: Callable[[str], int], words: Wording
) -> int:
    """Characters that these columns take side by side."""
    widths = [
        max((of_name if column == NAME else cell_len)(text) for text in _texts(rows, column, words))
        for column in columns
    ]
    return sum(widths) + BETWEEN * (len(widths) - 1) + EDGES


def _texts(rows: Sequence[Row], column: str, words: Wording) -> list[str]:
    return [heading(column, words), *(row.get(column, "") for row in rows)]


def _longest_word(name: str) -> int:
    return max(map(cell_len, name.split()), default=0)


def _cells(row: Row, columns: Sequence[str]) -> list[str]:
    return [row.get(column, "") for column in columns]


def _levels(name: str, levels: Mapping[str, Any], words: Wording) -> Row:
    return {
        NAME: name,
        SEARCH: words.level(levels.get("search")),
        FINAL: words.level(levels.get(words.final)),
    }


def _row(cell: Mapping[str, Any], words: Wording) -> Row:
    name = cell["alias"] + (" (recorded)" if cell["recorded"] else "")
    name += f" (for {view})" if (view := cell.get("searched_for")) else ""
    failed = sum(count for status, count in cell["status"].items() if status != "ok")
    brief = words.signed(cell["gain"]) if cell["gain"] is not None else gain(cell, words)
    return {
        **_levels(name, cell, words),
        "seed": str(cell["seed"]),
        GAIN: gain(cell, words),
        BRIEF: brief if cell["champion"] else "kept",
        GAP: words.signed(cell["gap"]),
        "trials": f"{cell['trials']:g}",
        "failed": str(failed),
        shown.COLUMN: shown.column(cell),
        "CPU s": f"{cell['usage']['cpu_s']:.1f}",
        "wall s": f"{cell['usage']['wall_s']:.1f}",
        **({WRONG: words.level(other)} if (other := cell["wrong_context"]) is not None else {}),
        **({CARD: f"{seconds:.1f}"} if (seconds := cell["usage"].get("gpu_s")) else {}),
    }


def gain(cell: Mapping[str, Any], words: Wording) -> str:
    """Gain of a cell with its interval, or why there is none."""
    if not cell["champion"]:
        return KEPT
    if cell["gain"] is None:
        return cell["test_status"] or "-"
    return words.span(cell["gain"], cell["interval"])


def _baseline(summary: Mapping[str, Any], words: Wording) -> Iterator[str]:
    """The baseline by kind where scores decide, what stands beside the objective, and floors."""
    metrics = summary["baseline"]["by_kind"].get(words.final, {})
    if metrics:
        figures = "; ".join(f"{name} {words.metric(value)}" for name, value in metrics.items())
        yield f"baseline on {words.split}: {figures}"
    if (known := summary.get("reference")) is not None:
        yield f"best known from elsewhere: {words.level(known)}"
    outputs = [
        f"{name}: {floor['output']!r}"
        for name, floor in summary["floors"].items()
        if floor["output"]
    ]
    if outputs:
        yield f"floors: {'; '.join(outputs)}"
    yield from beside.lines(summary, words)
    if noise := summary["noise"]:
        yield (
            f"noise of the baseline on {words.on(noise['split'])}: {words.noise(noise['sd'])} "
            f"(standard deviation of one run, from {counted(noise['replicates'], 'seed')})"
        )


def fitted(summary: Mapping[str, Any], sink: TextIO) -> str:
    """The report for a stream: in colour, and fitted to its width, where it is a terminal."""
    console = Console(file=sink, **AS_IT_IS)
    return _printed(console, summary) if console.is_terminal else text(summary)


def _printed(console: Console, summary: Mapping[str, Any]) -> str:
    with console.capture() as capture:
        console.print(screen(summary, width=console.width))
    return capture.get()
