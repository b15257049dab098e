"""Answers to requests that are not served, as HTTP has them."""

from __future__ import annotations

from typing import Any

BUDGET = "the budget is spent"
DONE = "the search is done"


class Refusal(Exception):  # noqa: N818 - an answer, not an error
    """A request that is not served. status: of HTTP; reply: its JSON, with the reason as `error`.

    400: it is malformed, and nothing is charged. 410: somebody has ended the search. 429: the
    budget is spent. 503: the search has ended for another reason.
    """

    def __init__(self, status: int, error: str, **more: Any) -> None:
        super().__init__(error)
        self.status = status
        self.reply: dict[str, Any] = {"error": error, **more}
