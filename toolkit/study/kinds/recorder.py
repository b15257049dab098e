"""Calls functions of the edited program in the sandbox and keeps what they give, as plain JSON.

Standard library only. This file is laid into the program's tree with its first two lines filled in.
Its text is data for the host: arrays and tuples are named as such, and rebuilt from numbers alone.
"""

from __future__ import annotations

import importlib
import math
from typing import Any

MODULE = ""
FUNCTIONS: list[str] = []


def recorded() -> dict[str, Any]:
    module = importlib.import_module(MODULE)
    return {name: plain(getattr(module, name)()) for name in FUNCTIONS}


def plain(value: Any) -> Any:
    """{"array": nested lists, "type": name}, {"tuple": [...]}, {"table": [[key, value], ...]}."""
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return {"array": plain(value.tolist()), "type": str(value.dtype)}
    if isinstance(value, tuple):
        return {"tuple": [plain(one) for one in value]}
    if isinstance(value, dict):
        return {"table": [[plain(key), plain(inner)] for key, inner in value.items()]}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": repr(value)}
    return value
