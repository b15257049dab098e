"""Price of a trial by HTTP beside the same trial asked of the lab, and beside a bare subprocess.

`pytest tests/bench/test_service.py -m '' -s -n 0` prints the figures. Nothing here asserts a time.
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
from served import MAIN, served

import toolkit
from toolkit.bench.bench import Bench

ROUNDS = 60


def test_wall_of_a_trial_by_http(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Interleaved, each time a candidate that has not run before; the files are sent whole."""
    counter = itertools.count()
    with served(bench, tmp_path / "run", budget=1e6) as client:
        pristine = client.lab.sources[MAIN]

        def files() -> dict[str, str]:
            return {MAIN: f"{pristine}# {next(counter)}\n"}

        def by_lab() -> None:
            client.lab.evaluate(client.lab.edit(toolkit.Candidate(), dict(files())))

        steps: dict[str, Callable[[], object]] = {
            "lab.evaluate": by_lab,
            "POST /trial": lambda: client.trial(files=files()),
            "GET /budget": lambda: client.get("/budget"),
            "python -c pass": lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
        }
        walls = timed(steps)
    with capsys.disabled():
        print(f"\n{'':16} wall ms   to lab.evaluate")
        for name, taken in walls.items():
            ratio = median(taken) / median(walls["lab.evaluate"])
            print(f"{name:16} {1000 * median(taken):7.1f}   {ratio:.2f}")
    assert all(len(taken) == ROUNDS for taken in walls.values())


def timed(steps: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """{step: seconds of each round}, after two rounds that warm up."""
    walls: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS + 2):
        for name, step in steps.items():
            began = time.perf_counter()
            step()
            walls[name].append(time.perf_counter() - began)
    return {name: taken[2:] for name, taken in walls.items()}
