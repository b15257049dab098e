"""What the host adds to a trial, beside a bare subprocess and raw Optuna, in one run.

`pytest tests/bench -m '' --benchmark-enable -s` prints the figures. Nothing here asserts a time.
"""

from __future__ import annotations

import itertools
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import optuna
import pytest
from conftest import TOY

from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.notebook import Scribe
from toolkit.records import Candidate
from toolkit.search.budget import Budget, Meter
from toolkit.search.cells import Plan
from toolkit.search.desk import Desk
from toolkit.search.lab import Lab
from toolkit.search.program import Program
from toolkit.search.scheduler import Scheduler

ROUNDS = 60
SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from toy_pipeline.main import run
p = {"x": float(sys.argv[2]), "y": 0.3, "shape": "flat", "steps": 2, "unused": False}
print(json.dumps([run({"offset": i / 100}, ["q"] * 4, p, {}) for i in range(3)]))
"""
Step = Callable[[], object]


@pytest.fixture
def lab(bench: Bench, evaluator: LocalEvaluator, tmp_path: Path) -> Iterator[Lab]:
    """A lab with a durable ledger and a warm server."""
    with (
        Ledger(tmp_path / "run", writer=True) as ledger,
        Desk(bench, 2) as desk,
    ):
        comparison = Comparison(bench, ledger, Plan([], Budget(1)))
        state, journal = comparison.run(), comparison.journal
        row = {"alias": "bench", "searcher": "b", "options": {}, "seed": 0, "model": None}
        journal.write("cell", row, cell="bench")
        cell, study = state.cells["bench"], bench.study
        program = Program(study.pristine, study.space, study.brief)
        meter = Meter(Budget(1e9), bench.full)
        with Scribe(journal) as scribe:
            notebook = scribe.notebook(cell.key)
            scheduler = Scheduler(cell, notebook, desk, bench.prices, meter)
            yield Lab(program, scheduler, state.baseline)


def objective(trial: optuna.Trial) -> float:
    x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0.01, 1, log=True)
    return -((x - 0.7) ** 2) - (y - 0.3) ** 2


def raw_optuna(storage: str | None) -> Step:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(direction="maximize", storage=storage, sampler=sampler)
    return lambda: study.optimize(objective, n_trials=1)


def subprocess_step(folder: Path) -> Step:
    script = folder / "eval.py"
    script.write_text(SCRIPT)
    counter = itertools.count()
    return lambda: subprocess.run(
        [sys.executable, str(script), str(TOY), f"{next(counter) % 97 / 97}"],
        check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def steps(lab: Lab, tmp_path: Path) -> dict[str, Step]:
    counter = itertools.count()
    return {
        "toolkit": lambda: lab.evaluate(Candidate({"x": next(counter) % 997 / 997})),
        "python eval.py": subprocess_step(tmp_path),
        "optuna in memory": raw_optuna(None),
        "optuna on SQLite": raw_optuna(f"sqlite:///{tmp_path}/optuna.db"),
    }


@pytest.mark.parametrize(
    "name", ["toolkit", "python eval.py", "optuna in memory", "optuna on SQLite"]
)
def test_wall_per_trial(benchmark: object, steps: dict[str, Step], name: str) -> None:
    benchmark.pedantic(steps[name], rounds=ROUNDS, warmup_rounds=3)  # type: ignore[attr-defined]


def test_cpu_per_trial(
    steps: dict[str, Step], evaluator: LocalEvaluator, capsys: pytest.CaptureFixture[str]
) -> None:
    """CPU of the host, its server and all children, interleaved, as ratios to the toolkit's."""
    cpu = dict.fromkeys(steps, 0.0)
    wall = dict.fromkeys(steps, 0.0)
    for _ in range(ROUNDS):
        for name, step in steps.items():
            before, began = all_cpu_s(evaluator), time.perf_counter()
            step()
            wall[name] += time.perf_counter() - began
            cpu[name] += all_cpu_s(evaluator) - before
    with capsys.disabled():
        print(f"\n{'':18} CPU ms  wall ms  CPU ratio")
        for name in steps:
            ratio = cpu[name] / cpu["toolkit"]
            row = f"{1000 * cpu[name] / ROUNDS:6.1f}  {1000 * wall[name] / ROUNDS:7.1f}"
            print(f"{name:18} {row}  {ratio:9.2f}")
    assert all(seconds > 0 for seconds in cpu.values())


def all_cpu_s(evaluator: LocalEvaluator) -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    kids = resource.getrusage(resource.RUSAGE_CHILDREN)
    fields = Path(f"/proc/{evaluator._server.pid}/stat").read_text().rpartition(")")[2].split()
    server = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return own.ru_utime + own.ru_stime + kids.ru_utime + kids.ru_stime + server
