"""State of a cell of the staged loop, of which a request is made, beside the lab."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

import toolkit
from searchers.autoresearcher.experiment import Experiment

PROMPT_TOKENS = 30_000


@dataclass(frozen=True)
class Settings:
    """Settings of a cell's requests.

    examples: the most items whose outputs are wrong in one request. tokens: the most of a request,
    at four characters each. honest: gains that only suit the scorer do not count. hidden: items
    that are never shown, those of the guard.
    """

    scope: Literal["code", "parameters"] = "code"
    sees: Literal["failures", "scores"] = "failures"
    examples: int = 16
    tokens: int = PROMPT_TOKENS
    honest: bool = False
    hidden: Collection[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Now:
    """State of a cell. survey: the reply to its first request. notes: those of later replies.

    answers: (question, answer) of what the last reply asked. remarks: what of it was left out.
    """

    best: toolkit.Trial
    experiments: Sequence[Experiment] = ()
    survey: str = ""
    notes: Sequence[str] = ()
    answers: Sequence[tuple[str, str]] = ()
    remarks: Sequence[str] = ()
