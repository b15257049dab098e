"""Studies whose entry is a command: what it reads and writes, and that all it starts ends with it."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, TOY
from processes import children, showing, sleepers, wait_for
from sandbox_jobs import HEAD

from toolkit.bench.bench import Bench
from toolkit.errors import StudyError, UserError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.jobs import Job, Limits, Outcome
from toolkit.patches import diff
from toolkit.records import Candidate
from toolkit.study import study as study_files

pytestmark = pytest.mark.slow

SMALL = Limits(cpu_s=2, memory_mb=256, output_mb=1)
MAIN = """import json, sys

from toy_pipeline.main import run

job = json.load(sys.stdin)
print(f"seed {job['seed']}", file=sys.stderr)
json.dump([run(*call, job["parameters"], {}) for call in job["calls"]], sys.stdout)
"""


@pytest.fixture(scope="module")
def commands() -> Iterator[LocalEvaluator]:
    with LocalEvaluator(slots=2, command=True) as running:
        yield running


def ends(evaluator: LocalEvaluator, body: str, *command: str) -> Outcome:
    files = {"main.py": (HEAD + body).encode(), "run.sh": b'echo "[$1]"\n'}
    command = command or ("python", "main.py")
    return evaluator.run(Job(files, "", {"p": 2}, (b"[1]", b"[2]"), SMALL, seed=5, command=command))


def test_it_reads_and_writes_json(commands: LocalEvaluator) -> None:
    found = ends(commands, "print(json.dumps([job, sys.argv[1:]]))", "python", "main.py", "a b")
    assert found.status == "ok", found.detail
    assert found.values == [{"calls": [[1], [2]], "parameters": {"p": 2}, "seed": 5}, ["a b"]]
    assert found.usage.cpu_s > 0
    assert found.usage.peak_rss_mb > 1


def test_any_program_may_be_one(commands: LocalEvaluator) -> None:
    assert ends(commands, "", "sh", "run.sh", "7").values == [7]
    missing = ends(commands, "", "no-such-program")
    assert (missing.status, "no program 'no-such-program'" in missing.detail) == ("crashed", True)


def test_it_may_start_processes(commands: LocalEvaluator) -> None:
    body = (
        "done = subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True)\n"
        # the end of a shell's child may interrupt its next fork (docs/programs.md)
        "for _ in range(5):\n"
        "    shell = subprocess.run('echo 1 | cat', shell=True, capture_output=True)\n"
        "    if not shell.returncode: break\n"
        "p = subprocess.Popen(['sleep', '50'], start_new_session=True); p.terminate()\n"
        "print(json.dumps([int(done.stdout), int(shell.stdout), p.wait()]))"
    )
    assert ends(commands, body).values == [42, 1, -15]


def test_many_short_processes_are_no_bomb(commands: LocalEvaluator) -> None:
    body = "for _ in range(300): subprocess.run(['true'], check=True)\nprint('[1]')"
    assert ends(commands, body).values == [1]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("sys.exit(3)", "crashed", "exited with 3"),
        ("os.abort()", "crashed", "SIGABRT"),
        ("pass", "crashed", "returned no result"),
        ("print('loading…'); print('[1]')", "crashed", "to its standard error"),
        ("print('{}')", "crashed", "not a list"),
        ("print('[NaN]')", "crashed", "NaN is not a number"),
        ("raise ValueError('boom')", "crashed", "ValueError: boom"),
        ("while True: pass", "timeout", "2 s of CPU time"),
        ("x = bytearray(1 << 30)", "oom", "MemoryError"),
        ("if os.fork() == 0: time.sleep(50)\nx = bytearray(200 << 20)\n"
         "for i in range(0, len(x), 4096): x[i] = 1\nos.fork()\n"
         "for i in range(0, len(x), 4096): x[i] = 2\ntime.sleep(50)", "oom", "256 MB"),
        ("open('/etc/passwd')", "crashed", "PermissionError"),
        ("open('new', 'w')", "crashed", "PermissionError"),
    ],
)  # fmt: skip
def test_endings(commands: LocalEvaluator, body: str, status: str, reason: str) -> None:
    found = ends(commands, body)
    assert (found.status, reason in found.detail) == (status, True), found.detail
    assert found.values is None
    assert ends(commands, "print('[1]')").values == [1]  # and the next one is fine


def test_one_that_ends_leaves_the_others_daemons_alone(commands: LocalEvaluator) -> None:
    """An orphan belongs to its own evaluation: another one's end must not sweep it away."""
    body = (
        "r, w = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(1); os.write(w, b'alive')\n"
        "    os._exit(0)\n"
        "os.wait(); os.close(w)\n"
        "print(json.dumps([os.read(r, 9).decode()]))"
    )
    found: list[Outcome] = []
    thread = threading.Thread(target=lambda: found.append(ends(commands, body)))
    thread.start()
    while thread.is_alive():
        assert ends(commands, "print('[1]')").status == "ok"
    assert found[0].values == ["alive"], found[0].detail


