"""Options of `toolkit compare`, once they are read."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, Self

from ..bench.cost import After
from ..errors import UserError
from ..places import Place


@dataclass(frozen=True)
class ComparisonOptions:
    """Options of one `toolkit compare`."""

    study: str | None
    budget: float
    searchers: str | None
    seeds: int | None
    place: Place
    out: Path | None
    options: tuple[str, ...]
    max_seconds: float | None
    stall_seconds: float
    llm: str | None
    recording: Path | None
    max_usd: float | None
    prices: tuple[str, ...]
    after: After | None
    show_llm: bool
    plots: bool
    as_json: bool
    controls: bool = False
    count_waiting: bool = False

    @classmethod
    def for_serving(cls, **given: Any) -> Self:
        """Options of one `toolkit serve`: those that a searcher of ours would need are not there.

        Whoever asks by HTTP may think for hours.
        """
        return cls(
            searchers=None, seeds=None, options=(), stall_seconds=inf, llm=None, recording=None,
            max_usd=None, prices=(), show_llm=False, **given,
        )  # fmt: skip

    def check(self) -> None:
        """Raises UserError for a number that none of these options can have."""
        if not 1 <= self.budget < float("inf"):
            raise UserError(f"--budget must be at least 1 trial, got {self.budget:g}")
        if self.count_waiting and self.max_seconds is None:
            raise UserError(
                "--count-waiting counts the waiting for a language model against --max-seconds: "
                "add --max-seconds SECONDS"
            )
        above_zero = {
            "--seeds": self.seeds,
            "--slots": self.place.slots,
            "--max-seconds": self.max_seconds,
            "--stall-seconds": self.stall_seconds,
            "--max-usd": self.max_usd,
        }
        for name, value in above_zero.items():
            if value is not None and not value > 0:
                raise UserError(f"{name} must be above 0, got {value:g}")
