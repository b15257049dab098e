"""kill -9 of the host of a live searcher at random moments: nothing lost, none paid twice."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import killing
import pytest
from conftest import TOY, environment
from killing import state_of
from running import wait_for_trials

from toolkit.ledger.state import State

BUDGET = 25
PLUGIN = """
import json, os, pathlib, time
import toolkit

class Lively:
    live = True
    def run(self, lab):
        began, session = time.monotonic(), lab.began("data hidden")
        tell(lab)
        try:
            while True:
                flying = [lab.submit(fresh()) for _ in range(2 if lab.budget.left > 1 else 1)]
                for one in flying:
                    one.result()
                time.sleep(0.005)
                lab.spent(session, wall_s=time.monotonic() - began, tokens=10)
        finally:
            tell(lab)
            lab.spent(session, wall_s=time.monotonic() - began, ending="exit status 0")

def fresh():
    return toolkit.Candidate({"x": int.from_bytes(os.urandom(6), "big") / 2**48})

def tell(lab):
    with pathlib.Path(os.environ["SEEN"]).open("a") as sink:
        print(json.dumps([trial.number for trial in lab.history]), file=sink, flush=True)

@toolkit.hookimpl
def register_searchers(register):
    register("lively", Lively)
"""


class Killing:
    """A comparison of a live and a replaying searcher that is killed and started again."""

    def __init__(self, site: Path, place: Path) -> None:
        self.folder, self.seen_at = place / "run", place / "seen"
        self._variables = environment(site, SEEN=str(self.seen_at))
        self._command = [
            sys.executable, "-m", "toolkit.cli", "compare", str(TOY), "--budget", str(BUDGET),
            "--searchers", "lively,random", "--slots", "2", "--after", "none",
            "--out", str(self.folder),
        ]  # fmt: skip
        self._known: dict[str, dict[int, float | None]] = {}

    def kill(self, *, after_trials: int = 0, delay_s: float = 0.0) -> None:
        """Kill it once so many trials are on record; what was on record stays as it is."""
        process = killing.start(self._command, self._variables)
        wait_for_trials(self.folder, after_trials, process)  # type: ignore[arg-type]
        time.sleep(delay_s)
        killing.kill(process, self.folder)
        if (self.folder / "ledger.sqlite").is_file():
            now = scores(state_of(self.folder))
            for key, trials in self._known.items():
                assert trials.items() <= now[key].items()
            self._known = now

    def finish(self) -> State:
        killing.finish(self._command, self._variables)
        return state_of(self.folder)

    @property
    def seen(self) -> list[list[int]]:
        """Numbers of the live searcher's history, at its starts and at its end."""
        return [json.loads(line) for line in self.seen_at.read_text().splitlines()]


def scores(state: State) -> dict[str, dict[int, float | None]]:
    return {key: {n: t.score for n, t in cell.trials.items()} for key, cell in state.cells.items()}


def check(state: State, seen: list[list[int]]) -> None:
    for cell in state.cells.values():
        assert sorted(cell.trials) == list(range(1, BUDGET + 1))
        assert {trial.status for trial in cell.trials.values()} == {"ok"}
        assert cell.charged == BUDGET * state.study["full"]
        assert max(start.attempts for start in cell.started.values()) <= 2
        assert not cell.ended["diverged"]
        assert cell.ended["unaccounted"] == {}
        assert len(cell.log) == 2 * BUDGET
    (live,) = [cell for cell in state.cells.values() if cell.live]
    finished = [number for kind, number in live.log if kind == "finished"]
    assert all(history == finished[: len(history)] for history in seen)
    assert [len(history) for history in seen] == sorted(len(history) for history in seen)
    assert live.ended["status"] == "finished"
    numbers = list(live.sessions)
    assert numbers == list(range(1, len(numbers) + 1))
    assert [one.continued for one in live.sessions.values()][1:] == [True] * (len(numbers) - 1)


def test_a_live_searcher_killed_at_a_few_random_moments_goes_on(
    install: Callable[..., Path], tmp_path: Path
) -> None:
    rng = random.Random(time.time_ns())
    run = Killing(install("lively", PLUGIN), tmp_path)
    for trials in sorted(rng.sample(range(1, 40), 2)):
        run.kill(after_trials=trials, delay_s=rng.uniform(0, 0.05))
    check(run.finish(), run.seen)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_live_searcher_killed_at_twenty_random_moments_goes_on(
    install: Callable[..., Path], tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    run = Killing(install("lively", PLUGIN), tmp_path)
    for count in range(20):
        before = rng.uniform(0.2, 1.2) if count % 2 else rng.uniform(0, 0.1)
        run.kill(after_trials=0 if count % 2 else 2 * count, delay_s=before)
    check(run.finish(), run.seen)
