"""Bindings: where the value of a parameter goes in a program that knows nothing of parameters."""

from __future__ import annotations

from . import constants, flags, inline, leaves, variables
from .binding import FORMS, Binding, Flag, InFile, Variable, parse, plain
from .place import UNKNOWN, Files, Gone, Missing, Place, Refused, Unreadable
from .standing import Standing
from .writing import Bound, bound


def places(files: Files) -> list[Place]:
    """Every place of a program that could be bound, without running any of it."""
    kinds = (constants, flags, variables, leaves, inline)
    return [place for kind in kinds for place in kind.places(files)]


__all__ = [
    "FORMS", "UNKNOWN", "Binding", "Bound", "Files", "Flag", "Gone", "InFile", "Missing", "Place",
    "Refused", "Standing", "Unreadable", "Variable", "bound", "parse", "places", "plain",
]  # fmt: skip
