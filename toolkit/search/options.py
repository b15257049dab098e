"""Searcher options from text: `-o NAME.OPTION=VALUE`, checked against the signature."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ..errors import UserError, unknown
from ..plugins import options_of

FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Assignment:
    """`target.option=value` as typed; target is an alias or a searcher's name."""

    target: str
    option: str
    value: str


def parse_assignment(text: str) -> Assignment:
    """Raises UserError where the text is not of the form NAME.OPTION=VALUE."""
    left, equals, value = text.partition("=")
    target, dot, option = left.partition(".")
    if not (equals and dot and target and option):
        raise UserError(f"-o {text!r} is not of the form SEARCHER.OPTION=VALUE")
    return Assignment(target, option, value)


def build(factory: Callable[..., Any], name: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Typed options for a factory; raises UserError for unknown, missing or wrong ones."""
    parameters = options_of(factory)
    for option in given:
        if option not in parameters:
            raise UserError(f"searcher {name!r}: {unknown('option', option, parameters)}")
    missing = [p.name for p in parameters.values() if p.default is p.empty and p.name not in given]
    if missing:
        raise UserError(
            f"searcher {name!r} needs the option {missing[0]!r}: add -o {name}.{missing[0]}=VALUE"
        )
    hints = _hints(factory)
    return {
        option: _convert(f"-o {name}.{option}", text, hints.get(option, _guess(parameters[option])))
        for option, text in given.items()
    }


def _hints(factory: Callable[..., Any]) -> Mapping[str, Any]:
    target: Any = factory.__init__ if inspect.isclass(factory) else factory
    try:
        return get_type_hints(target)
    except Exception:  # an annotation that does not resolve: fall back on the default's type
        return {}


def _guess(parameter: inspect.Parameter) -> Any:
    default = parameter.default
    return str if default is parameter.empty or default is None else type(default)


def _convert(where: str, text: str, hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        return _convert_union(where, text, get_args(hint))
    if get_origin(hint) is Literal:
        allowed = get_args(hint)
        for value in allowed:
            if text in (str(value), json.dumps(value, default=str)):
                return value
        raise UserError(f"{where} must be one of {', '.join(map(str, allowed))}, got {text!r}")
    if hint is bool:
        if text.lower() not in FLAGS:
            raise UserError(f"{where} must be true or false, got {text!r}")
        return FLAGS[text.lower()]
    if hint in (int, float):
        return _number(where, text, hint)
    return text


def _number(where: str, text: str, kind: type[int] | type[float]) -> int | float:
    """Finite: an option is part of a cell's key, which is JSON."""
    try:
        value = kind(text)
    except ValueError:
        what = "an integer" if kind is int else "a number"
        raise UserError(f"{where} must be {what}, got {text!r}") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise UserError(f"{where}={text}: must be a finite number")
    return value


def _convert_union(where: str, text: str, members: Sequence[Any]) -> Any:
    if type(None) in members and text.lower() in {"none", ""}:
        return None
    problem: UserError | None = None
    for member in members:
        if member is type(None):
            continue
        try:
            return _convert(where, text, member)
        except UserError as error:
            problem = error
    raise problem or UserError(f"{where}: {text!r} fits no allowed type")
