"""Options of `toolkit compare`, once they are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..bench.cost import After
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
