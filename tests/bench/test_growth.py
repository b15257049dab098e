"""What each step of a comparison costs as the number of trials grows, beside linear growth.

`pytest tests/bench/test_growth.py -n 0 -s -m '' -o addopts=''` prints the figures, and
TOOLKIT_BENCH_TRIALS=500,2000,8000 takes other numbers of trials. Nothing here asserts a time.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import toolkit
from searchers.optuna_search import OptunaSearch
from searchers.random_search import RandomSearch
from toolkit.bench import Bench
from toolkit.budget import Budget
from toolkit.cli.display import Display
from toolkit.compare import CellSpec, Comparison, Plan
from toolkit.evaluators.cached import CachedEvaluator
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger import Ledger
from toolkit.report import files, plots, summary, tables
from toolkit.state import State, load
from toolkit.study import Study

SIZES = [int(size) for size in os.environ.get("TOOLKIT_BENCH_TRIALS", "500,2000").split(",")]
PROC = Path("/proc/self")


class Climber(toolkit.AskTell):
    """Every trial is better than the last: a new champion each, all of them asked on test."""

    def start(self, lab: toolkit.Lab) -> None:
        self.step, self.asked = 0.6 / lab.budget.total, 0

    def ask(self) -> toolkit.Candidate:
        self.asked += 1
        return toolkit.Candidate({"x": 0.1 + self.asked * self.step}, parent=self.asked - 1 or None)

    def tell(self, trial: toolkit.Trial) -> None:
        """It knows where it goes."""


class Tpe(OptunaSearch):
    """Optuna's default; its sampler looks at every earlier trial for each new one."""


@dataclass(frozen=True)
class Cost:
    """wall_s: by the clock; cpu_s: of this process alone; peak_mb: its memory at the most."""

    wall_s: float
    cpu_s: float
    peak_mb: float


@dataclass
class Costs:
    """{step: cost}, in the order in which the steps were taken."""

    steps: dict[str, Cost] = field(default_factory=dict)

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        (PROC / "clear_refs").write_text("5")  # the peak begins anew
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            spent = time.perf_counter() - wall, time.process_time() - cpu
            self.steps[step] = Cost(*spent, peak_mb())


def peak_mb() -> float:
    lines = (PROC / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


class Timed(Comparison):
    """A comparison that tells what each of its steps took."""

    costs: Costs

    def _cells(self) -> None:
        with self.costs.of("search"):
            super()._cells()

    def _champions(self) -> None:
        with self.costs.of("champions on test"):
            super()._champions()

    def _attribution(self) -> None:
        with self.costs.of("attribution"):
            super()._attribution()

    def _integrity(self) -> None:
        with self.costs.of("integrity"):
            super()._integrity()


def compared(
    study: Study, evaluator: LocalEvaluator, folder: Path, make: Callable[..., Any], trials: int
) -> Costs:
    """As `toolkit compare` does it, with its progress lines."""
    cells = [CellSpec("bench", "bench", make, {}, 0)]
    plan = Plan(cells, Budget(trials))
    with (
        Ledger(folder, writer=True) as ledger,
        CachedEvaluator(evaluator, folder) as cached,
        redirect_stderr(io.StringIO()),
    ):
        bench = Bench(study, cached)
        display = Display(folder, plan, study, "confined", bench.full)
        run = Timed(bench, ledger, plan, display.observer())
        run.costs = Costs()
        run.run()
    return run.costs


def reported(folder: Path, costs: Costs) -> State:
    """The steps of `toolkit report`."""
    with costs.of("read the ledger"), Ledger(folder, writer=False) as ledger:
        state = load(ledger)
    with costs.of("summary"):
        found = summary.summarise(state)
    with costs.of("table"):
        tables.text(found)
    with costs.of("plots"):
        plots.write(state, folder / files.PLOTS)
    with costs.of("champion's files"):
        for cell in state.cells.values():
            files.write_champion(state, cell, folder)
    return state


@pytest.mark.parametrize("make", [RandomSearch, Climber, Tpe], ids=lambda make: make.__name__)
def test_growth(
    make: Callable[..., Any], toy: Study, evaluator: LocalEvaluator, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    found: dict[int, dict[str, Cost]] = {}
    for trials in SIZES:
        folder = tmp_path / str(trials)
        costs = compared(toy, evaluator, folder, make, trials)
        state = reported(folder, costs)
        assert len(next(iter(state.cells.values())).trials) == trials
        again = compared(toy, evaluator, folder, make, trials + 1)
        costs.steps["resume, one trial more"] = again.steps["search"]
        found[trials] = costs.steps
    with capsys.disabled():
        show(make.__name__, found)


def show(name: str, found: dict[int, dict[str, Cost]]) -> None:
    least, most = min(found), max(found)
    heads = "".join(f"{trials:>9,} trials" + " " * 12 for trials in found)
    print(f"\n{name:24}{heads}{'CPU s, times linear':>20}")
    print(" " * 24 + "  wall s   CPU s   MB peak   " * len(found))
    for step in found[least]:
        row = "".join(
            f"{one.wall_s:8.2f}{one.cpu_s:8.2f}{one.peak_mb:10.0f}   "
            for costs in found.values()
            for one in [costs[step]]
        )
        first, last = found[least][step].cpu_s, found[most][step].cpu_s
        print(f"{step:24}{row}{last / first / (most / least):20.2f}")
