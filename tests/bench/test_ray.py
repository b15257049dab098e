"""Evaluations per second on this machine and on Ray, beside a bare Ray task and Tune's own actors.

`pytest tests/bench/test_ray.py -n 0 -s -m '' -o addopts=''` prints the figures. Nothing here asserts
a time. The bare task and Tune's actor do nothing and confine nothing.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from toolkit.evaluators.local import LocalEvaluator
from toolkit.evaluators.ray_session import SESSION, ray_connection
from toolkit.jobs import Job, Limits

NOTHING = b"def run(conversation, questions, parameters, services):\n    return 1\n"
HALF = (
    b"import time\n\n\ndef run(conversation, questions, parameters, services):\n"
    b"    end = time.process_time() + 0.5\n"
    b"    while time.process_time() < end:\n        pass\n    return 1\n"
)
SIZES = {"nothing": (NOTHING, 60), "0.5 s of CPU": (HALF, 6)}
TRIALS, ROUNDS = 8, 3
Row = tuple[str, str, int, float, float]


def job(program: bytes) -> Job:
    return Job({"main.py": program}, "main:run", {}, (b"[1, 2]",), Limits())


def rate(run: Callable[[], object], number: int, slots: int) -> tuple[float, float]:
    """(evaluations per second, median milliseconds of one)"""
    took = []

    def timed(_: int) -> None:
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)

    began = time.perf_counter()
    with ThreadPoolExecutor(slots) as pool:
        list(pool.map(timed, range(number)))
    return number / (time.perf_counter() - began), 1000 * statistics.median(took)


def measure(name: str, place: object, slots: int) -> list[Row]:
    rows = []
    for size, (program, number) in SIZES.items():
        task = job(program)

        def run(task: Job = task) -> None:
            outcome = place.run(task)  # type: ignore[attr-defined]
            assert outcome.status == "ok", outcome.detail

        run()
        rows.append((name, size, slots, *rate(run, number, slots)))
    return rows


def test_evaluations_per_second(capsys: pytest.CaptureFixture[str]) -> None:
    from toolkit.evaluators.ray import RayEvaluator

    rows: list[Row] = []
    SESSION.open(slots=2)
    try:
        for slots in (1, 2):
            with LocalEvaluator(slots=slots) as local, RayEvaluator(slots=slots) as cluster:
                for _ in range(ROUNDS):  # in turn: the machine has other work
                    rows += measure("toolkit, local", local, slots)
                    rows += measure("toolkit, Ray", cluster, slots)
        rows.append(("bare Ray task", "nothing", 1, *bare_task()))
        with ray_connection({"TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1", "RAY_AIR_NEW_OUTPUT": "0"}):
            for reuse in (False, True):
                name = f"Tune's actor, {'reused' if reuse else 'one a trial'}"
                rows.append((name, "nothing", 1, *tune_actor(reuse)))
    finally:
        SESSION.close()
    with capsys.disabled():
        print(f"\n{'':26} {'evaluation':>14} slots   per s   median ms")
        best = {row[:3]: row for row in sorted(rows, key=lambda row: row[3])}
        for name, size, slots, per_s, middle in best.values():
            print(f"{name:26} {size:>14} {slots:5} {per_s:7.2f} {middle:11.1f}")
    assert all(row[3] > 0 for row in rows)


def bare_task() -> tuple[float, float]:
    import ray

    task = ray.remote(lambda: 1)
    ray.get(task.remote())
    return rate(lambda: ray.get(task.remote()), 60, 1)


def tune_actor(reuse: bool) -> tuple[float, float]:
    from ray import tune

    class Nothing(tune.Trainable):  # type: ignore[misc]
        def step(self) -> dict[str, object]:
            return {"score": 1.0, "done": True}

        def reset_config(self, new_config: object) -> bool:
            return True

        def save_checkpoint(self, checkpoint_dir: str) -> dict[str, object]:
            return {}

    with tempfile.TemporaryDirectory() as folder:
        tuner = tune.Tuner(
            Nothing,
            param_space={"x": tune.uniform(0, 1)},
            tune_config=tune.TuneConfig(
                metric="score", mode="max", num_samples=TRIALS, reuse_actors=reuse,
                max_concurrent_trials=1,
            ),
            run_config=tune.RunConfig(name=Path(folder).name, storage_path=folder, verbose=0),
        )  # fmt: skip
        began = time.perf_counter()
        assert not tuner.fit().errors
        took = time.perf_counter() - began
    return TRIALS / took, 1000 * took / TRIALS
