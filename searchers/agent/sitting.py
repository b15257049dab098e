"""One run of an agent's command, from its start to the end of all that it started."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import toolkit
from searchers.agent.costs import Costs

POLL_S = 0.1
END_S = 2.0
"""between a polite end and a hard one"""
OUTPUT_BYTES = 64 << 10
"""of its output in the record; the file in its folder has more"""


@dataclass(frozen=True)
class Terms:
    """Terms of a run. outputs: folder of what its sessions print. seconds: the most that it may

    take. grace_s: what it has to end by itself.
    """

    argv: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    writable: Sequence[Path]
    outputs: Path
    grace_s: float
    seconds: float | None


class Sitting:
    """An agent at work: its clock, its costs, and its end."""

    def __init__(self, lab: toolkit.Lab, terms: Terms, costs: Costs) -> None:
        self._lab, self._terms, self._costs = lab, terms, costs
        self._told: tuple[int, float | None] = (-1, None)
        self.ending = self.printed = ""
        self.file = Path()

    def run(self, station: toolkit.Station, is_over: Callable[[], bool]) -> int | None:
        """Exit status; None where it had to be ended. is_over: nothing more can be asked for."""
        number = self._lab.began(station.reach)
        terms = self._terms
        self.file = terms.outputs / f"output-{number}.txt"
        with station.start(
            terms.argv, cwd=terms.folder, environment=terms.environment, writable=terms.writable,
            output=self.file,
        ) as process:  # fmt: skip
            try:
                self.ending = self._watch(process, number, is_over)
                status = process.poll()
            finally:
                process.end(END_S)
                self._listen(process)
                self._costs.end()
        if process.reason:
            self.ending = f"ended: {process.reason}"
        self.printed = process.tail(OUTPUT_BYTES)
        self._tell(process, number, self.ending, self.printed)
        return status

    def _watch(self, process: toolkit.Process, number: int, is_over: Callable[[], bool]) -> str:
        """Ending of the command, in words."""
        over_at: float | None = None
        while (status := process.poll()) is None:
            self._listen(process)
            self._tell(process, number)
            if self._lab.closed:
                return f"ended: {self._lab.closed}"
            if self._terms.seconds is not None and process.seconds >= self._terms.seconds:
                return f"ended after {self._terms.seconds:g} s, its own limit"
            if over_at is None and is_over():
                over_at = time.monotonic()
            if over_at is not None and time.monotonic() - over_at >= self._terms.grace_s:
                return f"went on for {self._terms.grace_s:g} s after the budget, and was ended"
            time.sleep(POLL_S)
        return f"exit status {status}"

    def _listen(self, process: toolkit.Process) -> None:
        """Read its new output for costs; output is a sign of life."""
        text = process.read_new()
        if text:
            self._costs.feed(text)
            self._lab.alive()

    def _tell(
        self, process: toolkit.Process, number: int, ending: str = "", output: str = ""
    ) -> None:
        """Put its costs on record: after each trial, each bill, and at the end."""
        now = (len(self._lab.history), self._costs.usd)
        if now == self._told and not ending:
            return
        self._told = now
        self._lab.spent(
            number, wall_s=process.seconds, tokens=self._costs.tokens, usd=self._costs.usd,
            ending=ending, output=output,
        )  # fmt: skip
