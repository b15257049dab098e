"""Execution of `toolkit compare`, once its options are read."""

from __future__ import annotations

import itertools
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from ..compare import Comparison, run_folder
from ..errors import AnotherRun, UserError
from ..ledger.ledger import FILENAME
from ..llm.gateway import Channel
from ..outside import walls
from ..places import Place, at_work, note
from ..plugins import Registry, installed, warn
from ..search.budget import Budget
from ..search.cells import CellSpec, Plan
from ..study.study import Study
from . import lookup, output
from .cells import plan_cells
from .channel import open_channel, tell_no_model
from .options import ComparisonOptions


def execute(asked: ComparisonOptions) -> int:
    """Exit code: 0, or 1 if a cell failed. Raises UserError before anything is spent."""
    study, registry = prepared(asked)
    channel = open_channel(asked, study, registry)
    cells = plan_cells(asked, study, registry, channel)
    if channel is None:
        tell_no_model(cells, study)
    return conduct(asked, study, registry, cells, channel)


def prepared(asked: ComparisonOptions) -> tuple[Study, Registry]:
    """The study, and what is installed. Raises UserError for options that cannot be."""
    asked.check()
    registry = installed()
    warn(registry, output.note)
    study = lookup.study(asked.study, registry)
    registry.find("evaluator", asked.place.evaluator)  # before a run folder is made
    return study, registry


def conduct(
    asked: ComparisonOptions, study: Study, registry: Registry, cells: Sequence[CellSpec],
    channel: Channel | None = None, *, joins: bool = False,
) -> int:  # fmt: skip
    """Run cells and report them. Exit code: 0, or 1 if a cell failed.

    joins: see Plan. Raises UserError before anything is spent.
    """
    _check_budget(asked.budget, study)
    _check_walls(cells, asked.place)
    budget = Budget(asked.budget, asked.max_seconds, asked.max_usd, asked.count_waiting)
    folder = asked.out or run_folder(study.name, study.digest, lookup.RUNS)
    lookup.open_data(study)  # missing data stops here, before a run folder is made
    if not asked.out:
        _tell_of_earlier(folder, study)
    # with all that draws tables: only those wait for it who asked for something sound
    from ..page import page
    from ..page.refresher import Refresher
    from ..report import files
    from .display import Display

    with at_work(folder, asked.place, study, registry, output.note) as work:
        plan = Plan(
            cells, budget, work.slots, asked.stall_seconds, channel, after=asked.after,
            weak=asked.place.allow_weak, joins=joins,
        )  # fmt: skip
        display = Display(folder, plan, study, work.evaluator.isolation, work.bench.full)
        if channel:
            channel.note = channel.provider.note = display.note
        if answers := work.bench.answers:
            answers.note = answers.provider.note = display.note
        comparison = Comparison(work.bench, work.ledger, plan, display)
        display.recall(comparison.state.cells)
        note(comparison.journal, work.evaluator)
        try:
            with display, Refresher(comparison.journal, folder, display.note):
                comparison.run()
        except AnotherRun as error:
            raise UserError(f"{error}\n{ways_on(folder, sys.argv[1:])}") from error
        finally:
            note(comparison.journal, work.evaluator)  # nodes may have joined, and be weaker
        display.note("report: summary, table, page" + " and plots" * asked.plots)
        summary = files.write(comparison.state, folder, plots=asked.plots)
        page.write(comparison.state, folder, summary)
    if not asked.plots and (folder / files.PLOTS).is_dir():
        output.note(f"{folder / files.PLOTS} is older: `toolkit plot {folder}` draws anew")
    if asked.as_json:
        output.say_json(summary)
    else:
        output.show(summary, run=folder)
        output.note(f"written to {folder}; the page is {folder / page.NAME}")
    failed = any(cell["ended"] == "failed" for cell in summary["cells"])
    return int(failed or bool(comparison.cut_short))


def _check_budget(budget: float, study: Study) -> None:
    times = study.replicates.search
    if budget < times:
        raise UserError(
            f"--budget {budget:g} does not cover one trial: [replicates] search = {times} runs "
            f"each trial {times} times, and each time is charged; give at least --budget {times}"
        )


def _check_walls(cells: Sequence[CellSpec], place: Place) -> None:
    """Raises UserError where an agent could read the answers and nobody said that it may."""
    if place.allow_weak or not any(spec.row().get("live") for spec in cells):
        return
    if place.evaluator != "local":
        raise UserError(
            f"--evaluator {place.evaluator} may run what any process of this machine asks for, an "
            "agent's too, which could so read the answers; use --evaluator local, or say "
            "--allow-weak, and the table says so"
        )
    walls.require(walls.abi())


def ways_on(folder: Path, typed: Sequence[str]) -> str:
    """Commands to type where a folder holds another run. typed: the arguments of this command."""
    whole = folder.resolve()
    free = next(
        path
        for number in itertools.count(2)
        if not (path := whole.with_name(f"{whole.name}-{number}")).exists()
    )
    again, beside = (shlex.join(["toolkit", *words]) for words in (typed, elsewhere(typed, free)))
    return (
        f"to keep it, and begin another: {beside}\n"
        f"to drop it, and begin anew: rm {shlex.quote(str(folder / FILENAME))}* && {again}\n"
        f"to go on with it, take the change back: {again}"
    )


def elsewhere(typed: Sequence[str], folder: Path) -> list[str]:
    """Arguments of the same command with another --out."""
    kept: list[str] = []
    rest = iter(typed)
    for word in rest:
        if word == "--out":
            next(rest, "")
        elif not word.startswith("--out="):
            kept.append(word)
    return [*kept, "--out", str(folder)]


def _tell_of_earlier(folder: Path, study: Study) -> None:
    """Say that a changed study begins a new run: the change may be a stray file."""
    if (folder / FILENAME).is_file():
        return
    same_name = re.compile(re.escape(study.name) + "-[0-9a-f]{8}")
    earlier = [path.parent for path in lookup.RUNS.glob(f"*/{FILENAME}")]
    earlier = [path for path in earlier if same_name.fullmatch(path.name)]
    if earlier:
        last = max(earlier, key=lambda path: (path / FILENAME).stat().st_mtime)
        output.note(
            f"study {study.name!r} has changed since {last}: this is a new run. Its code, data, "
            f"task, parameters, splits and limits count, and every data file in {study.folder}"
        )
