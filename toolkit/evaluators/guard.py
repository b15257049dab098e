"""Guard between the host and an evaluator, which is somebody's code."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Self

from ..errors import PluginError
from ..jobs import LEVELS, Job, Outcome
from ..plugins import to_plugin_error
from ..records import STATUSES, Usage
from ..text import short

MEMBERS = ("run", "require", "slots", "isolation")
AMOUNTS = tuple(one.name for one in fields(Usage) if one.name != "answers")


class Guarded:
    """A started evaluator whose faults are told as its own: each is a PluginError."""

    def __init__(self, name: str, inner: Any) -> None:
        """Raises PluginError where it lacks what the host will ask of it."""
        self._what, self._inner = f"evaluator {name!r}", inner
        if inner is None:
            raise PluginError(f"{self._what}: its __enter__ returns None; write `return self`")
        with to_plugin_error(f"{self._what}: its attributes raised"):
            missing = [member for member in MEMBERS if not hasattr(inner, member)]
        if missing:
            raise PluginError(
                f"{self._what} ({type(inner).__name__}) lacks {', '.join(missing)}; "
                "docs/hooks.md names all that an evaluator has"
            )
        _ = self.isolation, self.slots, self.nodes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Whoever started the evaluator ends it."""

    @property
    def isolation(self) -> str:
        level = self._read("isolation")
        if not isinstance(level, str) or level not in LEVELS:
            raise PluginError(
                f"{self._what}: its isolation is {short(level)}; it must be one of "
                f"{', '.join(LEVELS)}"
            )
        return level

    @property
    def slots(self) -> int:
        slots = self._read("slots")
        if not isinstance(slots, int) or isinstance(slots, bool) or slots < 1:
            raise PluginError(
                f"{self._what}: its slots are {short(slots)}; they must be an integer of at least 1"
            )
        return slots

    @property
    def nodes(self) -> Mapping[str, Mapping[str, str]]:
        nodes: Mapping[str, Mapping[str, str]] = self._read("nodes", {})
        with to_plugin_error(f"{self._what}: its nodes raised"):
            right = _texts(nodes, lambda one: _texts(one, lambda text: isinstance(text, str)))
        if not right:
            raise PluginError(
                f"{self._what}: its nodes are {short(nodes)}; they must be a mapping "
                '{node: {"host", "level", "reason"}} of texts'
            )
        return nodes

    def _read(self, member: str, *default: Any) -> Any:
        with to_plugin_error(f"{self._what}: its {member} raised"):
            return getattr(self._inner, member, *default)

    def require(self, level: str, *, weak: bool = False) -> None:
        with to_plugin_error(f"{self._what}: require() raised"):
            self._inner.require(level, weak=weak)

    def run(self, job: Job) -> Outcome:
        # a bug of an evaluator of this package is no plugin's, and keeps its traceback
        ours = type(self._inner).__module__.partition(".")[0] == __name__.partition(".")[0]
        with contextlib.nullcontext() if ours else to_plugin_error(f"{self._what}: run() raised"):
            outcome: Outcome = self._inner.run(job)
        if wrong := _fault(outcome):
            raise PluginError(f"{self._what}: run() returned {wrong}")
        return outcome


def _texts(value: Any, inner: Callable[[Any], bool]) -> bool:
    """True if a value is a mapping of texts to values that pass the test."""
    return isinstance(value, Mapping) and all(
        isinstance(key, str) and inner(one) for key, one in value.items()
    )


def _fault(outcome: Any) -> str:
    """Fault of the value that `run` returned; empty where there is none."""
    if not isinstance(outcome, Outcome):
        return f"{short(outcome)}; it must return a toolkit.Outcome"
    if not isinstance(outcome.status, str) or outcome.status not in STATUSES:
        known = ", ".join(one for one in STATUSES if one != "invalid")
        return f"the status {short(outcome.status)}; it must be one of {known}"
    if not isinstance(outcome.usage, Usage):
        return f"the usage {short(outcome.usage)}; it must be a toolkit.Usage"
    for name in AMOUNTS:
        if not _is_amount(amount := getattr(outcome.usage, name)):
            return f"the usage {name}={short(amount)}; it must be a number of at least 0"
    if outcome.status == "ok" and not isinstance(outcome.values, list | tuple):
        return f"the values {short(outcome.values)} with the status 'ok'; they must be a list"
    if not isinstance(outcome.detail, str):
        return f"the detail {short(outcome.detail)}; it must be a text"
    return ""


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
