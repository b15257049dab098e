"""Cells of a comparison, from the options that name searchers, seeds and settings."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import UserError, near_misses
from ..llm.gateway import Channel
from ..plugins import Registry, contained, options_of, to_plugin_error
from ..search.cells import CellSpec
from ..search.options import Assignment, build, parse_assignment
from ..search.searcher import Outline, refusal, searches_for
from ..study.study import Study
from . import output
from .arms import Arm, with_controls
from .options import ComparisonOptions

OBJECTIVE = "objective"
"""option of every searcher's cell, which the host takes: the view whose scores it is shown"""


def plan_cells(
    asked: ComparisonOptions, study: Study, registry: Registry, channel: Channel | None
) -> list[CellSpec]:
    """Cells of every searcher with every seed; whatever is wrong in the options stops here."""
    chosen = parse_searchers(asked.searchers, study)
    assignments = [parse_assignment(text) for text in asked.options]
    arms = {alias: Arm(name, alias) for alias, name in chosen.items()}
    if asked.controls:
        arms = with_controls(arms, assignments, registry, study, channel)
    _check_targets(assignments, {alias: arm.searcher for alias, arm in arms.items()})
    cells: list[CellSpec] = []
    refused: dict[str, str] = {}
    for alias, arm in arms.items():
        name = arm.searcher
        found = registry.find("searcher", name)
        factory = found.value
        model = channel.provider.name if channel and found.uses_llm else None
        given = arm.given(alias, assignments)
        view = None if OBJECTIVE in options_of(factory) else given.pop(OBJECTIVE, None)
        options = build(factory, alias, given)
        wanted = range(asked.seeds or study.seeds)
        seeds = answerable(channel, name, options, wanted) if model else wanted
        mine = [
            CellSpec(alias, name, factory, options, seed, model, found.uses_llm) for seed in seeds
        ]
        with contained(f"searcher {alias!r}"):
            made = mine[0].make()  # a wrong value stops here, before anything is spent
        wished = view is None
        view = searches_for(made) if view is None else view
        if view and view != study.objective.name:
            mine = [replace(spec, objective=view, wished=wished) for spec in mine]
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
    with to_plugin_error(f"--llm: covers() of {provider.name!r} raised"):
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
        raise UserError(f"study {study.name!r} names no default searchers; {_suggestion(study)}")
    chosen: dict[str, str] = {}
    for word in words:
        alias, _, name = word.partition("=")
        if not alias or not alias.replace("-", "").replace("_", "").isalnum():
            raise UserError(f"--searchers: {word!r} is not NAME or ALIAS=NAME")
        if alias in chosen:
            raise UserError(f"--searchers: {alias!r} is named twice; write other=NAME for one")
        chosen[alias] = name or alias
    return chosen


def _suggestion(study: Study) -> str:
    """Advice where nobody said which searchers to run."""
    if not study.space:
        return (
            "it declares no parameters, so that one which edits the code is wanted: add "
            "--searchers autoresearch and its language model, --llm (`toolkit plugins` lists both)"
        )
    return (
        "add --searchers random,optuna to this command, or write under [defaults] in its study "
        'file: searchers = ["random", "optuna"] (`toolkit plugins` lists all)'
    )


def _check_targets(assignments: Sequence[Assignment], chosen: Mapping[str, str]) -> None:
    known = {*chosen, *chosen.values()}
    for assignment in assignments:
        if assignment.target not in known:
            raise UserError(
                f"-o {assignment.target}.{assignment.option}: {assignment.target!r} is not among "
                f"the searchers of this command ({', '.join(sorted(known))})"
                f"{near_misses(assignment.target, known)}"
            )
