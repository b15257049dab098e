"""The Ray evaluator: the same scores, nothing lost with a node, nobody's key, nothing left running."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import TOY, environment
from programs import check_hunt, hunt
from test_interrupts import wait_for

import toolkit
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators import ray_session
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import load
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


@pytest.fixture(scope="module")
def two_workers() -> Iterator[object]:
    from toolkit.evaluators.ray import RayEvaluator

    os.environ["OPENAI_API_KEY"] = "a key that stays here"
    before = dict(os.environ)
    with RayEvaluator(slots=2) as running:
        assert dict(os.environ) == before, "Ray changed the host's environment"
        yield running
    del os.environ["OPENAI_API_KEY"]


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


CLUSTER = """
import json, os, sys, threading, time
from pathlib import Path
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
second = cluster.add_node(num_cpus=1)
from conftest import TOY
from searchers.random_search import RandomSearch
from toolkit.study import study as study_files
from toolkit.bench.bench import Bench
from toolkit.search.budget import Budget
from toolkit.compare import Comparison
from toolkit.search.cells import CellSpec, Observer, Plan
from toolkit.evaluators.ray import RayEvaluator
from toolkit.ledger.ledger import Ledger
seen = []
class Killer(Observer):
    def finished(self, cell, trial):
        seen.append(trial.number)
        if len(seen) == 15:
            threading.Thread(target=cluster.remove_node, args=(second,), kwargs={"allow_graceful": False}).start()
with RayEvaluator(slots=2, address=cluster.address) as place:
    nodes = {n["host"] + n["level"]: 1 for n in place.nodes.values()}
    number = len(place.nodes)
    bench = Bench(study_files.load(TOY), place)
    cells = [CellSpec("random", "random", RandomSearch, {"parallel": 2}, seed) for seed in (0, 1)]
    with Ledger(Path(sys.argv[1]), writer=True) as ledger:
        Comparison(bench, ledger, Plan(cells, Budget(60), slots=2), Killer()).run()
    print(json.dumps({"nodes": number, "alive": place._alive}))
cluster.shutdown()
"""


def run_script(script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    tests = str(Path(__file__).parent)
    clean = environment(**variables)
    clean["PYTHONPATH"] = os.pathsep.join([tests, clean["PYTHONPATH"]])
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], env=clean, capture_output=True, text=True,
        timeout=280, check=False,
    )  # fmt: skip


def test_a_node_killed_in_mid_run_loses_nothing_and_charges_nothing_twice(tmp_path: Path) -> None:
    done = run_script(CLUSTER, str(tmp_path / "run"), RAY_AUTH_MODE="disabled")
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(next(row for row in done.stdout.splitlines() if row.startswith("{")))
    assert told["nodes"] == 2
    assert told["alive"] == 1  # the second worker died with its node
    with Ledger(tmp_path / "run", writer=False) as ledger:
        state = load(ledger)
    with LocalEvaluator() as local:
        bench = Bench(study_files.load(TOY), local)
        for cell in state.cells.values():
            assert sorted(cell.trials) == list(range(1, 61))
            assert cell.charged == 60 * state.study["full"]
            assert {start.attempts for start in cell.started.values()} == {1}
            assert {trial.status for trial in cell.trials.values()} == {"ok"}
            for number in (14, 15, 16, 17):
                trial = cell.trials[number]
                assert bench.run(trial.candidate).items == trial.items


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


def left_over(place: str) -> list[str]:
    """Processes of one command's Ray, by the folder that they carry in their arguments."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"{place}/toolkit-ray-" in text:
            found.append(text[:200])
    return found


