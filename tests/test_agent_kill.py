"""kill -9 of the host of an agent: no trial is lost or paid twice, and nothing is left running."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

import killing
import pytest
from agents import PRELUDE, places
from conftest import TOY, environment
from killing import state_of
from processes import showing, wait_for
from running import wait_for_trials

from toolkit.ledger.state import State

CLIMB = """
sleep {mark} &
(setsid nohup sh -c 'trap "" TERM HUP; sleep {mark}' >/dev/null 2>&1 &)
while ./budget > /dev/null; do
    n=$(wc -l < results.tsv)
    echo "# $n" >> toolkit_notes.md
    sed -i "s/^SCALE = .*/SCALE = 0.$n$$/" toy_pipeline/main.py
    try -m "scale 0.$n$$" --label hyperparameter
done
"""


class Killing:
    """A comparison of an agent and a replaying searcher that is killed and started again."""

    def __init__(self, place: Path, budget: int) -> None:
        self.budget = budget
        self.folder, self.mark = place / "run", f"86398.{random.SystemRandom().randrange(10**9)}"
        script = place / "agent.sh"
        script.write_text(PRELUDE + CLIMB.format(mark=self.mark))
        self._command = [
            sys.executable, "-m", "toolkit.cli", "compare", str(TOY), "--budget", str(budget),
            "--searchers", "agent,random", "--slots", "2", "--after", "none",
            "-o", f"agent.command=sh {script}", "-o", "agent.grace_s=1", "--out", str(self.folder),
        ]  # fmt: skip
        self._known: dict[str, dict[int, float | None]] = {}

    def kill(self, *, after_trials: int, delay_s: float) -> None:
        """Kill the host once so many trials are on record; nothing that it started goes on."""
        process = killing.start(self._command, environment())
        wait_for_trials(self.folder, after_trials, process)  # type: ignore[arg-type]
        time.sleep(delay_s)
        killing.kill(process, self.folder)
        wait_for(lambda: not showing(self.mark))
        if (self.folder / "ledger.sqlite").is_file():
            now = {
                key: {number: trial.score for number, trial in cell.trials.items()}
                for key, cell in state_of(self.folder).cells.items()
            }
            for key, trials in self._known.items():
                assert trials.items() <= now[key].items()
            self._known = now

    def finish(self) -> State:
        killing.finish(self._command, environment())
        assert showing(self.mark) == []
        return state_of(self.folder)


def check(run: Killing, state: State) -> None:
    for cell in state.cells.values():
        assert sorted(cell.trials) == list(range(1, run.budget + 1))
        assert {trial.status for trial in cell.trials.values()} == {"ok"}
        assert cell.charged == run.budget * state.study["full"]
        assert cell.ended["status"] == "finished"
        assert cell.ended["unaccounted"] == {}
    (folder,) = places(run.folder)
    lines = (folder / "workspace" / "results.tsv").read_text().split("\n")[1:-1]
    assert sorted(int(line.split("\t")[0]) for line in lines) == list(range(1, run.budget + 1))
    assert not (folder / "workspace" / ".git" / "index.lock").exists()


@pytest.mark.slow
def test_an_agent_whose_host_is_killed_at_a_few_random_moments_goes_on(tmp_path: Path) -> None:
    rng = random.Random(os.getpid())
    run = Killing(tmp_path, 15)
    for trials in sorted(rng.sample(range(1, 20), 3)):
        run.kill(after_trials=trials, delay_s=rng.uniform(0, 0.05))
    check(run, run.finish())


@pytest.mark.slow
@pytest.mark.timeout(400)  # twenty starts of a host take 70 s on a machine that does nothing else
def test_an_agent_whose_host_is_killed_at_twenty_random_moments_goes_on(tmp_path: Path) -> None:
    rng = random.Random(14)
    run = Killing(tmp_path, 120)
    for count in range(20):
        delay = rng.uniform(0.5, 2.0) if count % 2 else rng.uniform(0, 0.1)
        run.kill(after_trials=0 if count % 2 else 10 * count, delay_s=delay)
    state = run.finish()
    check(run, state)
    (live,) = [cell for cell in state.cells.values() if cell.live]
    assert len(live.sessions) > 5 and live.continued
