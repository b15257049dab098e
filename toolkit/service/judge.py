"""The judge of one cell, for those who ask in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..search.lab import Lab

Reply = dict[str, Any]


class Judge:
    """A lab for those who ask in JSON; thread-safe. failures: the most that a look shows."""

    def __init__(self, lab: Lab, *, failures: int = 16) -> None:
        self.lab, self.most = lab, failures

    @property
    def ended(self) -> str:
        """Why nothing can be asked for any more; empty while something can."""
        raise NotImplementedError

    def trial(self, request: Mapping[str, Any]) -> Reply:
        """A candidate's trial."""
        raise NotImplementedError

    def look(self, request: Mapping[str, Any]) -> Reply:
        """Failures of a trial."""
        raise NotImplementedError

    def budget(self) -> Reply:
        """What is left."""
        raise NotImplementedError

    def done(self) -> Reply:
        """End the search."""
        raise NotImplementedError
