"""Execution of `toolkit compare`, once its options are read."""

from __future__ import annotations

import contextlib
import itertools
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from ..bench.cost import After
from ..compare import Comparison, run_folder
from ..errors import AnotherRun, PluginError, UserError, near_misses
from ..evaluators.guard import blamed
from ..ledger.ledger import FILENAME
from ..llm.gateway import Channel
from ..llm.prices import Prices
from ..llm.prices import parse as parse_price
from ..llm.provider import Messages, Provider, Reply
from ..llm.recorded import RecordedProvider
from ..places import Place, at_work, note
from ..plugins import Registry, contained, installed, warn
from ..search.budget import Budget
from ..search.cells import CellSpec, Plan
from ..search.options import Assignment, build, parse_assignment
from ..search.searcher import Outline, refusal
from ..study.study import Study
from . import lookup, output


@dataclass(frozen=True)
class ComparisonOptions:
    """Options of one `toolkit compare`."""

    study: str | None
    budget: float
    searchers: str | None
    seeds: int | None
    place: Place
    out: Path | None
    options: tuple[str, ...]
    max_seconds: float | None
    stall_seconds: float
    llm: str | None
    recording: Path | None
    max_usd: float | None
    prices: tuple[str, ...]
    after: After | None
    show_llm: bool
    plots: bool
    as_json: bool


def execute(asked: ComparisonOptions) -> int:
    """Exit code: 0, or 1 if a cell failed. Raises UserError before anything is spent."""
    registry = installed()
    warn(registry, output.note)
    study = lookup.study(asked.study, registry)
    registry.find("evaluator", asked.place.evaluator)  # before a run folder is made
    channel = open_channel(asked, study, registry)
    cells = plan_cells(asked, study, registry, channel)
    _check_budget(asked.budget, study)
    budget = Budget(asked.budget, asked.max_seconds)
    folder = asked.out or run_folder(study.name, study.digest, lookup.RUNS)
    study.task()  # missing data stops here, before a run folder is made
    if not asked.out:
        _tell_of_earlier(folder, study)
    # with all that draws tables: only those wait for it who asked for something sound
    from ..report import files
    from .display import Display

    with at_work(folder, asked.place, study, registry, output.note) as work:
        plan = Plan(cells, budget, work.slots, asked.stall_seconds, channel, after=asked.after)
        display = Display(folder, plan, study, work.evaluator.isolation, work.bench.full)
        if channel:
            channel.note = channel.provider.note = display.note
        comparison = Comparison(work.bench, work.ledger, plan, display)
        note(comparison.journal, work.evaluator)
        try:
            with display:
                comparison.run()
        except AnotherRun as error:
            raise UserError(f"{error}\n{ways_on(folder, sys.argv[1:])}") from error
        finally:
            note(comparison.journal, work.evaluator)  # nodes may have joined, and be weaker
        display.note("report: summary, table" + " and plots" * asked.plots)
        summary = files.write(comparison.state, folder, plots=asked.plots)
    if not asked.plots and (folder / files.PLOTS).is_dir():
        output.note(f"{folder / files.PLOTS} is older: `toolkit plot {folder}` draws anew")
    if asked.as_json:
        output.say_json(summary)
    else:
        output.show(summary)
        output.note(f"written to {folder}")
    return int(any(cell["ended"] == "failed" for cell in summary["cells"]))


def _check_budget(budget: float, study: Study) -> None:
    times = study.replicates.search
    if budget < times:
        raise UserError(
            f"--budget {budget:g} does not cover one trial: [replicates] search = {times} runs "
            f"each trial {times} times, and each time is charged; give at least --budget {times}"
        )


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
            f"study {study.name!r} has changed since {last}: this is a new run. Its code, task, "
            f"parameters, splits and limits count, and every data file in {study.folder}"
        )


def open_channel(asked: ComparisonOptions, study: Study, registry: Registry) -> Channel | None:
    """Language model of this run; None where no searcher of it uses one.

    Without --llm it is the study's own recording: a key that happens to be in the environment
    never starts spending.
    """
    prices = Prices(dict(parse_price(text) for text in asked.prices))
    chosen = parse_searchers(asked.searchers, study).values()
    if not any(registry.find("searcher", name).uses_llm for name in chosen):
        for option, given in (("llm", asked.llm), ("recording", asked.recording)):
            if given and not _from_environment(option):
                raise UserError(f"--{option}: no searcher of this command uses a language model")
        return None
    name, _, argument = (asked.llm or "recorded").partition(":")
    if name == "recorded" and not argument:
        argument = str(asked.recording or study.recording)
    if not asked.llm and not argument:
        return None  # the cell says what to type; the other searchers run
    show = show_completion if asked.show_llm else None
    both = asked.llm and asked.recording
    first = RecordedProvider(str(asked.recording)) if both else None
    provider = make_provider(registry, name, argument)
    channel = Channel(provider, first, prices, asked.max_usd, show)
    channel.check_price(provider)
    return channel


