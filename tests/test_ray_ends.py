"""Ray from outside: nodes that die, commands that are wrong, nothing left running."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from conftest import TOY, environment
from ray_places import two_workers as two_workers
from running import wait_for_trials

import toolkit
from toolkit.bench.bench import Bench
from toolkit.evaluators import ray_session
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import load
from toolkit.study import study as study_files

pytestmark = [pytest.mark.ray, pytest.mark.timeout(300)]

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
        wait_for_trials(tmp_path / "run", 10, process)
        assert left_over(place)
        os.kill(process.pid, signal.SIGINT if how == "ctrl-c" else signal.SIGKILL)
    out, told = process.communicate(timeout=90)
    assert "Traceback" not in told
    # a thread that asks a moment after the end makes Ray's core say so, on a loaded machine
    told = re.sub(r"^\[.* core_worker_process\.cc:.*\n", "", told, flags=re.MULTILINE)
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