@pytest.mark.parametrize("how", ["to the end", "ctrl-c", "kill -9"])
def test_everything_is_stopped(tmp_path: Path, how: str) -> None:
    place = tempfile.mkdtemp(prefix="r", dir="/tmp")  # short: sockets lie below it
    command = [
        sys.executable, "-m", "toolkit.cli", "compare", str(TOY), "--out", str(tmp_path / "run"),
        "--evaluator", "ray", "--slots", "2", "--searchers", "ray_tune,random",
        "--budget", "3" if how == "to the end" else "400",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, env=environment(OPENAI_API_KEY="x", TMPDIR=place), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    if how != "to the end":
        wait_for(tmp_path / "run", 10, process)
        assert left_over(place)
        os.kill(process.pid, signal.SIGINT if how == "ctrl-c" else signal.SIGKILL)
    out, told = process.communicate(timeout=90)
    assert "Traceback" not in told
    assert "ray" not in told.replace("ray_tune", "").lower().replace("--evaluator ray", ""), told
    if how == "to the end":
        assert process.returncode == 0, told
        assert "ray_tune" in out
        with Ledger(tmp_path / "run", writer=False) as ledger:
            (node,) = load(ledger).findings["nodes"].values()
        assert node["level"] in {"process", "confined"}
    patience = time.monotonic() + 30
    while left_over(place) and time.monotonic() < patience:
        time.sleep(0.2)
    assert left_over(place) == []
    assert not list(Path(place).glob("toolkit-ray-*"))
    shutil.rmtree(place)


def command_line(tmp_path: Path, *more: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "toolkit.cli", "compare", str(TOY), "--budget", "1", *more],
        cwd=tmp_path, env=environment(**variables), capture_output=True, text=True, timeout=100,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--evaluator", "ray", "--ray-address", "127.0.0.1:1"], "cannot be reached"),
        (["--evaluator", "ray", "--ray-address", "nonsense"], "must be auto or HOST:PORT"),
        (["--evaluator", "ray", "--ray-address", "ray://a:1"], "must be auto or HOST:PORT"),
        (["--ray-address", "auto"], "--ray-address is for --evaluator ray"),
        (["--evaluator", "rey"], "did you mean"),
        (["--searchers", "ray_tune", "-o", "ray_tune.algorithm=hyperopt"], "pip install hyperopt"),
        (["--searchers", "ray_tune", "-o", "ray_tune.algorithm=nosuch"], "must be one of"),
        (["--searchers", "ray_tune", "-o", "ray_tune.scheduler=fast"], "must be one of"),
        (["--searchers", "ray_tune", "-o", "ray_tune.parallel=0"], "at least 1"),
    ],
)  # fmt: skip
def test_bad_input_is_a_message(tmp_path: Path, options: list[str], said: str) -> None:
    if "pip install hyperopt" in said and importlib.util.find_spec("hyperopt"):
        pytest.skip("hyperopt is installed")
    done = command_line(tmp_path, *options)
    assert done.returncode == 2, done.stderr
    assert said.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_explanations_of_what_ray_says() -> None:
    mismatch = RuntimeError("Version mismatch: The cluster was started with: Ray: 2.9 Python: 3.9")
    assert "install the same versions on every node" in ray_session.explanation(mismatch)
    absent = ConnectionError("Could not find any running Ray instance. Please specify")
    assert "no Ray runs on this machine" in ray_session.explanation(absent)
    refused = ConnectionError("Failed")
    refused.__cause__ = RuntimeError("RPC error: InvalidAuthToken: Authentication token is missing")
    assert "RAY_AUTH_TOKEN_PATH" in ray_session.explanation(refused)


def test_versions_that_differ_are_named() -> None:
    from toolkit.evaluators.ray_worker import difference, versions

    ours = versions(["numpy", "sklearn.utils"])
    assert {"numpy", "scikit-learn", "python", "toolkit"} <= set(ours)
    assert difference(ours, ours) == ""
    assert difference(ours, {**ours, "numpy": "1.0"}) == f"numpy 1.0 (here {ours['numpy']})"


def test_a_node_without_the_package_is_a_message(
    two_workers: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class of a module that the driver has and the workers have not: Ray's own error."""
    import ray

    from toolkit.evaluators.ray_worker import unfit

    (tmp_path / "only_here.py").write_text(
        "class Worker:\n    def hello(self):\n        return b''\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    worker = ray.remote(importlib.import_module("only_here").Worker).options(num_cpus=0).remote()
    with pytest.raises(ray.exceptions.RayError) as raised:
        ray.get(worker.hello.remote(), timeout=60)
    assert "cannot import the toolkit; install it there" in unfit(raised.value)


def test_ray_never_starts_by_itself() -> None:
    script = (
        "from toolkit.evaluators.ray_session import SESSION\n"
        "SESSION.open(slots=1)\nimport ray\nSESSION.close()\n"
        "try:\n    ray.put(1)\nexcept Exception as error:\n    print(type(error).__name__)\n"
    )
    done = run_script(script)
    assert done.stdout.strip() == "RaySystemError", done.stdout + done.stderr
    assert done.stderr == ""


def test_more_slots_than_cpus(two_workers: object) -> None:
    from toolkit.evaluators.ray import RayEvaluator

    with pytest.raises(toolkit.UserError, match="the cluster has 2 CPUs"):
        RayEvaluator(slots=3).start()
    with pytest.raises(toolkit.UserError, match="is connected to a Ray of its own already"):
        RayEvaluator(slots=1, address="127.0.0.1:1").start()
