"""Entries of a cell's part of the ledger: an attempt, a reply, a step of the search, a look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from ..records import Candidate, Usage


@dataclass(frozen=True)
class Started:
    """An attempt that was charged. items: what it costs; attempts: times it was begun."""

    number: int
    candidate: Candidate
    share: float
    items: int
    smoke: bool
    attempts: int = 1
    again: int = 0
    """which replicate under seeds of its own it is, from 1; 0: no replicate"""


@dataclass(frozen=True)
class Completion:
    """A journalled reply of a language model. prompt: digest of the messages.

    usd: None where nobody knows what it cost. wall_s: seconds until it was there in this run.
    recorded_s: seconds that were waited for a recorded one when it was recorded.
    """

    key: str
    stage: str
    prompt: str
    reply: str
    model: str
    provider: str
    tokens_in: int
    tokens_out: int
    usd: float | None
    wall_s: float
    attempts: int = 1
    estimated: bool = False
    recorded: bool = False
    ending: str = ""  # unknown to older ledgers
    recorded_s: float | None = None

    @property
    def usage(self) -> Usage:
        """Tokens and dollars; waiting for a person or a server is not evaluation time."""
        return Usage(tokens=self.tokens_in + self.tokens_out, usd=self.usd or 0.0)

    @property
    def waited_s(self) -> float | None:
        """Seconds that were waited for the model, as of the recording; None where unknown."""
        return self.recorded_s if self.recorded else self.wall_s


NO_DETAILS: Mapping[str, Any] = MappingProxyType({})


class Stage(NamedTuple):
    """Step that a searcher says it has taken. request: key of the completion that it rests on.

    details: what a report counts of it (docs/ledger.md).
    """

    stage: str
    outcome: str
    request: str = ""
    trials: tuple[int, ...] = ()
    details: Mapping[str, Any] = NO_DETAILS

    def row(self) -> dict[str, Any]:
        """The step as the ledger keeps it; details only where there are some."""
        row = self._asdict()
        details = dict(row.pop("details"))
        return {**row, **({"details": details} if details else {})}


class Looked(NamedTuple):
    """Look at failures of a trial. against: the trial beside it, where there was one."""

    trial: int
    against: int | None
    limit: int
