"""Without a fork server: not isolated, and it says so; the rest of the contract holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import sleepers, wait_for
from sandbox_jobs import HEAD, SMALL, ends, job

from toolkit.bench.bench import Bench
from toolkit.errors import UserError
from toolkit.evaluators import machine
from toolkit.evaluators.local import LocalEvaluator
from toolkit.evaluators.unconfined import UnconfinedEvaluator
from toolkit.jobs import Job, Limits
from toolkit.records import Candidate
from toolkit.study.study import Study


@pytest.fixture
def plain() -> Iterator[UnconfinedEvaluator]:
    with UnconfinedEvaluator(slots=2) as running:
        yield running
        assert list(running._folder.iterdir()) == []
    assert not running._folder.exists()


def test_values_come_back_in_order(plain: UnconfinedEvaluator) -> None:
    found = ends(plain, "return [x, p['p'], services]", calls=[[1], ["ü"], [None]])
    assert found.status == "ok", found.detail
    assert found.values == [[1, 2, {"seed": 5}], ["ü", 2, {"seed": 5}], [None, 2, {"seed": 5}]]
    assert min(found.usage.wall_s, found.usage.cpu_s) > 0
    assert 1 < found.usage.peak_rss_mb < 1000


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("raise ValueError('boom')", "crashed", "ValueError: boom"),
        ("sys.exit(0)", "crashed", "SystemExit"),
        ("os._exit(3)", "crashed", "exited with 3"),
        ("os.abort()", "crashed", "SIGABRT"),
        ("while True: pass", "timeout", "1 s of CPU time"),
        ("return bytearray(1 << 30)", "oom", "MemoryError"),
        ("return float('nan')", "crashed", "not JSON compliant"),
        ("return 'x' * (2 << 20)", "crashed", "result is larger than 1 MB"),
        ("print('x' * (2 << 20), flush=True)\ntime.sleep(60)", "crashed", "output is larger"),
        ("os.write(3, b'hello')\nreturn 1", "crashed", "not one frame"),
        ("import toolkit", "crashed", "No module named 'toolkit'"),
    ],
)
def test_endings(plain: UnconfinedEvaluator, body: str, status: str, reason: str) -> None:
    found = ends(plain, body)
    assert (found.status, reason in found.detail) == (status, True), found.detail
    assert found.values is None
    assert "/tmp" not in found.detail


@pytest.mark.slow
def test_a_sleeper_ends_at_the_wall_guard(plain: UnconfinedEvaluator) -> None:
    found = ends(plain, "time.sleep(60)", limits=Limits(cpu_s=0.1, memory_mb=128))
    assert (found.status, "1 s on the clock" in found.detail) == ("timeout", True)


def test_the_environment_is_built_from_nothing(
    plain: UnconfinedEvaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    body = "return [dict(os.environ), sorted(map(int, os.listdir('/proc/self/fd'))), sys.path]"
    ((variables, handles, path),) = ends(plain, body).values
    assert "sk-secret" not in str(variables)
    assert variables["PYTHONHASHSEED"] == "0"
    assert handles[:5] == [0, 1, 2, 3, 4]
    assert len(handles) <= 6  # the sixth is the listing itself
    assert not any("toolkit" in Path(entry).name for entry in path)


@pytest.mark.slow
def test_the_whole_group_is_killed(plain: UnconfinedEvaluator) -> None:
    body = "import subprocess\nsubprocess.Popen(['sleep', '86398.5'])\n"
    assert ends(plain, body + "return 1").values == [1]
    assert ends(plain, body + "while True: pass").status == "timeout"
    wait_for(lambda: sleepers() == [])


def test_a_scratch_folder_has_its_limit(plain: UnconfinedEvaluator) -> None:
    limits = Limits(cpu_s=2, memory_mb=128, scratch_mb=1)
    body = "import tempfile\nwith tempfile.NamedTemporaryFile() as f: return f.name.startswith"
    assert ends(plain, body + "(os.environ['TMPDIR'])", limits=limits).values == [True]
    body = "for n in range(9): open(os.environ['TMPDIR'] + f'/{n}', 'w').write('x' * 200_000)"
    found = ends(plain, body, limits=limits)
    assert (found.status, "larger than 1 MB" in found.detail) == ("crashed", True)


def test_commands_run_as_well(plain: UnconfinedEvaluator) -> None:
    for body, values in (("print(json.dumps(job['calls']))", [[1]]), ("sys.exit(3)", None)):
        files = {"main.py": (HEAD + body).encode()}
        found = plain.run(Job(files, "", {}, (b"[1]",), SMALL, command=["python", "main.py"]))
        assert found.values == values, found.detail
    assert "exited with 3" in found.detail


def test_it_scores_as_the_fork_server_does(toy: Study, bench: Bench) -> None:
    with UnconfinedEvaluator() as plain:
        found = Bench(toy, plain).run(Candidate({"x": 0.7}))
    assert found.items == bench.run(Candidate({"x": 0.7})).items


def test_it_is_called_what_it_is(plain: UnconfinedEvaluator) -> None:
    assert plain.isolation == "none"
    plain.require("none")
    with pytest.raises(UserError, match="'none': without landlock, seccomp, capabilities"):
        plain.require("process")
    plain.require("confined", weak=True)


def test_it_is_taken_where_the_system_is_not_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    with machine.open_machine() as found:
        assert isinstance(found, LocalEvaluator)
    monkeypatch.setattr(sys, "platform", "darwin")
    with machine.open_machine(preload=["numpy"]) as found:
        assert isinstance(found, UnconfinedEvaluator)
        assert found.run(job("def run(*a): return 1")).values == [1]
    assert json.dumps(found.confinement.reason)