@pytest.mark.parametrize("victim", ["server", "keeper"])
def test_a_kill_leaves_no_process(victim: str) -> None:
    body = (
        "subprocess.Popen(['sleep', '86398.5'], start_new_session=True)\n"
        "if os.getppid(): time.sleep(1.5)\nprint('[2]')"
    )
    with LocalEvaluator(command=True) as fresh:
        found: list[Outcome] = []
        thread = threading.Thread(target=lambda: found.append(ends(fresh, body)))
        thread.start()
        server = fresh._live_server().pid
        wait_for(lambda: children(server) and sleepers() != [])
        (keeper,) = children(server)
        os.kill(server if victim == "server" else int(keeper), signal.SIGKILL)
        thread.join()
        wait_for(lambda: sleepers() == [])
    if victim == "server":
        assert found[0].values == [2]  # run again by the next one
    else:
        assert (found[0].status, "SIGKILL" in found[0].detail) == ("crashed", True)


def test_hundreds_leave_nothing(commands: LocalEvaluator) -> None:
    seconds = "86397.25"  # its own: others sleep beside it
    server = commands._live_server().pid
    ends(commands, "print('[1]')")
    wait_for(lambda: children(server) == [])
    handles = len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{server}/fd"))
    for number in range(100):
        body = f"subprocess.Popen(['sleep', '{seconds}'])\nprint('[{number}]')"
        assert ends(commands, body).values == [number]
    wait_for(lambda: children(server) == [])
    assert (len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{server}/fd"))) == handles
    assert showing(seconds) == []
    assert list(commands._folder.iterdir()) == []


def test_a_command_never_runs_below_the_level_that_is_told(evaluator: LocalEvaluator) -> None:
    with pytest.raises(ValueError, match="evaluator for commands"):
        ends(evaluator, "print('[1]')")


def test_the_example_of_the_page_runs(commands: LocalEvaluator) -> None:
    page = (ROOT / "docs" / "programs.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    (code,) = [one for one in blocks if "json.load(sys.stdin)" in one]
    calls = (b'[{"turns": []}, ["who?", "when?"]]', b'[{"turns": []}, ["where?"]]')
    files = {"my_pipeline/main.py": code.encode()}
    command = ["python", "my_pipeline/main.py"]
    found = commands.run(Job(files, "", {}, calls, SMALL, command=command))
    assert found.status == "ok", found.detail
    assert [len(answers) for answers in found.values] == [2, 1]


@pytest.fixture
def study_file(toy_folder: Path) -> Path:
    """The toy study with a command for an entry."""
    (toy_folder / "toy_pipeline" / "__main__.py").write_text(MAIN)
    file = toy_folder / "study.toml"
    text = file.read_text()
    entry = 'command = ["python", "-m", "toy_pipeline"]'
    file.write_text(text.replace('entry = "toy_pipeline.main:run"', entry))
    return file


def test_a_study_of_a_command_scores_as_the_function_does(
    study_file: Path, evaluator: LocalEvaluator, commands: LocalEvaluator
) -> None:
    study = study_files.load(study_file)
    assert (study.entry, study.isolation) == ("", "command")
    bench, commanded = Bench(study_files.load(TOY), evaluator), Bench(study, commands)
    for candidate in (Candidate(), Candidate({"x": 0.7, "shape": "peaked"})):
        one, two = bench.run(candidate), commanded.run(candidate)
        assert (one.status, two.status) == ("ok", "ok"), two.detail
        assert one.items == two.items
    assert commanded.dead_parameters() == bench.dead_parameters()
    assert study.digest != bench.study.digest


def test_what_the_command_names_may_not_be_deleted(
    study_file: Path, commands: LocalEvaluator
) -> None:
    study = study_files.load(study_file)
    assert study.entry_files == {"toy_pipeline/__main__.py"}
    texts = {name: text for name, text in study.sources.items() if "__main__" not in name}
    found = Bench(study, commands).run(Candidate(patch=diff.make(study.sources, texts)))
    assert (found.status, "may not be deleted" in found.detail) == ("invalid", True)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"toy_pipeline"]', '"toy_pipeline"]\nentry = "toy_pipeline.main:run"', "either entry"),
        ('command = ["python", "-m", "toy_pipeline"]', "", "either entry"),
        ('"-m", "toy_pipeline"', '"main.py"', "none of its words names a file below code.path"),
        ("cpu_s = 2", 'cpu_s = 2\nisolation = "confined"', "one of none, process, command, got"),
        ('"toy_pipeline"]', '"toy_pipeline"]\npreload = ["numpy"]', "has no effect on a command"),
        ("cpu_s = 2", "cpu_s = 2\nscratch_mb = -1", "limits.scratch_mb: must be a number"),
    ],
)
def test_a_wrong_entry_is_told(study_file: Path, old: str, new: str, told: str) -> None:
    text = study_file.read_text()
    assert old in text
    study_file.write_text(text.replace(old, new))
    with pytest.raises(StudyError) as caught:
        study_files.load(study_file)
    assert told in str(caught.value)


