"""Time that a `./trial` of an agent takes beside the evaluation that it asks for, and a bare subprocess.

`pytest tests/bench/test_agent.py -n 0 -s -m '' -o addopts=''` prints the figures. No time is asserted.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest
from conftest import TOY

import toolkit
from searchers.agent import Agent
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.ledger.ledger import Ledger
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan

ROUNDS = 40
SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from toy_pipeline.main import run
p = {"x": 0.2, "y": 0.3, "shape": "flat", "steps": 2, "unused": False}
print(json.dumps([run({"offset": i / 100}, ["q"] * 4, p, {}) for i in range(3)]))
"""
Taken = dict[str, list[float]]


class Timing(Agent):
    """Lays a workspace as an agent has it, and times what stands in it in turn."""

    taken: Taken

    def run(self, lab: toolkit.Lab) -> None:
        assert lab.station
        judge = toolkit.Judge(lab)
        with toolkit.JudgeServer(judge) as server:
            folder = self.furnish(lab, lab.station, server)
            self.time_all(lab, folder)

    def time_all(self, lab: toolkit.Lab, folder: Path) -> None:
        number = itertools.count(1)
        (folder / "eval.py").write_text(SCRIPT)
        steps: dict[str, Callable[[], object]] = {
            "lab.evaluate": lambda: lab.evaluate(toolkit.Candidate({"x": next(number) / 997})),
            "./trial": lambda: run(folder, "./trial", "--set", f"x={next(number) / 997}"),
            "./trial, an edit": lambda: run(folder, "sh", "-c", edit(next(number))),
            "./budget": lambda: run(folder, "./budget"),
            "python eval.py": lambda: run(folder, sys.executable, "eval.py", str(TOY)),
        }
        for _ in range(ROUNDS):
            for name, step in steps.items():
                began = time.perf_counter()
                step()
                self.taken.setdefault(name, []).append(1000 * (time.perf_counter() - began))


def edit(number: int) -> str:
    return f"echo '# {number}' >> toy_pipeline/main.py; ./trial -m edit"


def run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_what_a_trial_of_an_agent_takes(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken: Taken = {}
    timing = type("Timed", (Timing,), {"taken": taken})
    spec = CellSpec("agent", "agent", timing, {"command": "true"}, 0)
    with Ledger(tmp_path / "run", writer=True) as ledger:
        state = Comparison(bench, ledger, Plan([spec], Budget(1000), search_only=True)).run()
    (cell,) = state.cells.values()
    assert {trial.status for trial in cell.trials.values()} == {"ok"}
    assert len(cell.trials) == 3 * ROUNDS
    bare = median(taken["python eval.py"])
    with capsys.disabled():
        print(f"\n{'':18} median ms   best ms   above lab.evaluate   times python eval.py")
        for name, found in taken.items():
            above = median(found) - median(taken["lab.evaluate"])
            print(
                f"{name:18} {median(found):9.1f} {min(found):9.1f} {above:20.1f} {median(found) / bare:22.2f}"
            )
