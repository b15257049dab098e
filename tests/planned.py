"""Options of a comparison as its command hands them on, for tests that run none."""

from __future__ import annotations

from typing import Any

from toolkit.cli.options import ComparisonOptions
from toolkit.places import Place


def options(searchers: str, *typed: str, **more: Any) -> ComparisonOptions:
    given: dict[str, Any] = {
        "study": None, "budget": 3, "seeds": 1, "place": Place("local", 1, None, False),
        "out": None, "max_seconds": None, "stall_seconds": 60, "llm": None, "recording": None,
        "max_usd": None, "prices": (), "after": None, "show_llm": False, "plots": False,
        "as_json": False, "controls": True,
    }  # fmt: skip
    return ComparisonOptions(**{**given, "searchers": searchers, "options": typed, **more})
