"""Sources of a champion's gain: plans of the programs to run, and tables of what they gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..shapley.game import shapley

__all__ = ["shapley"]


def __getattr__(name: str) -> Any:
    if name != "shapley":
        raise AttributeError(f"module 'toolkit.attribution' has no attribute {name!r}")
    from ..shapley.game import shapley  # numpy is loaded by those who ask, not by every report

    return shapley
