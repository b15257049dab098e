"""Texts about one run: what it was asked for, what came of it, where its files are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import shorten

from ..errors import UserError
from ..figures import counted
from ..report.cells import name
from ..report.wording import Wording
from .deletion import idle
from .frames import cells_of
from .listing import PAGE, begun
from .run import Run, load_run

TITLE_CHARS = 200
FILES = (PAGE, "table.txt", "summary.json", "plots")


def lines(run: Run) -> Iterator[str]:
    """The run as plain text."""
    state = run.state
    cells = cells_of(state)
    ended = sum(cell.ended is not None for cell in cells)
    yield f"{run.folder}"
    title = shorten(state.study.get("title", ""), TITLE_CHARS, placeholder="…")
    yield f"study: {run.study or '?'}" + (f" ({title})" if title else "")
    yield f"version of the study: {state.study.get('digest', '?')[:8]}"
    yield f"begun: {begun(state) or '-'}; {counted(len(state.commands), 'command')} on record"
    yield f"budget: {counted(state.budget, 'trial')} a cell"
    yield f"cells: {ended} of {len(cells)} ended; {'at work' if at_work(run.folder) else 'idle'}"
    if not state.has_comparison:
        yield "verdict: no comparison yet; `toolkit compare` starts or resumes it"
    else:
        yield from (f"  {line}" for line in _cells(run))
        yield f"verdict: {run.verdict}"
    there = [name for name in FILES if (run.folder / name).exists()]
    size = sum(one.stat().st_size for one in run.folder.rglob("*") if one.is_file())
    yield f"files: {', '.join(there) or 'the ledger alone'}; {size / 1e6:.1f} MB in all"


def _cells(run: Run) -> Iterator[str]:
    words = Wording.from_json(run.summary)
    for cell in run.summary["cells"]:
        gain = words.span(cell["gain"], cell["interval"]) + words.gain_unit
        told = f"gain {gain} on {words.split}" if cell["champion"] else "baseline kept"
        models = f", {', '.join(cell['models'])}" * bool(cell["models"])
        trials = counted(cell["trials"], "trial")
        yield f"{name(cell)}: {told}, {trials}, {cell['ended']}{models}"


def at_work(folder: Path) -> bool:
    """True where a process is writing the run."""
    try:
        with idle(folder):
            return False
    except UserError:
        return True


def holds(folder: Path) -> str:
    """A run with what is lost by its deletion, to follow a verb: `runs/toy, with 24 trials …`."""
    try:
        state = load_run(folder).state
    except UserError:
        return f"{folder}, whose ledger cannot be read"
    trials = sum(len(cell.started) for cell in state.cells.values())
    opened = counted(len(state.openings), "opening")
    return f"{folder}, with {counted(trials, 'trial')} and the record of {opened} of the test split"
