"""Language model of a comparison, from the options that name it."""

from __future__ import annotations

from collections.abc import Sequence

import click
from click.core import ParameterSource

from ..errors import UserError
from ..llm import models
from ..llm.gateway import Channel
from ..llm.prices import Prices
from ..llm.prices import parse as parse_price
from ..llm.provider import Messages, Provider, Reply
from ..llm.recorded import RecordedProvider
from ..plugins import Registry
from ..search.cells import CellSpec
from ..study.study import Study
from . import output
from .cells import parse_searchers
from .options import ComparisonOptions


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
    provider = models.made(registry, f"{name}:{argument}" if argument else name)
    channel = Channel(provider, first, prices, asked.max_usd, show)
    channel.check_price(provider)
    if asked.count_waiting:
        _check_seconds(first, provider)
    return channel


def tell_no_model(cells: Sequence[CellSpec], study: Study) -> None:
    """Say which cells have no language model; raises UserError where no other cell would run."""
    asking = dict.fromkeys(cell.alias for cell in cells if cell.uses_llm)
    if not asking:
        return
    text = (
        f"no language model for {', '.join(asking)}, and study {study.name!r} has no recording: "
        "add --llm openai:MODEL, --llm inbox:DIR or --llm recorded:FILE"
    )
    if all(cell.uses_llm for cell in cells):
        raise UserError(text)
    output.note(f"{text}. The others go on")


def _check_seconds(*providers: Provider | None) -> None:
    """Raises UserError for a recording that lacks what --count-waiting counts."""
    for one in providers:
        if isinstance(one, RecordedProvider) and not one.tells_seconds:
            raise UserError(
                f"--count-waiting cannot be kept: {one.path} does not say how long its replies "
                "were waited for; leave it out, or make a new recording"
            )


def _from_environment(option: str) -> bool:
    """True if a TOOLKIT_COMPARE_… variable set an option: it is meant for all commands."""
    context = click.get_current_context(silent=True)
    source = context.get_parameter_source(option) if context else None
    return source is ParameterSource.ENVIRONMENT


def show_completion(title: str, messages: Messages, reply: Reply) -> None:
    for message in messages:
        output.note(f"--- {title}: {message['role']} ---\n{message['content']}")
    output.note(f"--- {title}: reply of {reply.model} ---\n{reply.text}")
