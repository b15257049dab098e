"""State of a cell of the staged loop, of which a request is made, beside the lab."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import toolkit
from searchers.autoresearcher.experiment import Experiment

PROMPT_TOKENS = 30_000
HONEST_VIEW = "symmetric"
"""the view that an honest cell searches for"""


@dataclass(frozen=True)
class Settings:
    """Settings of a cell's requests.

    examples: the most items whose outputs are wrong in one request. tokens: the most of a request,
    at four characters each. honest: gains that only suit the scorer do not count. hidden: items
    that are never shown, those of the guard. replicates: a gain in doubt is run once more.
    """

    scope: Literal["code", "parameters"] = "code"
    sees: Literal["failures", "scores"] = "failures"
    examples: int = 16
    tokens: int = PROMPT_TOKENS
    honest: bool = False
    hidden: Collection[str] = field(default_factory=frozenset)
    replicates: bool = True


@dataclass(frozen=True)
class Notes:
    """The last notes of a model. written: in which round, and before which experiment."""

    text: str = ""
    written: str = ""


@dataclass(frozen=True)
class Now:
    """State of a cell. notes: the last that a reply held.

    answers: (question, answer) of what the last reply asked. remarks: what of it was left out.
    pooled: {number of a trial: the same with the mean scores of two runs}. drifts: what two runs of
    one program differed by, each time that one was run once more.
    """

    best: toolkit.Trial
    experiments: Sequence[Experiment] = ()
    notes: Notes = field(default_factory=Notes)
    answers: Sequence[tuple[str, str]] = ()
    remarks: Sequence[str] = ()
    pooled: Mapping[int, toolkit.Trial] = field(default_factory=dict)
    drifts: Sequence[float] = ()
