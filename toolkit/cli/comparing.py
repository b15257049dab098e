"""What `toolkit compare` does once its options are read."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from ..bench import Bench
from ..budget import Budget
from ..compare import CellSpec, Comparison, Plan, run_folder
from ..errors import UserError
from ..evaluators.local import LocalEvaluator
from ..ledger import Ledger
from ..options import Assignment, build, parse_assignment
from ..plugins import Registry, installed, warn
from ..report import files, tables
from ..study import Study
from . import lookup
from .display import Display


@dataclass(frozen=True)
class Request:
    """The command line of one comparison."""

    study: str | None
    budget: float
    searchers: str | None
    seeds: int | None
    slots: int | None
    out: Path | None
    options: tuple[str, ...]
    max_seconds: float | None
    stall_seconds: float
    as_json: bool


def execute(request: Request) -> int:
    """Exit code: 0, or 1 if a cell failed. Raises UserError before anything is spent."""
    registry = installed()
    warn(registry)
    study = lookup.study(request.study, registry)
    cells = plan_cells(request, study, registry)
    slots = request.slots or len(os.sched_getaffinity(0))
    budget = Budget(request.budget, request.max_seconds)
    plan = Plan(cells, budget, slots, request.stall_seconds)
    folder = request.out or run_folder(study.name, study.digest, lookup.RUNS)
    study.task()  # missing data stops here, before a run folder is made
    with (
        Ledger(folder, writer=True) as ledger,
        LocalEvaluator(preload=study.preload, slots=plan.slots) as evaluator,
    ):
        display = Display(folder, plan, study, evaluator.isolation)
        with display:
            state = Comparison(Bench(study, evaluator), ledger, plan, display.observer()).run()
        summary = files.write(state, folder)
    if request.as_json:
        lookup.print_json(summary)
    else:
        tables.show(summary)
        click.echo(f"written to {folder}", err=True)
    return int(any(cell["ended"] == "failed" for cell in summary["cells"]))


def plan_cells(request: Request, study: Study, registry: Registry) -> list[CellSpec]:
    """Every searcher with every seed; all that is wrong with the request stops here."""
    chosen = parse_searchers(request.searchers, study)
    assignments = [parse_assignment(text) for text in request.options]
    _check_targets(assignments, chosen)
    cells = []
    for alias, name in chosen.items():
        factory = registry.find("searcher", name).value
        given = {a.option: a.value for a in assignments if a.target == name}
        given |= {a.option: a.value for a in assignments if a.target == alias}
        options = build(factory, alias, given)
        factory(**options)  # a wrong value stops here, before anything is spent
        seeds = range(request.seeds or study.seeds)
        cells += [CellSpec(alias, name, factory, options, seed) for seed in seeds]
    return cells


def parse_searchers(text: str | None, study: Study) -> Mapping[str, str]:
    """{alias: searcher's name}."""
    words = [word.strip() for word in text.split(",")] if text else list(study.searchers)
    if not words:
        raise UserError(f"study {study.name!r} names no default searchers; add --searchers NAME")
    chosen: dict[str, str] = {}
    for word in words:
        alias, _, name = word.partition("=")
        if not alias or not alias.replace("-", "").replace("_", "").isalnum():
            raise UserError(f"--searchers: {word!r} is not NAME or ALIAS=NAME")
        if alias in chosen:
            raise UserError(f"--searchers: {alias!r} is named twice; write other=NAME for one")
        chosen[alias] = name or alias
    return chosen


def _check_targets(assignments: Sequence[Assignment], chosen: Mapping[str, str]) -> None:
    known = {*chosen, *chosen.values()}
    for assignment in assignments:
        if assignment.target not in known:
            raise UserError(
                f"-o {assignment.target}.{assignment.option}: {assignment.target!r} is not among "
                f"the searchers of this command ({', '.join(sorted(known))})"
            )
