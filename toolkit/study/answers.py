"""Table [answers] of a study: completions of a language model for its program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .toml import Table

MOST_AT_ONCE = 200  # a program may have 256 threads
MOST_TOKENS = 1_000_000


@dataclass(frozen=True)
class Answers:
    """Limits of the answers that a study's program may ask for.

    llm: the language model that answers where a command names no other; "" where one has to be
    named. max_tokens: of one answer. concurrency: questions that are asked at a time. calls:
    questions of one evaluation.
    """

    llm: str = ""
    max_tokens: int = 256
    concurrency: int = 8
    calls: int = 5000

    def of_scores(self) -> dict[str, Any]:
        """Fields that a score depends on; who answers is noted by each run."""
        return {"max_tokens": self.max_tokens, "calls": self.calls}


def read(table: Table, program: Mapping[str, Any]) -> Answers | None:
    """Table [answers] of a study file; None where it has none. program: fields of its program."""
    inner = table.table("answers", optional=True)
    if inner.absent:
        return None
    usual = Answers()
    found = Answers(
        llm=inner.text("llm", default=""),
        max_tokens=inner.integer("max_tokens", default=usual.max_tokens, low=1),
        concurrency=inner.integer("concurrency", default=usual.concurrency, low=1),
        calls=inner.integer("calls", default=usual.calls, low=1),
    )
    if found.max_tokens > MOST_TOKENS:
        inner.problem("max_tokens", f"must be at most {MOST_TOKENS:,}, got {found.max_tokens}")
    if found.concurrency > MOST_AT_ONCE:
        inner.problem("concurrency", f"must be at most {MOST_AT_ONCE}, got {found.concurrency}")
    if program["command"] or program["arguments"] != "run":
        inner.problem(
            "", 'is for a function that gets services: [code] entry, with arguments = "run"; '
            "write one, or take the table out"
        )  # fmt: skip
    inner.reject_unread()
    return found