def make_provider(registry: Registry, name: str, argument: str) -> Provider:
    """Provider that answers `--llm name:argument`; raises UserError where there is none."""
    spec = f"--llm {name}:{argument}" if argument else f"--llm {name}"
    try:
        factory = registry.find("llm", name).value
    except PluginError as error:
        raise PluginError(f"{spec}: {error}; write it like --llm openai:MODEL") from error
    with blamed(f"{spec} cannot be used:"):
        made: Provider = factory(argument)
        named = isinstance(getattr(made, "name", None), str)
    if not named or not callable(getattr(made, "complete", None)):
        raise PluginError(
            f"{spec} cannot be used: its {type(made).__name__} has no name or no "
            "complete(asked); inherit from toolkit.Provider"
        )
    return made


def _from_environment(option: str) -> bool:
    """True if a TOOLKIT_COMPARE_… variable set an option: it is meant for all commands."""
    context = click.get_current_context(silent=True)
    source = context.get_parameter_source(option) if context else None
    return source is ParameterSource.ENVIRONMENT


def show_completion(title: str, messages: Messages, reply: Reply) -> None:
    for message in messages:
        output.note(f"--- {title}: {message['role']} ---\n{message['content']}")
    output.note(f"--- {title}: reply of {reply.model} ---\n{reply.text}")


def plan_cells(
    asked: ComparisonOptions, study: Study, registry: Registry, channel: Channel | None
) -> list[CellSpec]:
    """Cells of every searcher with every seed; whatever is wrong in the options stops here."""
    chosen = parse_searchers(asked.searchers, study)
    assignments = [parse_assignment(text) for text in asked.options]
    _check_targets(assignments, chosen)
    cells: list[CellSpec] = []
    refused: dict[str, str] = {}
    for alias, name in chosen.items():
        found = registry.find("searcher", name)
        factory = found.value
        model = channel.provider.name if channel and found.uses_llm else None
        given = {a.option: a.value for a in assignments if a.target == name}
        given |= {a.option: a.value for a in assignments if a.target == alias}
        options = build(factory, alias, given)
        wanted = range(asked.seeds or study.seeds)
        seeds = answerable(channel, name, options, wanted) if model else wanted
        mine = [
            CellSpec(alias, name, factory, options, seed, model, found.uses_llm) for seed in seeds
        ]
        with contained(f"searcher {alias!r}"):
            made = mine[0].make()  # a wrong value stops here, before anything is spent
        refused[alias] = ""
        with (
            contained(f"searcher {alias!r}: check_study()"),
            contextlib.suppress(Exception),  # a plugin's fault: its cell will fail of it
        ):
            refused[alias] = refusal(made, Outline.of(study))
        cells += mine
    tell_refusals(refused)
    return cells


def tell_refusals(refused: Mapping[str, str]) -> None:
    """A line for each searcher that has nothing to do; raises UserError where none has anything."""
    told: dict[str, list[str]] = {}
    for alias, why in refused.items():
        if why:
            told.setdefault(why, []).append(alias)
    lines = [f"{', '.join(aliases)}: {why}" for why, aliases in told.items()]
    if all(refused.values()):
        raise UserError("no searcher of this command has anything to do:\n" + "\n".join(lines))
    for line in lines:
        output.note(f"{line}. The others go on")


def answerable(
    channel: Channel | None, searcher: str, options: Mapping[str, Any], seeds: Sequence[int]
) -> Sequence[int]:
    """Seeds that the language model can answer: a recording holds one of them.

    Where it holds none the first stays, and its cell says what to do.
    """
    if channel is None:
        return seeds
    provider = channel.provider
    with blamed(f"--llm: covers() of {provider.name!r} raised"):
        found = [seed for seed in seeds if provider.covers(searcher, options, seed)] or seeds[:1]
    if len(found) < len(seeds):
        held = ", ".join(map(str, found))
        output.note(f"{searcher}: {channel.provider.name} answers seed {held} only")
    return found


def parse_searchers(text: str | None, study: Study) -> Mapping[str, str]:
    """{alias: searcher's name}."""
    given = None if text is None else [word.strip() for word in text.split(",")]
    words = list(study.searchers) if given is None else given
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
                f"{near_misses(assignment.target, known)}"
            )
