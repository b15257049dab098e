"""Requests to the language model that the host lends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

CONCURRENCY = 8  # the host may let fewer through at a time


def ask_all(
    services: Mapping[str, Any] | None,
    requests: Sequence[Sequence[Mapping[str, str]]],
    max_tokens: int,
) -> list[str]:
    """The model's reply to each request, in their order. An error of the host's ends it all."""
    if not services or "complete" not in services:
        raise RuntimeError("the host lends no language model: its services have no `complete`")
    complete = services["complete"]
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        return list(pool.map(lambda messages: complete(messages, max_tokens=max_tokens), requests))
