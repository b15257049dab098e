"""The searcher of `toolkit serve`: whoever asks by HTTP, until the budget is spent."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..ledger.session import OPEN
from ..search.lab import Lab
from .judge import Judge
from .server import JudgeServer

STEP_S = 0.1
ALIVE_S = 5.0


@dataclass(frozen=True)
class Outside:
    """Serves a cell's judge by HTTP. told: is handed the server as soon as it answers.

    later_s: for which those who ask on are told that it is over.
    """

    port: int
    token: str
    told: Callable[[JudgeServer], None]
    later_s: float = 2.0
    live = True
    """nobody can make people and programs outside ask the same once more"""

    def run(self, lab: Lab) -> None:
        judge = Judge(lab)
        with JudgeServer(judge, port=self.port, token=self.token) as server:
            number, began_at = lab.began(OPEN), time.monotonic()
            self.told(server)
            self._wait(lab, judge)
            ending = judge.ended
            lab.spent(number, wall_s=time.monotonic() - began_at, ending=ending)
            time.sleep(self.later_s)

    def _wait(self, lab: Lab, judge: Judge) -> None:
        """Until nothing can be asked for, and everything that was is answered.

        Whoever asks may think for hours: as long as it is served, the cell is alive.
        """
        alive_at = 0.0
        while not judge.ended or judge.busy:
            if time.monotonic() - alive_at > ALIVE_S:
                lab.alive()
                alive_at = time.monotonic()
            if lab.closed:
                return
            time.sleep(STEP_S)
