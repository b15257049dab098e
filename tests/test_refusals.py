"""What the sandbox refused a program is told with the key of the study that opens it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from toolkit.evaluators.local import LocalEvaluator
from toolkit.evaluators.refusals import refusal
from toolkit.evaluators.unconfined import UnconfinedEvaluator
from toolkit.jobs import Job, Limits
from toolkit.report.summary import reason

LIMITS = Limits(cpu_s=5, memory_mb=256, output_mb=1)
ROOM = Limits(cpu_s=5, memory_mb=256, output_mb=1, scratch_mb=1)
NO_FILE = "[limits] scratch_mb = 50 gives it a folder"
FUNCTION = {
    "open('/tmp/x', 'w')": NO_FILE,
    "open('notes.txt', 'w')": "lets a program write no file: [limits] scratch_mb",
    "open('main.py', 'a')": "lets a program write no file: [limits] scratch_mb",
    "os.makedirs('cache/deep')": "lets a program write no file: [limits] scratch_mb",
    "tempfile.mkdtemp()": "lets a program write no file: [limits] scratch_mb",
    "sqlite3.connect('x.db').execute('create table a(b)')": "lets a program write no file: [limits]",
    "open('/etc/passwd')": "refused '/etc/passwd': what is read belongs into [code] path",
    "os.listdir('/home')": "refused '/home': what is read belongs into [code] path",
    "subprocess.run(['true'])": "[code] command may start processes",
    "socket.socket()": "opens no connection",
    "try:\n        open('/etc/passwd')\n    except OSError as e: raise KeyError('no users') from e": (
        "what is read belongs into [code] path"
    ),
}
INNOCENT = (
    "print('Permission denied'); 1 / 0",
    "raise ValueError('no')",
    "open('absent.txt')",
    "raise ValueError('the tool said: Permission denied')",
    "raise PermissionError('permission denied: user bob may not answer')",
    "raise OSError(1, 'Operation not permitted in my domain')",
    "raise ValueError('the site said: Network is unreachable')",
)


@pytest.fixture(scope="module")
def commands() -> Iterator[LocalEvaluator]:
    with LocalEvaluator(command=True) as running:
        yield running


def job(body: str, limits: Limits = LIMITS, *, command: bool = False) -> Job:
    code = f"import os, socket, sqlite3, subprocess, tempfile\ndef run(*_):\n    {body}\n"
    code += "run()\n" if command else ""
    words = ("python", "main.py") if command else ()
    return Job({"main.py": code.encode()}, "main:run", {}, (b"[]",), limits, command=words)


@pytest.mark.parametrize("body", FUNCTION)
def test_a_functions_refusal_names_its_key(evaluator: LocalEvaluator, body: str) -> None:
    found = evaluator.run(job(body))
    assert found.status == "crashed"
    assert FUNCTION[body] in found.detail.splitlines()[-1], found.detail
    assert "Error" in found.detail.splitlines()[-2]


@pytest.mark.parametrize("body", INNOCENT)
def test_another_error_is_not_blamed_on_the_sandbox(evaluator: LocalEvaluator, body: str) -> None:
    found = evaluator.run(job(body))
    assert found.status == "crashed"
    assert "sandbox" not in found.detail


def test_with_a_scratch_folder_it_is_named(evaluator: LocalEvaluator) -> None:
    found = evaluator.run(job("open('/var/x', 'w')", ROOM))
    assert "what is written belongs into tempfile.gettempdir()" in found.detail
    found = evaluator.run(job("open('x', 'w')", ROOM))
    assert "into its scratch folder only: tempfile.gettempdir()" in found.detail
    large = "open(tempfile.gettempdir() + '/x', 'wb').write(bytes(3 << 20))"
    assert "[limits] scratch_mb allows" in evaluator.run(job(large, ROOM)).detail


def test_a_command_is_told_too(commands: LocalEvaluator) -> None:
    found = commands.run(job("open('/etc/passwd')", command=True))
    assert "refused '/etc/passwd': what is read belongs into [code] path" in found.detail
    shell = Job({"x": b""}, "", {}, (b"[]",), LIMITS, command=("sh", "-c", "echo 1 > x"))
    assert NO_FILE in commands.run(shell).detail
    caught = "try: open('/etc/passwd')\n    except OSError: print('Permission denied')\n    1 / 0"
    assert "sandbox" not in commands.run(job(caught, command=True)).detail


def test_where_nothing_is_confined_nothing_is_blamed_on_it() -> None:
    with UnconfinedEvaluator() as plain:
        found = plain.run(job("raise PermissionError(13, 'Permission denied', '/x')"))
    assert found.detail.endswith("PermissionError: [Errno 13] Permission denied: '/x'")


@pytest.mark.parametrize(
    "told",
    [
        "Error: EACCES: permission denied, open '/x'",
        "cat: /etc/shadow: Permission denied",
        "sh: 1: cannot create /tmp/x: Permission denied",
    ],
)
def test_programs_in_other_languages_are_understood(told: str) -> None:
    asked = job("pass", command=True)
    assert "[limits] scratch_mb" in refusal(asked, "exited with 1 and returned no result", told)


def test_an_example_is_the_error_and_not_what_was_printed(evaluator: LocalEvaluator) -> None:
    from toolkit.records import Candidate, Trial

    found = evaluator.run(job("print('loading'); raise ValueError('no table')"))
    trial = Trial(
        number=1,
        candidate=Candidate(),
        share=1.0,
        status=found.status,
        score=None,
        detail=found.detail,
    )
    assert found.detail.endswith("loading\n")
    assert reason(trial) == "ValueError: no table"


def test_what_a_program_says_is_visible(evaluator: LocalEvaluator) -> None:
    found = evaluator.run(job(r"print('\x1b[2J'); raise ValueError('\x1b]0;x\x07\ud83d')"))
    assert r"ValueError: \x1b]0;x\x07\ud83d" in found.detail
    assert r"\x1b[2J" in found.detail
    assert "\x1b" not in found.detail


def test_a_result_nested_deep_is_malformed(evaluator: LocalEvaluator) -> None:
    for deep in (200, 100_000):
        body = f"v = []\n    for _ in range({deep}): v = [v]\n    return v"
        found = evaluator.run(job(body))
        assert found.status == "crashed"
        assert "RecursionError" in found.detail or "nested more than 100 deep" in found.detail


def test_a_commands_result_nested_deep_is_malformed(commands: LocalEvaluator) -> None:
    found = commands.run(job("print('[' * 100_000 + ']' * 100_000)", command=True))
    assert (found.status, "malformed result" in found.detail) == ("crashed", True)
