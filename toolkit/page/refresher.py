"""The page of a run that goes on: written anew every minute, from what is on record."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from ..ledger.journal import Journal

EVERY_S = 60.0
COST = 50.0
"""times what the last page took that are waited at least: a page never takes 2 % of a run"""


class Refresher:
    """Writes a run's page every minute, in a thread of its own, until it is left.

    A page that cannot be written is told of once, and ends nothing: the run is not about it.
    """

    def __init__(
        self, journal: Journal, folder: Path, say: Callable[[str], None], every_s: float = EVERY_S
    ) -> None:
        self._journal, self._folder, self._say = journal, folder, say
        self._every_s = every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="page", daemon=True)

    def __enter__(self) -> Refresher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for a page that is being written: the last one must not be older than the next."""
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        pause_s = self._every_s
        while not self._over.wait(pause_s):
            began_s = time.monotonic()
            try:
                self._write()
            except Exception as error:
                self._say(f"the page of the run so far cannot be written: {error}")
                return
            pause_s = max(self._every_s, COST * (time.monotonic() - began_s))

    def _write(self) -> None:
        state = self._journal.snapshot()
        if state.has_comparison:
            from . import page  # templates are read only where a run is long enough for a page

            page.write(state, self._folder)