def test_levels_are_ordered(evaluator: LocalEvaluator, commands: LocalEvaluator) -> None:
    evaluator.require("confined")
    evaluator.require("command")
    commands.require("command")
    commands.require("process")
    with pytest.raises(UserError, match="isolated as 'confined', and here they are 'command'"):
        commands.require("confined")
    commands.require("confined", weak=True)


def test_compare_shows_the_level(cli, study_file: Path, tmp_path: Path) -> None:
    done = cli("compare", str(study_file), "--searchers", "random", "--budget", "3", "--out", "run")
    assert done.returncode == 0, done.stderr
    assert "isolation: command" in done.stdout
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["isolation"] == "command"


UNWAITED = """
import os, signal, time
signal.signal(signal.SIGCHLD, {action})
for _ in range(100):
    try:
        child = os.fork()
    except InterruptedError:
        continue
    if not child:
        time.sleep(0.01)
        os._exit(0)
    try:
        os.waitpid(child, 0)
    except ChildProcessError:
        pass
print("[1, 2]")
"""


@pytest.mark.parametrize(
    ("action", "metered", "status"),
    [("signal.SIG_IGN", False, "ok"), ("signal.SIG_IGN", True, "timeout")],
)
def test_where_cpu_time_is_the_score_children_that_nobody_waits_for_count_in_full(
    commands: LocalEvaluator, action: str, metered: bool, status: str
) -> None:
    job = Job(
        {"main.py": (HEAD + UNWAITED.format(action=action)).encode()}, "", {}, (b"[1]", b"[2]"),
        Limits(cpu_s=0.5, memory_mb=256, output_mb=1), command=("python", "main.py"),
        metered=metered,
    )  # fmt: skip
    found = commands.run(job)
    assert found.status == status, found.detail
    assert status == "ok" or "used up its 0.5 s of CPU time" in found.detail
