"""Findings of a self-check: how often the instrument said something where nothing was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..attribution.progress import Progress
from ..statistics import LEVEL, Rate, rate
from .rounds import Check, Counts

ROWS: Mapping[str, tuple[str, str]] = {
    "gate steady": ("gate: null edits kept", "steady program"),
    "gate items, measured": ("gate: null edits kept", "outputs waver, replicates"),
    "gate runs, measured": ("gate: null edits kept", "runs move, replicates"),
    "gate items": ("gate: null edits kept", "outputs waver, not measured"),
    "copies": ("verdict: decided", "one program, two names"),
    "arms": ("verdict: decided", "one searcher, two arms"),
    "verdict items": ("verdict: decided", "null edits, outputs waver"),
    "verdict items, measured": ("verdict: decided", "the same with replicates"),
    "verdict runs, measured": ("verdict: decided", "null edits, runs move, replicates"),
    "parts items": ("attribution: null parts decided", "outputs waver"),
    "parts items, orders drawn": ("attribution: null parts decided", "the same of ten edits"),
    "parts items, measured": ("attribution: null parts decided", "outputs waver, replicates"),
    "parts runs, measured": ("attribution: null parts decided", "runs move, replicates"),
}
"""{row: (what is counted, in which made programs)}, in the order of the table"""
UNCLAIMED = {
    "gate items": "no gate can know of noise that no replicates measure (`[replicates] search`): "
    "what it keeps then is for the verdict to decide",
}
"""{row: why no promise is made}"""


@dataclass(frozen=True)
class Finding:
    """One row of the table."""

    row: str
    rate: Rate

    @property
    def claimed(self) -> bool:
        return self.row not in UNCLAIMED

    @property
    def exceeded(self) -> bool:
        """True where it is beyond luck that the rate is above the level of decisions."""
        return self.claimed and self.rate.low > LEVEL

    def to_json(self) -> dict[str, Any]:
        counted, programs = ROWS[self.row]
        return {
            "counted": counted, "programs": programs,
            "false": self.rate.hits, "of": self.rate.of, "rounds": self.rate.rounds,
            "rate": self.rate.mean, "interval": [self.rate.low, self.rate.high],
            "claimed": self.claimed, "exceeded": self.exceeded,
        }  # fmt: skip

    def cells(self) -> tuple[str, ...]:
        counted, programs = ROWS[self.row]
        one = self.rate
        mark = " !" if self.exceeded else "" if self.claimed else " *"
        span = f"{one.mean:.1%} [{one.low:.1%}, {one.high:.1%}]{mark}" if one.of else "none"
        return counted, programs, f"{one.hits} of {one.of}", str(one.rounds), span


def checked(check: Check, rounds: int, tell: Callable[[str], None]) -> list[Finding]:
    """Findings of so many rounds."""
    progress = Progress(tell)
    progress.begin("selfcheck", "rounds of made programs")
    found: list[Counts] = []
    for number in range(rounds):
        found.append(check.round(number))
        progress.step(f"{number + 1} of {rounds}")
    return [Finding(row, rate([one.get(row, (0, 0)) for one in found])) for row in ROWS]


def passed(findings: Sequence[Finding]) -> bool:
    return not any(one.exceeded for one in findings)


HEADS = ("false finding", "made programs", "count", "rounds", "rate [95 %]")


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """The table, and the sentence that ends it."""
    rows = [HEADS, *(one.cells() for one in findings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
    yield ""
    yield from (f"* not promised: {UNCLAIMED[one.row]}" for one in findings if not one.claimed)
    wrong = [" of ".join(reversed(ROWS[one.row])) for one in findings if one.exceeded]
    if wrong:
        yield f"The instrument fails its own check, above {LEVEL:.0%} beyond luck: "
        yield from (f"  {one}" for one in wrong)
    else:
        yield f"No rate is above {LEVEL:.0%} beyond luck: the instrument passes its own check."
