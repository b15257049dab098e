"""Answers that a person gives to what `toolkit init` asks, as flags or at the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import UserError
from ..records import is_number
from ..study.objective import DIRECTIONS
from . import words

KINDS = ("evaluator", "ranking", "validated", "table", "timed", "printed")
_DIRECTIONS = {"min": "minimize", "minimise": "minimize", "max": "maximize", "maximise": "maximize"}
_WRITE = "--objective 'NAME minimize' or --objective 'NAME maximize'"


@dataclass(frozen=True)
class Answers:
    """Answers of one command. Where one is None or empty, the proposal stands.

    objective: (name, direction), the direction "" where only the name was given. parameters: names
    to keep. ranges: {name: declaration}. patch: whether the study may start from a patch.
    """

    objective: tuple[str, str] | None = None
    kind: str = ""
    editable: tuple[str, ...] = ()
    held_out: str | float | None = None
    parameters: tuple[str, ...] = ()
    ranges: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    program: str = ""
    python: str = ""
    patch: bool = True


def objective(text: str) -> tuple[str, str]:
    """Name and direction in `val_bpb minimize`; raises UserError."""
    name, _, last = text.strip().rpartition(" ")
    direction = _DIRECTIONS.get(last, last)
    if name and direction in DIRECTIONS:
        return name.strip(), direction
    if not text.strip():
        raise UserError(f"--objective is empty; write {_WRITE}")
    return text.strip(), words.direction(text)


def held_out(text: str) -> str | float:
    """none, replicates, or a share of the data; raises UserError."""
    if text in ("none", "replicates"):
        return text
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise UserError(
            f"--held-out {text!r} is none of: none, replicates (other seeds of the same data), or "
            "a share of the data such as 0.5"
        )
    return share


def ranges(texts: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """{name: declaration} of `NAME=LOW:HIGH` and `NAME=ONE,TWO`; raises UserError."""
    return dict(_range(text) for text in texts)


def _range(text: str) -> tuple[str, dict[str, Any]]:
    name, equals, rest = text.partition("=")
    if not equals or not name.strip() or not rest.strip():
        raise UserError(f"--range {text!r} is not of the form NAME=LOW:HIGH or NAME=ONE,TWO,THREE")
    if ":" not in rest:
        return name.strip(), {"choices": [_value(part) for part in rest.split(",")]}
    low, high = (_value(part) for part in rest.split(":", 1))
    if not all(is_number(end) for end in (low, high)) or low > high:
        raise UserError(f"--range {text!r}: LOW and HIGH are numbers, and LOW is not above HIGH")
    whole = isinstance(low, int) and isinstance(high, int)
    return name.strip(), {"int" if whole else "float": [low, high]}


def _value(text: str) -> Any:
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
