"""What an isolated evaluation costs, beside the usual ways to run one, interleaved in one run.

`pytest tests/bench -m '' -o addopts='' --benchmark-enable -s` prints the figures. Nothing here
asserts a time. loky and Ray reuse a worker: fast, and what one program changes the next one sees.
"""

from __future__ import annotations

import importlib
import multiprocessing
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from joblib.externals.loky import get_reusable_executor

from toolkit.evaluators.cached import CachedEvaluator
from toolkit.evaluators.local import LocalEvaluator
from toolkit.jobs import Job, Limits

HEAVY = ("numpy", "numpy.random", "faiss", "sklearn.cluster", "pandas")
ROUNDS, COLD_ROUNDS = 40, 4
Arm = Callable[[], float]
"""Runs once; CPU seconds where they can be told, else NaN."""


def load(modules: tuple[str, ...]) -> int:
    for name in modules:
        importlib.import_module(name)
    return 1


def program(modules: tuple[str, ...]) -> bytes:
    imports = "".join(f"    import {name}\n" for name in modules)
    return (
        f"def run(conversation, questions, parameters, services):\n{imports}    return 1\n".encode()
    )


COMMAND = b"import json, sys\njson.load(sys.stdin)\nprint('[1]')\n"


def ours(sandbox: LocalEvaluator | CachedEvaluator, modules: tuple[str, ...]) -> Arm:
    return arm_of(
        sandbox, Job({"main.py": program(modules)}, "main:run", {}, (b"[1, 2]",), Limits())
    )


def arm_of(sandbox: LocalEvaluator | CachedEvaluator, job: Job) -> Arm:
    def run() -> float:
        outcome = sandbox.run(job)
        assert outcome.status == "ok", outcome.detail
        return outcome.usage.cpu_s

    return run


def fresh(modules: tuple[str, ...]) -> Arm:
    command = [sys.executable, "-c", f"import {', '.join(modules or ('json',))}"]

    def run() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return run


def forkserver(modules: tuple[str, ...]) -> Arm:
    context = multiprocessing.get_context("forkserver")

    def run() -> float:
        process = context.Process(target=load, args=(modules,))
        process.start()
        process.join()
        assert process.exitcode == 0
        return float("nan")

    return run


def loky(modules: tuple[str, ...]) -> Arm:
    executor = get_reusable_executor(max_workers=1)

    def run() -> float:
        assert executor.submit(load, modules).result() == 1
        return float("nan")

    return run


@pytest.fixture
def ray_task() -> Iterator[Callable[[tuple[str, ...]], Arm]]:
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="error")

    @ray.remote  # a function inside a function travels whole: a worker cannot import this file
    def task(modules: tuple[str, ...]) -> int:
        for name in modules:
            importlib.import_module(name)
        return 1

    def arm(modules: tuple[str, ...]) -> Arm:
        def run() -> float:
            assert ray.get(task.remote(modules)) == 1
            return float("nan")

        return run

    yield arm
    ray.shutdown()


def test_cost_of_an_evaluation(
    ray_task: Callable[[tuple[str, ...]], Arm],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    multiprocessing.get_context("forkserver").set_forkserver_preload([__name__, *HEAVY])
    with ExitStack() as stack:
        sandbox = stack.enter_context(LocalEvaluator(preload=HEAVY))
        commands = stack.enter_context(LocalEvaluator(command=True))
        cached = stack.enter_context(CachedEvaluator(sandbox, tmp_path, preload=HEAVY))
        arms: dict[tuple[str, str], Arm] = {}
        for size, modules in (("trivial", ()), ("heavy", HEAVY)):
            arms[size, "toolkit, confined"] = ours(sandbox, modules)
            arms[size, "toolkit, cached"] = ours(cached, modules)
            arms[size, "fresh subprocess"] = fresh(modules)
            arms[size, "forkserver, preload"] = forkserver(modules)
            arms[size, "loky, reused worker"] = loky(modules)
            arms[size, "Ray task, reused worker"] = ray_task(modules)
        scratch = replace(Limits(), scratch_mb=10)
        plain = Job({"main.py": program(())}, "main:run", {}, (b"[1, 2]",), scratch)
        command = Job({"main.py": COMMAND}, "", {}, (), Limits(), command=["python", "main.py"])
        arms["trivial", "toolkit, with scratch"] = arm_of(sandbox, plain)
        arms["trivial", "toolkit, command"] = arm_of(commands, command)
        wall, cpu = measure(arms)
    with capsys.disabled():
        show(wall, cpu)
    assert all(min(times) > 0 for times in wall.values())


def test_cost_of_a_call(capsys: pytest.CaptureFixture[str]) -> None:
    """A call is handed over when the last one was answered: what that takes, and how it grows."""
    large = b'["' + b"x" * 300_000 + b'", 2]'
    sizes = {"1 call": 1, "10 calls": 10, "1,000 calls": 1000, "4,000 calls": 4000}
    calls = {name: (b"[1, 2]",) * count for name, count in sizes.items()}
    calls["5 calls of 300 kB"] = (large,) * 5
    with LocalEvaluator() as sandbox:
        wall, cpu = measure(
            {
                ("trivial", name): arm_of(
                    sandbox, Job({"main.py": program(())}, "main:run", {}, chosen, Limits())
                )
                for name, chosen in calls.items()
            }
        )
    with capsys.disabled():
        print(f"\n{'':20} wall ms min  median   CPU ms median")
        for (_, name), times in wall.items():
            low, middle = 1000 * min(times), 1000 * statistics.median(times)
            used = 1000 * statistics.median(cpu["trivial", name])
            print(f"{name:20} {low:11.1f} {middle:7.1f} {used:15.1f}")
    assert all(min(times) > 0 for times in wall.values())


def measure(
    arms: dict[tuple[str, str], Arm],
) -> tuple[dict[tuple[str, str], list[float]], dict[tuple[str, str], list[float]]]:
    """Seconds of each arm, after one round that counts for nothing."""
    wall: dict[tuple[str, str], list[float]] = {name: [] for name in arms}
    cpu: dict[tuple[str, str], list[float]] = {name: [] for name in arms}
    for number in range(ROUNDS + 1):
        for name, arm in arms.items():
            if name == ("heavy", "fresh subprocess") and number > COLD_ROUNDS:
                continue
            began = time.perf_counter()
            used = arm()
            if number:
                wall[name].append(time.perf_counter() - began)
                cpu[name].append(used)
    return wall, cpu


def show(wall: dict[tuple[str, str], list[float]], cpu: dict[tuple[str, str], list[float]]) -> None:
    print(f"\n{'':34} wall ms min  median   CPU ms median   wall, times ours")
    for name, times in wall.items():
        low, middle = 1000 * min(times), 1000 * statistics.median(times)
        used = 1000 * statistics.median(cpu[name])
        ratio = statistics.median(times) / statistics.median(wall[name[0], "toolkit, confined"])
        label = f"{name[0]:8} {name[1]}"
        print(f"{label:34} {low:11.1f} {middle:7.1f} {used:15.1f} {ratio:18.2f}")
