"""Options of every command that runs programs: the place, its isolation, and who answers them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import click

from . import lookup

_Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --evaluator, --ray-address, --allow-weak and --answer-… to a command.

    The command gets the last ones as one argument: answers.
    """
    return where(_added(_with_answers(command), _ANSWERS))


def where(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --evaluator, --ray-address and --allow-weak to a command whose programs ask nobody."""
    return _added(command, _PLACE)


def _added(command: Callable[..., Any], options: Sequence[_Option]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command


def _with_answers(command: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(command)
    def called(
        *, answer_llm: str | None, answer_max_usd: float | None, answer_slots: int | None,
        answer_prices: tuple[str, ...], **given: Any,
    ) -> Any:  # fmt: skip
        from ..llm.prices import parse
        from ..places import Answering

        prices = dict(parse(text, "--answer-price") for text in answer_prices)
        answers = Answering(answer_llm or "", answer_max_usd, answer_slots, prices)
        return command(answers=answers, **given)

    return called


_PLACE = (
    click.option(
        "--evaluator", default="local", show_default=True, metavar="NAME",
        shell_complete=lookup.complete_evaluator,
        help="Evaluator that runs the programs: local, ray, or a plugin's.",
    ),
    click.option(
        "--ray-address", metavar="auto|HOST:PORT",
        help="Ray cluster for --evaluator ray. Default: a Ray that this command starts and ends.",
    ),
    click.option(
        "--allow-weak", is_flag=True,
        help="Accept less isolation than the study asks for; none at all if it says \"none\". "
        "Agents run without walls.",
    ),
)  # fmt: skip
_ANSWERS = (
    click.option(
        "--answer-llm", metavar="SPEC",
        help="Language model that answers the study's programs, as --llm names one. Default: the "
        "study's own.",
    ),
    click.option(
        "--answer-max-usd", type=click.FloatRange(min=0, min_open=True),
        help="Limit of the run's costs for answers to programs, in dollars.",
    ),
    click.option(
        "--answer-slots", type=click.IntRange(1, 1000),
        help="Questions of programs that are asked at a time. Default: the study's.",
    ),
    click.option(
        "--answer-price", "answer_prices", multiple=True, metavar="MODEL=IN/OUT",
        help="Price of a model that answers programs, in dollars per million tokens; repeatable.",
    ),
)  # fmt: skip
