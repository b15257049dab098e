"""What each step of a comparison costs as the number of trials grows, beside linear growth.

`pytest tests/bench/test_growth.py -n 0 -s -m '' -o addopts='' -o timeout=3600` prints the figures;
TOOLKIT_BENCH_TRIALS=500,2000,8000 in the environment takes other numbers of trials. Nothing here
asserts a time. The memory is of the whole process, so it holds what the steps before have left.
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
from toolkit.bench.bench import Bench
from toolkit.bench.cost import After
from toolkit.cli.display import Display
from toolkit.compare import Comparison
from toolkit.evaluators.cached import CachedEvaluator
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load
from toolkit.report import files, plots, summary, tables
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study.study import Study

SIZES = [int(size) for size in os.environ.get("TOOLKIT_BENCH_TRIALS", "500,2000").split(",")]
PROC = Path("/proc/self")


class Climber(toolkit.AskTell):
    """The worst case of what follows: each trial is better than the one that it is built on."""

    def start(self, lab: toolkit.Lab) -> None:
        self.step, self.asked = 0.6 / lab.budget.total, 0

    def ask(self) -> toolkit.Candidate:
        self.asked += 1
        return toolkit.Candidate({"x": 0.1 + self.asked * self.step}, parent=self.asked - 1 or None)

    def tell(self, trial: toolkit.Trial) -> None:
        """It knows where it goes."""


# Optuna's sampler looks at all earlier trials for each new one: fewer of them, or nothing else runs
ARMS = {
    "random": (RandomSearch, 1),
    "climber": (Climber, 1),
    "optuna, a quarter": (OptunaSearch, 4),
}


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

    def _search(self) -> None:
        with self.costs.of("search"):
            super()._search()

    def _champions(self, after: After) -> None:
        with self.costs.of("champions on test"):
            super()._champions(after)

    def _attribution(self) -> None:
        with self.costs.of("attribution"):
            super()._attribution()

    def _integrity(self, after: After) -> None:
        with self.costs.of("integrity"):
            super()._integrity(after)


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
        run = Timed(bench, ledger, plan, display)
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


@pytest.mark.parametrize("arm", ARMS)
def test_growth(
    arm: str, toy: Study, evaluator: LocalEvaluator, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    make, part = ARMS[arm]
    found: dict[int, dict[str, Cost]] = {}
    for trials in (size // part for size in SIZES):
        folder = tmp_path / str(trials)
        costs = compared(toy, evaluator, folder, make, trials)
        state = reported(folder, costs)
        (cell,) = state.cells.values()
        assert len(cell.trials) == trials
        again = compared(toy, evaluator, folder, make, trials + 1)
        costs.steps["resume, one trial more"] = again.steps["search"]
        found[trials] = costs.steps
    with capsys.disabled():
        show(arm, found)


def show(arm: str, found: dict[int, dict[str, Cost]]) -> None:
    """A row a step: seconds and memory at each number of trials, and how much faster it grew."""
    least, most = min(found), max(found)
    heads = "".join(f"{f'{trials:,} trials':^28}" for trials in found)
    print(f"\n{arm:24}{heads}  CPU, times linear")
    print(" " * 24 + "  wall s   CPU s   peak MB  " * len(found))
    for step in found[least]:
        costs = [table[step] for table in found.values()]
        row = "".join(f"{c.wall_s:8.2f}{c.cpu_s:8.2f}{c.peak_mb:10.0f}  " for c in costs)
        print(f"{step:24}{row}{growth(costs[0], costs[-1], most / least):>19}")


def growth(first: Cost, last: Cost, times: float) -> str:
    """1.00 where twice the trials take twice the CPU time; below a tenth of a second it is noise."""
    return f"{last.cpu_s / max(first.cpu_s, 0.01) / times:.2f}" if last.cpu_s >= 0.1 else "-"
