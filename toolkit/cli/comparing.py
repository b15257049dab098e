"""What `toolkit compare` does once its options are read."""

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

from ..bench.bench import Bench
from ..compare import CellSpec, Comparison, Plan, run_folder
from ..errors import AnotherRun, PluginError, UserError, near_misses
from ..evaluators.cached import CachedEvaluator
from ..evaluators.guard import blamed
from ..ledger.ledger import FILENAME, Ledger
from ..llm.gateway import Channel
from ..llm.prices import Prices
from ..llm.prices import parse as parse_price
from ..llm.provider import Messages, Provider, Reply
from ..llm.recorded import RecordedProvider
from ..places import Place, at_once, note, opened
from ..plugins import Registry, contained, installed, warn
from ..search.budget import Budget
from ..search.options import Assignment, build, parse_assignment
from ..search.searcher import Outline, refusal
from ..study.study import Study
from . import lookup, output


@dataclass(frozen=True)
class Request:
    """The command line of one comparison."""

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
    show_llm: bool
    plots: bool
    as_json: bool


def execute(request: Request) -> int:
    """Exit code: 0, or 1 if a cell failed. Raises UserError before anything is spent."""
    registry = installed()
    warn(registry, output.note)
    study = lookup.study(request.study, registry)
    registry.find("evaluator", request.place.evaluator)  # before a run folder is made
    channel = open_channel(request, study, registry)
    cells = plan_cells(request, study, registry, channel)
    budget = Budget(request.budget, request.max_seconds)
    folder = request.out or run_folder(study.name, study.digest, lookup.RUNS)
    study.task()  # missing data stops here, before a run folder is made
    if not request.out:
        _tell_of_earlier(folder, study)
    # with all that draws tables: only those wait for it whose request is sound
    from ..report import files
    from .display import Display

    with (
        contained("code of a plugin or of the study ended the command"),
        Ledger(folder, writer=True) as ledger,
        opened(
            request.place, study, registry, hidden=[study.folder, folder], tell=output.note
        ) as evaluator,
        CachedEvaluator(evaluator, folder, preload=study.preload) as cached,
    ):
        slots = at_once(request.place, evaluator)
        plan = Plan(cells, budget, slots, request.stall_seconds, channel)
        bench = Bench(study, cached)
        display = Display(folder, plan, study, evaluator.isolation, bench.full)
        if channel:
            channel.note = channel.provider.note = display.note
        comparison = Comparison(bench, ledger, plan, display)
        note(comparison.journal, evaluator)
        try:
            with display:
                comparison.run()
        except AnotherRun as error:
            raise UserError(f"{error}\n{ways_on(folder, sys.argv[1:])}") from error
        finally:
            note(comparison.journal, evaluator)  # nodes may have joined, and be weaker
        display.note("report: summary, table" + " and plots" * request.plots)
        summary = files.write(comparison.state, folder, plots=request.plots)
    if not request.plots and (folder / files.PLOTS).is_dir():
        output.note(f"{folder / files.PLOTS} is older: `toolkit plot {folder}` draws anew")
    if request.as_json:
        output.say_json(summary)
    else:
        output.show(summary)
        output.note(f"written to {folder}")
    return int(any(cell["ended"] == "failed" for cell in summary["cells"]))


def ways_on(folder: Path, typed: Sequence[str]) -> str:
    """What to type where a folder holds another run. typed: the arguments of this command."""
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
    """The same arguments with another --out."""
    kept: list[str] = []
    rest = iter(typed)
    for word in rest:
        if word == "--out":
            next(rest, "")
        elif not word.startswith("--out="):
            kept.append(word)
    return [*kept, "--out", str(folder)]


def _tell_of_earlier(folder: Path, study: Study) -> None:
    """A changed study begins a new run: not in silence, the change may be a stray file."""
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


def open_channel(request: Request, study: Study, registry: Registry) -> Channel | None:
    """The language model of this run; None where no searcher of it uses one.

    Without --llm it is the study's own recording: a key that happens to be in the environment
    never starts spending.
    """
    prices = Prices(dict(parse_price(text) for text in request.prices))
    chosen = parse_searchers(request.searchers, study).values()
    if not any(registry.find("searcher", name).uses_llm for name in chosen):
        for option, given in (("llm", request.llm), ("recording", request.recording)):
            if given and not _from_environment(option):
                raise UserError(f"--{option}: no searcher of this command uses a language model")
        return None
    name, _, argument = (request.llm or "recorded").partition(":")
    if name == "recorded" and not argument:
        argument = str(request.recording or study.recording)
    if not request.llm and not argument:
        return None  # the cell says what to type; the other searchers run
    show = show_completion if request.show_llm else None
    both = request.llm and request.recording
    first = RecordedProvider(str(request.recording)) if both else None
    provider = make_provider(registry, name, argument)
    channel = Channel(provider, first, prices, request.max_usd, show)
    channel.check_price(provider)
    return channel


def make_provider(registry: Registry, name: str, argument: str) -> Provider:
    """Whoever answers `--llm name:argument`; raises UserError for all that stands in the way."""
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
            "complete(request); inherit from toolkit.Provider"
        )
    return made


def _from_environment(option: str) -> bool:
    """Whether a TOOLKIT_COMPARE_… variable set an option: it is meant for all commands."""
    context = click.get_current_context(silent=True)
    source = context.get_parameter_source(option) if context else None
    return source is ParameterSource.ENVIRONMENT


def show_completion(title: str, messages: Messages, reply: Reply) -> None:
    for message in messages:
        output.note(f"--- {title}: {message['role']} ---\n{message['content']}")
    output.note(f"--- {title}: reply of {reply.model} ---\n{reply.text}")


def plan_cells(
    request: Request, study: Study, registry: Registry, channel: Channel | None
) -> list[CellSpec]:
    """Every searcher with every seed; all that is wrong with the request stops here."""
    chosen = parse_searchers(request.searchers, study)
    assignments = [parse_assignment(text) for text in request.options]
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
        wanted = range(request.seeds or study.seeds)
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
            refused[alias] = refusal(made, Outline(study.space, study.sources, study.brief))
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
    """The seeds that the language model can answer: a recording holds one of them.

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
