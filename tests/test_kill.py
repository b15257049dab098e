"""kill -9 of the host at random moments, then the same command: nothing lost, none paid twice."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import killing
import pytest
from conftest import TOY, environment
from killing import state_of
from processes import children
from running import wait_for_trials

from searchers.random_search import RandomSearch as Random
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study.study import Study

BUDGET = 25
SEEDS = 2


def command(folder: Path, slots: int) -> list[str]:
    return [
        sys.executable, "-m", "toolkit.cli", "compare", str(TOY), "--budget", str(BUDGET),
        "--searchers", "random,optuna", "--seeds", str(SEEDS), "--slots", str(slots),
        "--out", str(folder),
    ]  # fmt: skip


def finish(folder: Path, slots: int, **variables: str) -> None:
    killing.finish(command(folder, slots), environment(**variables))


def killed(folder: Path, slots: int, delay_s: float) -> None:
    """Start the command and kill its host after a while."""
    seed = str(random.randint(1, 999))
    process = killing.start(command(folder, slots), environment(PYTHONHASHSEED=seed))
    time.sleep(delay_s)
    killing.kill(process, folder)


def recorded(state: State) -> dict[str, dict[int, float | None]]:
    return {key: {n: t.score for n, t in cell.trials.items()} for key, cell in state.cells.items()}


def check(folder: Path, whole: State) -> None:
    state = state_of(folder)
    assert set(state.cells) == set(whole.cells)
    for key, cell in state.cells.items():
        assert sorted(cell.trials) == list(range(1, BUDGET + 1))
        assert cell.charged == BUDGET * state.study["full"]
        assert not cell.ended["diverged"]
        mine, theirs = state.champion(cell), whole.champion(whole.cells[key])
        assert mine.number == theirs.number
        assert mine.candidate == theirs.candidate
        assert mine.score == theirs.score


@pytest.mark.slow
@pytest.mark.parametrize("slots", [1, 2])
def test_kill_at_twenty_random_moments(tmp_path: Path, slots: int) -> None:
    rng = random.Random(slots)
    whole = tmp_path / "whole"
    began = time.monotonic()
    finish(whole, slots, PYTHONHASHSEED="1")
    span_s = time.monotonic() - began
    reference = state_of(whole)
    folder, seen = tmp_path / "killed", {}
    for _ in range(20):
        killed(folder, slots, rng.uniform(0.3, max(1.0, 0.5 * span_s)))
        if not (folder / "ledger.sqlite").is_file():
            continue  # too early to have begun
        now = recorded(state_of(folder))
        for key, trials in seen.items():  # what was on record stays on record, unchanged
            assert trials.items() <= now[key].items()
        seen = now
    finish(folder, slots, PYTHONHASHSEED="2")
    check(folder, reference)


@pytest.mark.slow
def test_kill_once_then_the_same_command(tmp_path: Path) -> None:
    whole, folder = tmp_path / "whole", tmp_path / "killed"
    finish(whole, 2, PYTHONHASHSEED="1")
    process = subprocess.Popen(
        command(folder, 2), env=environment(PYTHONHASHSEED="3"), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    wait_for_trials(folder, 20, process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    cut = state_of(folder)
    assert any(cell.ended is None for cell in cut.cells.values())  # it fell in mid-run
    finish(folder, 2, PYTHONHASHSEED="2")
    check(folder, state_of(whole))


@pytest.mark.slow
def test_kill_of_servers_and_children_at_a_hundred_random_moments(
    toy: Study, tmp_path: Path
) -> None:
    """Each trial is there once, whatever was killed: at worst it is lost or crashed, and charged."""
    rng = random.Random(7)
    kills = {"server": 0, "child": 0}
    cells = [CellSpec("random", "random", Random, {}, seed) for seed in range(8)]
    budget = 150
    with LocalEvaluator(slots=2) as running, Ledger(tmp_path / "run", writer=True) as ledger:
        over = threading.Event()
        killer = threading.Thread(target=kill_at_random, args=(running, rng, kills, over))
        bench = Bench(toy, running)
        Comparison(bench, ledger, Plan([], Budget(1))).run()  # the baseline is measured in peace
        killer.start()
        state = Comparison(bench, ledger, Plan(cells, Budget(budget), 2)).run()
        over.set()
        killer.join()
    assert sum(kills.values()) >= 100, kills
    for cell in state.cells.values():
        assert sorted(cell.trials) == list(range(1, budget + 1))
        assert cell.charged == budget * state.study["full"]
        assert {trial.status for trial in cell.trials.values()} <= {"ok", "crashed", "lost"}
        numbers = [number for kind, number in cell.log if kind == "finished"]
        assert len(numbers) == len(set(numbers))


def kill_at_random(
    running: LocalEvaluator, rng: random.Random, kills: dict[str, int], over: threading.Event
) -> None:
    while not over.is_set() and sum(kills.values()) < 100:
        time.sleep(rng.uniform(0.01, 0.08))
        server = running._server.pid if running._server else 0
        with contextlib.suppress(OSError, IndexError):
            running_now = children(server)
            if server and rng.random() < 0.5:
                os.kill(server, signal.SIGKILL)
                kills["server"] += 1
            else:
                os.kill(int(rng.choice(running_now)), signal.SIGKILL)
                kills["child"] += 1
