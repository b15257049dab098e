"""The stations of a run: the place of each cell's agent, and what no agent may read."""

from __future__ import annotations

from pathlib import Path

from ..outside.station import Station, end_leftovers
from ..study.study import Study

FOLDER = "agents"


class Stations:
    """Stations of one run, by cell."""

    def __init__(self, run: Path, study: Study) -> None:
        self._run, self._study = run.absolute(), study  # a keeper stands elsewhere

    def of(self, key: str) -> Station:
        """The station of a cell; nothing is on disk before an agent needs it."""
        return Station(self._run / FOLDER / key)

    def clear(self) -> int:
        """End what agents of an earlier command have left running; number of processes."""
        return end_leftovers(self._run / FOLDER)
