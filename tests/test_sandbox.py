"""Real processes: every way in which a program can end, and what it leaves behind."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from conftest import environment
from processes import children
from programs import FRAMED, encoded

from toolkit.errors import UserError
from toolkit.evaluators import sandbox
from toolkit.evaluators.endings import read_frames
from toolkit.evaluators.local import LocalEvaluator
from toolkit.evaluators.pipes import Returned
from toolkit.records import Job, Limits, Outcome

SMALL = Limits(cpu_s=1, memory_mb=128, output_mb=1)


def job(
    code: str, *, limits: Limits = SMALL, calls: Iterable[object] = ((1,),), **files: str
) -> Job:
    tree = {"prog/__init__.py": b"", "prog/main.py": code.encode()}
    tree |= {f"prog/{name}.py": text.encode() for name, text in files.items()}
    return Job(tree, "prog.main:run", {"p": 2}, encoded(calls), limits, seed=5)


def ends(evaluator: LocalEvaluator, body: str, **options: object) -> Outcome:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return evaluator.run(
        job(f"import os, sys, time\n{FRAMED}\ndef run(x, p, services):\n{lines}\n", **options)
    )


def test_values_come_back_in_order(evaluator: LocalEvaluator) -> None:
    found = ends(evaluator, "return [x, p['p'], services]", calls=[[1], ["ü"], [None]])
    assert found.status == "ok", found.detail
    assert found.values == [[1, 2, {"seed": 5}], ["ü", 2, {"seed": 5}], [None, 2, {"seed": 5}]]
    assert found.usage.wall_s > 0
    assert found.usage.cpu_s > 0
    assert found.usage.rss_mb > 1


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("raise ValueError('boom')", "crashed", "ValueError: boom"),
        ("sys.exit(0)", "crashed", "SystemExit"),
        ("os._exit(0)", "crashed", "returned no result"),
        ("os._exit(3)", "crashed", "exited with 3"),
        ("raise KeyboardInterrupt", "crashed", "KeyboardInterrupt"),
        ("import ctypes; ctypes.string_at(0)", "crashed", "SIGSEGV"),
        ("os.abort()", "crashed", "SIGABRT"),
        ("os.kill(os.getpid(), 9)", "crashed", "SIGKILL"),
        ("while True: pass", "timeout", "1 s of CPU time"),
        ("try:\n  while True: pass\nexcept BaseException: pass\nwhile True: pass", "timeout", "CPU"),
        ("import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass",
         "timeout", "CPU"),
        ("return bytearray(1 << 30)", "oom", "MemoryError"),
        ("keep = []\nwhile True: keep.append(bytearray(1 << 20))", "oom", "MemoryError"),
        ("return float('nan')", "crashed", "not JSON compliant"),
        ("return {1, 2}", "crashed", "not JSON serializable"),
        ("d = []\nfor _ in range(100000): d = [d]\nreturn d", "crashed", "Recursion"),
        ("f = lambda: f()\nf()", "crashed", "RecursionError"),
        ("return 'x' * (2 << 20)", "crashed", "result is larger than 1 MB"),
        ("print('x' * (2 << 20), flush=True)\ntime.sleep(60)", "crashed", "output is larger"),
        ("os.write(3, b'hello')\nreturn 1", "crashed", "not one frame"),
        ("os.write(3, framed(b'{\"ok\": true, \"value\": 9}'))\nreturn 1", "crashed",
         "not one frame"),
        ("os.write(3, framed(b'{\"ok\": true, \"value\": NaN}'))\nos._exit(0)", "crashed",
         "NaN is not a number"),
        ("os.write(3, framed(b'['*100000))\nos._exit(0)", "crashed", "RecursionError"),
        ("os.write(3, framed(b'9' * 100000))\nos._exit(0)", "crashed", "malformed"),
        ("os.write(3, framed(b'{\"ok\": 1}'))\nos._exit(0)", "crashed", "malformed"),
        ("os.closerange(0, 100)\nreturn 1", "crashed", "no result"),
        ("import prog.missing", "crashed", "No module named 'prog.missing'"),
    ],
)  # fmt: skip
def test_endings(evaluator: LocalEvaluator, body: str, status: str, reason: str) -> None:
    found = ends(evaluator, body)
    assert (found.status, reason in found.detail) == (status, True), found.detail
    assert found.values is None
    assert found.usage.wall_s > 0
    assert ends(evaluator, "return 1").values == [1]  # and the next one is fine


def test_a_sleeper_ends_at_the_wall_guard(evaluator: LocalEvaluator) -> None:
    found = ends(evaluator, "time.sleep(60)", limits=Limits(cpu_s=0.1, memory_mb=128))
    assert found.status == "timeout"
    assert "1 s on the clock" in found.detail


def test_syntax_errors_name_the_file_without_this_machines_folders(
    evaluator: LocalEvaluator,
) -> None:
    found = evaluator.run(job("def run(:\n"))
    assert found.status == "crashed"
    assert '"prog/main.py", line 1' in found.detail
    assert "/tmp" not in found.detail
    assert sys.prefix not in found.detail


def test_the_end_of_what_it_printed_is_kept(evaluator: LocalEvaluator) -> None:
    found = ends(evaluator, "print('early ' * 1000)\nprint('last words')\nraise ValueError('no')")
    assert "last words" in found.detail
    assert len(found.detail) <= 4096


def test_prints_do_not_disturb_the_result(evaluator: LocalEvaluator) -> None:
    assert ends(evaluator, "print('{\"ok\": false}')\nreturn 1").values == [1]


def test_a_program_sees_no_module_of_the_sandbox_and_may_use_their_names(
    evaluator: LocalEvaluator,
) -> None:
    folder = Path(next(iter(sandbox.__path__)))
    ours = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    loaded = ends(evaluator, f"return sorted({ours!r} & set(sys.modules))").values
    assert loaded == [[]]
    files = {f"{name}.py": b"HERE = True" for name in ours}
    imports = f"[importlib.import_module(name).HERE for name in {sorted(ours)!r}]"
    files["main.py"] = f"import importlib\ndef run(*_): return {imports}".encode()
    found = evaluator.run(Job(files, "main:run", {}, (b"[]",), SMALL))
    assert found.values == [[True] * len(ours)], found.detail


def test_nothing_of_the_host_is_inherited(
    evaluator: LocalEvaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with LocalEvaluator() as fresh:
        body = (
            "links = {n: os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')"
            " if os.path.exists(f'/proc/self/fd/{n}') or True and int(n) < 4}\n"
            "return [dict(os.environ), sorted(int(n) for n in links), sys.path, os.getcwd()]"
        )
        (found,) = ends(fresh, body).values
    variables, handles, path, folder = found
    assert "sk-secret" not in str(variables)
    assert set(variables) <= {
        "PATH", "HOME", "LANG", "TZ", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE",
        "JE_ARROW_MALLOC_CONF", "LC_CTYPE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS",
    }  # fmt: skip
    assert handles[:5] == [0, 1, 2, 3, 4]
    assert len(handles) <= 6  # the sixth is the listing itself
    roots = (sys.prefix, sys.base_prefix, folder)
    assert all(entry.startswith(roots) for entry in path)


def test_nothing_leaks_into_the_next_evaluation(evaluator: LocalEvaluator) -> None:
    ends(evaluator, "import json\njson.poisoned = True\nos.environ['X'] = '1'\nreturn 1")
    found = ends(evaluator, "import json\nreturn [hasattr(json, 'poisoned'), 'X' in os.environ]")
    assert found.values == [[False, False]]


def test_a_program_reads_its_own_file_and_cannot_change_it(evaluator: LocalEvaluator) -> None:
    assert ends(evaluator, "return 'import os' in open(__file__).read()").values == [True]
    changed = ends(evaluator, "open(__file__, 'w').write('broken')")
    assert changed.status == "crashed"
    assert "PermissionError" in changed.detail


def test_a_program_may_have_a_module_named_as_ours(evaluator: LocalEvaluator) -> None:
    tree = {"child.py": b"def run(*a): return 'theirs'"}
    theirs = Job(tree, "child:run", {}, (b"[1]",), SMALL)
    assert evaluator.run(theirs).values == ["theirs"]


@pytest.fixture
def in_the_environment() -> Iterator[Path]:
    """A folder of the user's own below the interpreter's, which programs may read."""
    with tempfile.TemporaryDirectory(dir=sysconfig.get_path("purelib"), prefix="own_") as name:
        (Path(name) / "answers.json").write_text("gold")
        yield Path(name)


def test_folders_of_the_run_are_hidden_wherever_they_lie(in_the_environment: Path) -> None:
    body = f"return open({str(in_the_environment / 'answers.json')!r}).read()"
    with LocalEvaluator() as open_, LocalEvaluator(hidden=[in_the_environment]) as closed:
        assert ends(open_, body).values == ["gold"]  # this is why it has to be said
        found = ends(closed, body)
    assert (found.status, found.values) == ("crashed", None)
    assert "PermissionError" in found.detail


@pytest.mark.parametrize(
    ("path", "readable"),
    [("maps", True), ("status", True), ("net/tcp", False), ("net/unix", False),
     ("task/self/net/tcp", False), ("root/etc/passwd", False)],
)  # fmt: skip
def test_what_a_program_may_know_of_its_own_process(
    evaluator: LocalEvaluator, path: str, readable: bool
) -> None:
    path = f"/proc/self/{path}".replace("task/self", "task/' + str(os.getpid()) + '")
    found = ends(evaluator, f"return len(open('{path}', 'rb').read(1)) == 1")
    assert found.values == ([True] if readable else None), found.detail
    assert readable or "PermissionError" in found.detail


def test_both_kinds_of_memory_are_limited(evaluator: LocalEvaluator) -> None:
    body = "import mmap\nx = {}\nfor i in range(0, len(x), 4096): x[i] = 1\nreturn len(x) >> 20"
    private = ends(evaluator, body.format("bytearray(100 << 20)"))
    assert private.values == [100], private.detail
    shared = ends(evaluator, body.format("mmap.mmap(-1, 100 << 20)"))
    assert shared.values == [100], shared.detail
    assert ends(evaluator, body.format("bytearray(140 << 20)")).status == "oom"
    too_large = ends(evaluator, body.format("mmap.mmap(-1, 300 << 20)"))
    assert (too_large.status, "Errno 12" in too_large.detail) == ("crashed", True)


@pytest.mark.parametrize("mark", ["[],", "{},", "1,"])
def test_a_result_of_millions_of_tiny_values_is_refused_unread(mark: str) -> None:
    body = b'{"ok": true, "value": [' + mark.encode() * 500_001 + b"0]}"
    status, values, reason = read_frames(Returned((body, body)), 2)
    assert (status, values) == ("crashed", None)
    assert "more than 1,000,000 values" in reason


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
        "from toolkit.records import Job, Limits\n"
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
