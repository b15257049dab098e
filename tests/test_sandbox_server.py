"""The sandbox's server: what an evaluation, a kill or an end leaves behind."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import environment
from processes import children
from sandbox_jobs import ends, job

from toolkit.errors import UserError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.jobs import Outcome


def test_each_tree_has_its_own_work_copy(evaluator: LocalEvaluator) -> None:
    first = evaluator.run(job("from prog.other import V\ndef run(*a): return V", other="V = 1"))
    second = evaluator.run(job("from prog.other import V\ndef run(*a): return V", other="V = 2"))
    assert (first.values, second.values) == ([1], [2])


def test_random_numbers_and_hashes_are_the_same_in_every_server() -> None:
    body = "import random\nreturn [random.random(), list({'a', 'b', 'c', 'd'}), hash('x')]"
    with LocalEvaluator() as one, LocalEvaluator() as two:
        assert ends(one, body).values == ends(two, body).values == ends(one, body).values


def test_threads_that_never_end_do_not_hold_the_result(evaluator: LocalEvaluator) -> None:
    body = "import threading\nthreading.Thread(target=time.sleep, args=(60,)).start()\nreturn 1"
    found = ends(evaluator, body)
    assert found.values == [1]
    assert found.usage.wall_s < 60  # the thread's own end


def settled_handles(server: int) -> tuple[int, int]:
    """Open files of host and server, once the server has closed those of the last child."""
    time.sleep(0.2)
    gc.collect()  # ledgers that other tests of this process let go of
    return len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{server}/fd"))


def private_kb(process: int) -> int:
    """Memory of its own; what it shares with its children comes and goes with them."""
    rows = Path(f"/proc/{process}/smaps_rollup").read_text().split("\n")
    return sum(int(row.split()[1]) for row in rows if row.startswith("Private_"))


@pytest.mark.parametrize("number", ["1e999", '"\\ud800"'])
def test_numbers_and_texts_that_cannot_be_stored(evaluator: LocalEvaluator, number: str) -> None:
    frame = f'{{"ok": true, "value": {number}}}'.encode()
    body = f"os.write(3, framed({frame!r}))\nos._exit(0)"
    assert ends(evaluator, body).status == "crashed"


def test_slots_run_side_by_side(evaluator: LocalEvaluator) -> None:
    body = "began = time.monotonic()\ntime.sleep(0.6)\nreturn [began, time.monotonic()]"
    spans: list[list[float]] = []
    threads = [
        threading.Thread(target=lambda: spans.append(ends(evaluator, body).values[0]))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (first, first_end), (second, _) = sorted(spans)
    assert first <= second < first_end


@pytest.mark.slow
def test_a_killed_server_is_restarted_and_the_job_run_again() -> None:
    with LocalEvaluator() as fresh:
        assert ends(fresh, "return 1").values == [1]
        outcome: list[Outcome] = []
        thread = threading.Thread(
            target=lambda: outcome.append(ends(fresh, "time.sleep(0.5)\nreturn 2"))
        )
        thread.start()
        time.sleep(0.2)
        os.kill(fresh._server.pid, signal.SIGKILL)
        thread.join()
        assert outcome[0].values == [2]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A host in a process of its own, with an evaluation under way."""
    (tmp_path / "host.py").write_text(
        "import json, sys\n"
        "from toolkit.evaluators.local import LocalEvaluator\n"
        "from toolkit.jobs import Job, Limits\n"
        "code = b'import time\\ndef run(*a): time.sleep(60)\\n'\n"
        "job = Job({'prog/__init__.py': b'', 'prog/main.py': code}, 'prog.main:run', {}, (b'[1]',),"
        " Limits())\n"
        "with LocalEvaluator() as e:\n"
        "    print(e._server.pid, flush=True)\n"
        "    e.run(job)\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "host.py")], stdout=subprocess.PIPE, text=True,
        env=environment(),
    )  # fmt: skip
    yield process
    process.kill()
    process.wait()


@pytest.mark.slow
def test_a_killed_host_leaves_no_process(host: subprocess.Popen[str]) -> None:
    assert host.stdout is not None
    server = int(host.stdout.readline())
    deadline = time.monotonic() + 5
    while not children(server) and time.monotonic() < deadline:
        time.sleep(0.05)
    (running,) = children(server)
    host.kill()
    host.wait()
    deadline = time.monotonic() + 3
    left = [Path(f"/proc/{server}"), Path(f"/proc/{running}")]
    while any(path.exists() for path in left) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(path.exists() for path in left)


@pytest.mark.parametrize("many", [50, pytest.param(2000, marks=pytest.mark.slow)])
def test_many_evaluations_leave_nothing(evaluator: LocalEvaluator, many: int) -> None:
    for _ in range(20):
        ends(evaluator, "return 1")
    server = evaluator._server.pid
    handles, memory = settled_handles(server), private_kb(server)
    for number in range(many):
        assert ends(evaluator, f"return {number % 20}").status == "ok"
    assert private_kb(server) <= memory + 512
    assert settled_handles(server) == handles
    assert list(evaluator._folder.iterdir()) == []
    assert children(server) == []


def test_close_removes_the_work_copies() -> None:
    with LocalEvaluator() as fresh:
        ends(fresh, "return 1")
        folder = fresh._folder
        assert folder.is_dir()
    assert not folder.exists()


def test_a_preload_that_fails_says_which() -> None:
    with pytest.raises(UserError, match="preload 'no_such_module' failed"):
        LocalEvaluator(preload=["no_such_module"]).start()


def test_a_program_does_not_learn_what_the_host_hides(tmp_path: Path) -> None:
    body = "return [sys.argv, sys.orig_argv[1:], open('/proc/self/cmdline').read()]"
    with LocalEvaluator(hidden=[tmp_path]) as hiding:
        found = ends(hiding, body)
    assert found.values, found.detail
    arguments, original, line = found.values[0]
    assert (arguments, original) == ([""], [])
    assert "hidden" not in line
    assert str(tmp_path) not in line
