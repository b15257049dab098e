"""Requests in JSON, checked: a field of the wrong form is refused before anything is charged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import near_misses
from ..records import is_number
from ..text import short
from .refusal import Refusal

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class TrialRequest:
    """A candidate as somebody outside names it. files: {path: text, or None to delete it}."""

    files: Mapping[str, str | None] = field(default_factory=dict)
    patch: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    hypothesis: str = ""
    label: str = ""
    share: float = 1.0


@dataclass(frozen=True)
class LookRequest:
    """A look at a trial by its number. trial: None for the best one; against: None for trial 0."""

    trial: int | None = None
    against: int | None = None
    limit: int | None = None


def trial(given: Any) -> TrialRequest:
    """Raises Refusal where a field is not what it must be."""
    fields = _object(given, TrialRequest.__dataclass_fields__)
    if fields.get("files") and fields.get("patch"):
        raise malformed("give files or patch, not both: both say what the program's files are")
    for name in ("patch", "hypothesis", "label"):
        _check(fields, name, lambda value: isinstance(value, str), "a text")
    _check(fields, "files", _are_files, "an object {path: text, or null to delete the file}")
    _check(fields, "overrides", lambda value: isinstance(value, dict), "an object {name: value}")
    _check(fields, "share", _is_share, "a number above 0 and at most 1")
    return TrialRequest(**fields)


def look(given: Any) -> LookRequest:
    """Raises Refusal where a field is not what it must be."""
    fields = _object(given, LookRequest.__dataclass_fields__)
    for name in fields:
        _check(fields, name, _is_count, "a number from 0 on")
    return LookRequest(**fields)


def malformed(why: str) -> Refusal:
    """Refusal of a request that costs nothing."""
    return Refusal(400, why)


def _object(given: Any, known: Collection[str]) -> dict[str, Any]:
    """Fields that are given; null is as good as none."""
    if not isinstance(given, dict):
        raise malformed(f"a request is a JSON object, got {short(given)}")
    for name in given:
        if name not in known:
            raise malformed(
                f"unknown field {short(name)}{near_misses(name, known)} (known: {', '.join(known)})"
            )
    return {name: value for name, value in given.items() if value is not None}


def _check(fields: Fields, name: str, holds: Callable[[Any], bool], what: str) -> None:
    if name in fields and not holds(fields[name]):
        raise malformed(f"{name} must be {what}, got {short(fields[name])}")


def _are_files(value: Any) -> bool:
    return isinstance(value, dict) and all(
        text is None or isinstance(text, str) for text in value.values()
    )


def _is_share(value: Any) -> bool:
    return is_number(value) and 0 < value <= 1


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
