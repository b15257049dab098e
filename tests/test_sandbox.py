"""Real processes: every way in which a program can end."""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_jobs import SMALL, ends, job

from toolkit.evaluators import sandbox
from toolkit.evaluators.endings import read_frames
from toolkit.evaluators.local import LocalEvaluator
from toolkit.evaluators.pipes import Returned
from toolkit.jobs import Job, Limits


def test_values_come_back_in_order(evaluator: LocalEvaluator) -> None:
    found = ends(evaluator, "return [x, p['p'], services]", calls=[[1], ["ü"], [None]])
    assert found.status == "ok", found.detail
    assert found.values == [[1, 2, {"seed": 5}], ["ü", 2, {"seed": 5}], [None, 2, {"seed": 5}]]
    assert found.usage.wall_s > 0
    assert found.usage.cpu_s > 0
    assert found.usage.peak_rss_mb > 1


def test_an_entry_of_other_arguments_is_told_what_to_write(evaluator: LocalEvaluator) -> None:
    entry = "def run(inputs, parameters):\n    return inputs\n"
    found = evaluator.run(job(entry, calls=[[None, [1]]]))
    assert found.status == "crashed"
    assert found.detail.endswith(
        "TypeError: run() takes 2 positional arguments but 4 were given: write "
        "`def run(context, inputs, parameters, services)`"
    )
    found = evaluator.run(job("def run(*arguments):\n    return len()\n"))
    assert found.detail.endswith("TypeError: len() takes exactly one argument (0 given)")


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


@pytest.mark.slow
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
