"""An experiment of the staged loop: what was tried, what came of it, as later prompts tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from searchers.autoresearcher.edit import Edit
from searchers.autoresearcher.edit import Prediction as Prediction

Verdict = Literal["kept", "rejected", "ambiguous", "invalid", "failed", "pruned", "skipped"]
"""ambiguous: its gain could be noise, and it was taken back. invalid: it did not apply, or a check
found its fault. failed: its program had no score. skipped: not run, and not charged"""


@dataclass
class Experiment:
    """An edit and what came of it.

    number: counts from 1 over the cell. trials: numbers of all the trials that it took
    (alternatives, values of a grid, repairs, replicates). parent: number of the trial that it was
    compared with, 0 for the unchanged program. trial: number of the one that its verdict rests on.
    outcome: one line. change: of the objective, in the objective's own direction, against the
    parent; low, high: its 95 % interval; noise: what two runs of one program differ by. kinds:
    {kind: its change}. fixed, broken: ids of items. guard: why the guard said no. aside: how the
    part that is kept aside came out. purposes: {trial: what it was for, where not the edit itself}.
    scores: of both runs, where there were two, in the objective's own direction.
    """

    number: int
    edit: Edit
    trials: list[int] = field(default_factory=list)
    verdict: Verdict = "rejected"
    outcome: str = ""
    change: float | None = None
    low: float | None = None
    high: float | None = None
    noise: float | None = None
    kinds: Mapping[str, float] = field(default_factory=dict)
    fixed: Sequence[str] = ()
    broken: Sequence[str] = ()
    repairs: int = 0
    replicated: bool = False
    guard: str = ""
    aside: str = ""
    purposes: dict[int, str] = field(default_factory=dict)
    scores: Sequence[float] = ()
    parent: int = 0
    trial: int | None = None
    informed: bool = False
    """its reply came with answers to questions before it"""
    chosen: str = ""
    """the alternative or the values of the grid that it is told of; empty where it had one way"""
    others: str = ""
    """what the other ways came to: `x = 0.3 gave 0.4120, alternative 1 failed`"""
