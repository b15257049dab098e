"""A session: one process outside that searched, as the ledger tells it."""

from __future__ import annotations

from dataclasses import dataclass

from ..records import Usage

HIDDEN = "data hidden"
OPEN = "could read the data"
"""what a process outside could read of the study's answers: nothing, or whatever its user can"""


@dataclass(frozen=True)
class Session:
    """One process of a live searcher, from its start to its end or to the last word of it.

    reach: HIDDEN or OPEN. wall_s: seconds by the host's clock, its thinking included. tokens, usd:
    None where it does not tell them. ending: how it ended; empty while it is at work, and where the
    host was killed, so that it took at least what stands here. output: blob of what it printed.
    continued: the cell had a record already when the command began.
    """

    number: int
    reach: str
    wall_s: float = 0.0
    tokens: int | None = None
    usd: float | None = None
    ending: str = ""
    output: str | None = None
    continued: bool = False

    @property
    def usage(self) -> Usage:
        """Tokens and dollars as far as they are told; its seconds are no seconds of evaluation."""
        return Usage(tokens=self.tokens or 0, usd=self.usd or 0.0)

    @property
    def untold(self) -> frozenset[str]:
        """Fields of its usage that it has not told."""
        return frozenset(what for what in ("tokens", "usd") if getattr(self, what) is None)
