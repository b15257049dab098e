"""The Ray evaluator: the same scores, nobody's key, nothing lost with a worker."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import TOY
from programs import check_hunt, hunt
from ray_places import two_workers as two_workers

from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.records import Candidate
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

pytestmark = [pytest.mark.ray, pytest.mark.timeout(300)]

SLOW = "def run(c, q, p, s):\n    import time\n    time.sleep(0.2)\n    return [{'answer': '0.5'} for _ in q]\n"

SPY = (
    "def run(c, q, p, s):\n    import os\n    return [{'answer': ' '.join(sorted(os.environ)), "
    "'retrieved': []} for _ in q]\n"
)


def edited(bench: Bench, text: str, x: float = 0.5) -> Candidate:
    from toolkit.patches import diff

    path = "toy_pipeline/main.py"
    sources = dict(bench.study.sources)
    return Candidate({"x": x}, diff.make(sources, {**sources, path: text}))


def test_a_worker_hands_over_no_later_call(two_workers: object) -> None:
    check_hunt(two_workers.run(hunt(100_000)))  # type: ignore[attr-defined]


def test_scores_are_those_of_local_bit_for_bit(two_workers: object, tmp_path: Path) -> None:
    study = study_files.load(TOY)
    cells = [CellSpec("random", "random", RandomSearch, {"parallel": 2}, seed) for seed in (0, 1)]
    states = []
    with LocalEvaluator(slots=2) as local:
        for name, place in (("local", local), ("ray", two_workers)):
            with Ledger(tmp_path / name, writer=True) as ledger:
                plan = Plan(cells, Budget(20), slots=2)
                states.append(Comparison(Bench(study, place), ledger, plan).run())  # type: ignore[arg-type]
    mine, theirs = states
    for key, cell in mine.cells.items():
        other = theirs.cells[key].trials
        assert sorted(other) == sorted(cell.trials) == list(range(1, 21))
        found = {t.candidate.digest: (t.score, t.items, t.metrics) for t in other.values()}
        assert found == {
            t.candidate.digest: (t.score, t.items, t.metrics) for t in cell.trials.values()
        }
    assert {s: a.score for s, a in mine.assessments.items()} == {
        s: a.score for s, a in theirs.assessments.items()
    }
    assert theirs.study["isolation"] == mine.study["isolation"]


def test_statuses_and_what_a_program_sees(two_workers: object) -> None:
    bench = Bench(study_files.load(TOY), two_workers)  # type: ignore[arg-type]
    result = bench.run(edited(bench, SPY))
    assert result.status == "ok", result.detail
    seen = next(iter(result.outputs.values()))["answer"]
    assert "KEY" not in seen
    assert "TOKEN" not in seen
    for text, status in (
        ("def run(*a):\n    raise ValueError('boom')\n", "crashed"),
        ("def run(*a):\n    while True: pass\n", "timeout"),
        ("def run(*a):\n    return [bytearray(1 << 30)]\n", "oom"),
    ):
        assert bench.run(edited(bench, text)).status == status


def test_no_key_reaches_a_worker(two_workers: object) -> None:
    import ray

    names = ray.get(ray.remote(lambda: sorted(os.environ)).options(num_cpus=0).remote())
    assert "OPENAI_API_KEY" not in names
    usage = ray.get(
        ray.remote(lambda: os.environ["RAY_USAGE_STATS_ENABLED"]).options(num_cpus=0).remote()
    )
    assert usage == "0"


def test_ten_thousand_queued_candidates_wait_outside_the_cluster(two_workers: object) -> None:
    import ray

    bench = Bench(study_files.load(TOY), two_workers)  # type: ignore[arg-type]
    with ThreadPoolExecutor(8) as pool:
        queued = [pool.submit(bench.run, Candidate({"x": n / 10_000})) for n in range(10_000)]
        done = [future.result().status for future in queued[:20]]
        sent = ray.get(two_workers._actors[0].__ray_call__.remote(lambda self: None))  # type: ignore[attr-defined]
        for future in reversed(queued):
            future.cancel()
    assert sent is None  # a worker answers at once: nothing queues in front of it
    assert done == ["ok"] * 20
    assert ray.cluster_resources()["CPU"] == 2


def busy(place: object, workers: list[object]) -> object:
    """The worker, of these, that has a job now."""
    while True:
        with place._idle._lock:  # type: ignore[attr-defined]
            idle = [slot.actor for slot in place._idle._slots]  # type: ignore[attr-defined]
        for worker in workers:
            if worker in place._actors and worker not in idle:  # type: ignore[attr-defined]
                return worker
        time.sleep(0.02)


def test_a_second_loss_is_lost_and_the_run_goes_on(two_workers: object) -> None:
    import ray

    bench = Bench(study_files.load(TOY), two_workers)  # type: ignore[arg-type]
    slow = edited(bench, SLOW.replace("0.2", "5"))
    workers = list(two_workers._actors)  # type: ignore[attr-defined]
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(bench.run, slow)
        for _ in range(2):
            worker = busy(two_workers, workers)
            workers.remove(worker)
            time.sleep(0.5)  # it has been sent
            ray.kill(worker)
        result = future.result(60)
    assert result.status == "lost"
    assert "lost twice" in result.detail
    assert bench.run(Candidate()).status == "ok"  # by a worker that came for a lost one


def test_idle_workers_that_died_lose_no_job(two_workers: object) -> None:
    import ray

    while two_workers._alive < 2:  # type: ignore[attr-defined]
        time.sleep(0.1)
    for actor in list(two_workers._actors):  # type: ignore[attr-defined]
        ray.kill(actor)
    bench = Bench(study_files.load(TOY), two_workers)  # type: ignore[arg-type]
    assert bench.run(Candidate()).status == "ok"
