"""Resources of evaluations, and JSON both ways for flat records."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

CHARS_PER_TOKEN = 4
"""where nobody has counted"""


class Record:
    """JSON both ways for the flat dataclasses below."""

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)  # type: ignore[call-overload, no-any-return]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


@dataclass(frozen=True)
class Answered(Record):
    """Answers of a language model that programs used, which are metered apart from a searcher's.

    known: those of the calls that were answered from the record, and so not paid for again.
    usd: what all of them cost when they were asked for, so that no trial depends on which came
    first; None where nobody knows. paid_usd: dollars that were paid for them here. estimated:
    tokens of some are characters divided by four. waited_s: seconds that the program waited.
    """

    calls: int = 0
    known: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float | None = 0.0
    paid_usd: float = 0.0
    estimated: bool = False
    waited_s: float = 0.0

    def __add__(self, other: Answered) -> Answered:
        return Answered(
            self.calls + other.calls,
            self.known + other.known,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            None if self.usd is None or other.usd is None else self.usd + other.usd,
            self.paid_usd + other.paid_usd,
            self.estimated or other.estimated,
            self.waited_s + other.waited_s,
        )

    def again(self) -> Answered:
        """The same, of an evaluation that was not run again: nothing was paid for it."""
        return dataclasses.replace(self, known=self.calls, paid_usd=0.0)


@dataclass(frozen=True)
class Usage(Record):
    """Resources of an evaluation, by the host's clock. peak_rss_mb is the peak of the process.

    gpu_s: seconds for which it held cards, times their number. answers: what the program asked of
    a language model; None where it asked nothing. Tokens and dollars are a searcher's.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_rss_mb: float = 0.0
    tokens: int = 0
    usd: float = 0.0
    gpu_s: float = 0.0
    answers: Answered | None = None

    def to_json(self) -> dict[str, Any]:
        """Without cards and answers where there were none, as before there were any."""
        found = super().to_json()
        absent = {name for name in ("gpu_s", "answers") if not found[name]}
        return {name: found[name] for name in found if name not in absent}

    @property
    def own_s(self) -> float:
        """Seconds on the clock that were the program's own, and no waiting for answers."""
        return self.wall_s - (self.answers.waited_s if self.answers else 0.0)

    def with_cards(self, number: int) -> Usage:
        """The same, of an evaluation that held so many cards while it ran."""
        return dataclasses.replace(self, gpu_s=number * self.wall_s) if number else self

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.wall_s + other.wall_s,
            self.cpu_s + other.cpu_s,
            max(self.peak_rss_mb, other.peak_rss_mb),
            self.tokens + other.tokens,
            self.usd + other.usd,
            self.gpu_s + other.gpu_s,
            together(self.answers, other.answers),
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Usage on record; older ledgers and caches say rss_mb."""
        found = {"peak_rss_mb" if name == "rss_mb" else name: data[name] for name in data}
        if found.get("answers"):
            found["answers"] = Answered.from_json(found["answers"])
        return cls(**found)


def together(one: Answered | None, other: Answered | None) -> Answered | None:
    """Answers of two in all; None where neither asked anything."""
    return one + other if one and other else one or other
