"""Options of a request that some models refuse, and what they take in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def adapted(options: Mapping[str, Any], told: str) -> dict[str, Any] | None:
    """Options that a model may take after it refused these; None where they are not the reason.

    told: what it said. Reasoning models of OpenAI want `max_completion_tokens`, and take no
    temperature.
    """
    if "max_tokens" in options and "max_completion_tokens" in told:
        kept = {name: value for name, value in options.items() if name != "max_tokens"}
        return {**kept, "max_completion_tokens": options["max_tokens"]}
    if "temperature" in options and "temperature" in told and _is_unsupported(told):
        return {name: value for name, value in options.items() if name != "temperature"}
    return None


def _is_unsupported(told: str) -> bool:
    words = ("unsupported", "not supported", "does not support", "deprecated", "not allowed")
    return any(word in told.lower() for word in words)
