"""The table on screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from . import gains, integrity

NARROW, TINY = 100, 78


def screen(summary: Mapping[str, Any], *, width: int = 120) -> RenderableType:
    """Cells, baseline and floors, findings and verdict, fitted to the terminal's width."""
    parts: list[RenderableType] = [_table(summary, width)]
    parts.append(Text(_categories(summary)))
    parts.extend(gains.blocks(summary, width))
    parts.extend(Text(line, style="yellow") for line in _remarks(summary))
    parts.append(Text("\nintegrity", style="italic"))
    parts.extend(Text(line) for line in integrity.lines(summary["integrity"]))
    parts.append(Text(""))
    parts.append(Text(summary["verdict"], style="bold"))
    return Group(*parts)


def text(summary: Mapping[str, Any], width: int = 120) -> str:
    """The same without colour, for pipes and files."""
    console = Console(width=width, color_system=None, force_terminal=False, highlight=False)
    with console.capture() as capture:
        console.print(screen(summary, width=width))
    return capture.get()


def _table(summary: Mapping[str, Any], width: int) -> Table:
    budget = f"budget {summary['budget']:g} trials"
    if summary["max_seconds"] is not None:
        budget += f" or {summary['max_seconds']:g} s of evaluation"
    title = f"{summary['study']} · {budget} · isolation: {summary['isolation']}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("searcher", overflow="fold", min_width=8)
    for heading in ("seed", "search", "test", "gain on test [95 %]", *_more(width)):
        table.add_column(heading, justify="right", no_wrap=True)
    baseline = summary["baseline"]
    table.add_row("baseline", "", _score(baseline["search"]), _score(baseline["test"]))
    for name, floor in summary["floors"].items():
        table.add_row(name, "", _score(floor.get("search")), _score(floor.get("test")), style="dim")
    table.add_section()
    for cell in summary["cells"]:
        table.add_row(*_row(cell), *_figures(cell, baseline, _more(width)))
    return table


def _more(width: int) -> Sequence[str]:
    """Columns beyond the scores, as many as fit."""
    if width < TINY:
        return ()
    return (
        ("trials", "failed") if width < NARROW else ("gap", "trials", "failed", "CPU s", "wall s")
    )


def _row(cell: Mapping[str, Any]) -> list[str]:
    name = cell["alias"] + (" (recorded)" if cell["recorded"] else "")
    return [name, str(cell["seed"]), _score(cell["search"]), _score(cell["test"]), _gain(cell)]


def _figures(
    cell: Mapping[str, Any], baseline: Mapping[str, Any], headings: Sequence[str]
) -> list[str]:
    failed = sum(count for status, count in cell["status"].items() if status != "ok")
    figures = {
        "gap": _gap(cell, baseline),
        "trials": f"{cell['trials']:g}",
        "failed": str(failed),
        "CPU s": f"{cell['usage']['cpu_s']:.1f}",
        "wall s": f"{cell['usage']['wall_s']:.1f}",
    }
    return [figures[heading] for heading in headings]


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _gain(cell: Mapping[str, Any]) -> str:
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


def _categories(summary: Mapping[str, Any]) -> str:
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


def show(summary: Mapping[str, Any]) -> None:
    """Print to stdout, in colour where it is a terminal."""
    console = Console(highlight=False)
    width = console.width if console.is_terminal else 120
    if console.is_terminal:
        console.print(screen(summary, width=width))
    else:
        print(text(summary, width), end="")
