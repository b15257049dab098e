"""What a champion's gain came from: its parts, their order, and what each is worth on questions
that nobody searched on.

The plan is made from the ledger, its programs are run by `Measurements`, and the figures follow
from what those scored. The result is JSON (docs/summary.md) and goes into the ledger, so that a
report computes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ..records import Candidate, Usage
from ..state import CellState, State
from ..statistics import Estimate, clustered_mean
from . import chains, game
from .automl import automl
from .categories import categories
from .dependencies import Verified, find, verify
from .measure import Measurements
from .mixed import untangle
from .parts import Anatomy, Part, normal, take_apart
from .poset import Poset
from .reading import Reading, read_part

Method = Literal["auto", "exact", "chains"]
Value = Callable[[frozenset[int]], "np.ndarray[Any, np.dtype[np.float64]]"]
SAMPLES = 50
UNRELIABLE = 0.1  # share of sampled subsets that do not build
PAIRS_SHOWN = 5


@dataclass(frozen=True)
class Effort:
    """budget: evaluations of the whole test split for the game itself, and again at most as many
    for what stands beside it."""

    budget: float = 48.0
    method: Method = "auto"


class Account:
    """One champion's."""

    def __init__(
        self, measurements: Measurements, cell: CellState, effort: Effort, settings: Candidate | None
    ) -> None:
        """settings: the best values that a search of parameters alone found, or None."""
        self.measured, self.cell, self.effort, self.settings = measurements, cell, effort, settings
        self.state: State = measurements.state
        self.counted = self.state.counted("test")
        homes = self.state.clusters("test")
        self.homes = {item: homes[item] for item in self.counted}
        self.clusters = list(dict.fromkeys(self.homes.values()))
        self._runs: dict[tuple[str, str], None] = {}
        self._builds: dict[str, None] = {}
        self._extra = effort.budget
        self.skipped: list[str] = []
