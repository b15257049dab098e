"""No program is handed a call before it has answered the last, and no answer changes afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from processes import children, wait_for
from programs import FRAMED, HUNTER, check_hunt, hunt
from sandbox_jobs import SMALL, job

from toolkit.evaluators.forkserver import SANDBOX
from toolkit.evaluators.local import LocalEvaluator
from toolkit.evaluators.unconfined import UnconfinedEvaluator
from toolkit.jobs import Job, Limits, Outcome

Run = Callable[[Job], Outcome]


@pytest.fixture(params=["confined", pytest.param("none", marks=pytest.mark.slow)])
def run(request: pytest.FixtureRequest, evaluator: LocalEvaluator) -> Iterator[Run]:
    if request.param == "confined":
        yield evaluator.run
        return
    with UnconfinedEvaluator() as plain:
        yield plain.run


def calls(body: str, *inputs: object, limits: Limits = SMALL, head: str = "") -> Job:
    """A program that is called with each input as x; KEPT outlives a call."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    code = f"import os, sys, time\nKEPT = []\n{FRAMED}\n{head}\ndef run(x, p, services):\n{lines}\n"
    return job(code, calls=[[one] for one in inputs], limits=limits)


@pytest.mark.parametrize("padding", [0, 100_000], ids=["small", "larger than a pipe"])
def test_a_program_that_looks_for_later_calls_finds_its_own(run: Run, padding: int) -> None:
    check_hunt(run(hunt(padding)))


def test_the_program_is_imported_with_at_most_the_first_call_at_hand(run: Run) -> None:
    head = HUNTER.decode() + "\nraise ValueError(f'found {run(0, 0, 0)}')"
    found = run(calls("return x", *(f"mark-of-call-{number}" for number in range(3)), head=head))
    assert found.status == "crashed"
    assert (
        "ValueError: found {'objects': [], 'frames': [], 'memory': [], 'files': [0]}"
        in found.detail
    )


def test_an_answer_is_final_when_the_next_call_is_handed_over(run: Run) -> None:
    body = "KEPT.append([x])\nfor one in KEPT: one[0] = x\nreturn KEPT[-1]"
    found = run(calls(body, "a", "b", "c"))
    assert found.values == [["a"], ["b"], ["c"]], found.detail


def test_state_and_parameters_outlive_a_call(run: Run) -> None:
    body = (
        "KEPT.append(x)\nservices['n'] = services.get('n', 0) + 1\nreturn [KEPT, services['n'], p]"
    )
    found = run(calls(body, 1, 2))
    assert found.values == [[[1], 1, {"p": 2}], [[1, 2], 2, {"p": 2}]], found.detail


FORGED = 'framed(b\'{"ok": true, "value": "forged"}\')'


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("os._exit(0)", "crashed", "ended in call 2 of 3 and returned no result for it"),
        ("os._exit(3)", "crashed", "exited with 3"),
        ("sys.exit(0)", "crashed", "SystemExit"),
        ("raise ValueError('boom')", "crashed", "ValueError: boom"),
        ("os.abort()", "crashed", "SIGABRT"),
        ("return float('nan')", "crashed", "not JSON compliant"),
        ("return bytearray(1 << 30)", "oom", "MemoryError"),
        ("while True: pass", "timeout", "CPU time"),
        ("time.sleep(60)", "timeout", "on the clock"),
        # out of turn
        (f"os.write(3, {FORGED})\nreturn x", "crashed", "not one frame"),
        (f"os.write(3, 2 * {FORGED})\nreturn x", "crashed", "not one frame"),
        (f"os.write(3, 2 * {FORGED})\nos._exit(0)", "crashed", "not one frame"),
        (f"os.write(3, KEPT[0] + {FORGED})\nos._exit(0)", "crashed", "not one frame"),
        (f"os.write(3, KEPT[0])\nos.write(3, {FORGED})\nos._exit(0)", "crashed", "not one frame"),
        ("os.write(3, b'hello')\nreturn x", "crashed", "not one frame"),
        ("os.write(3, bytes(1))\nreturn x", "crashed", "not one frame"),
        ("os.write(3, bytes(99))\nreturn x", "crashed", "not one frame"),
        # half a frame
        (f"os.write(3, {FORGED}[:5])\nos._exit(0)", "crashed", "call 2 of 3"),
        (f"os.write(3, {FORGED}[:20])\nos._exit(0)", "crashed", "call 2 of 3"),
        (f"os.write(3, {FORGED}[:20])\ntime.sleep(60)", "timeout", "on the clock"),
        (f"os.write(3, {FORGED}[:8] + bytes([255] * 8))\ntime.sleep(60)", "crashed", "larger than"),
        (f"for n in {FORGED}: os.write(3, bytes([n]))\nreturn x", "crashed", "not one frame"),
        # too much
        ("return 'x' * (2 << 20)", "crashed", "result is larger than 1 MB"),
        (f"f = {FORGED}\nwhile True: os.write(3, f)", "crashed", "result is larger than 1 MB"),
        ("while True: os.write(3, bytes(1 << 16))", "crashed", "result is larger than 1 MB"),
        # its calls
        ("os.close(4)\nreturn x", "crashed", "result"),
        ("os.close(3)\nreturn x", "crashed", "result"),
        ("os.closerange(0, 99)\nreturn x", "crashed", "result"),
    ],
)  # fmt: skip
def test_endings_between_calls(run: Run, body: str, status: str, reason: str) -> None:
    """The second of three calls goes wrong; the first was answered."""
    limits = Limits(cpu_s=0.1 if "sleep" in body else 0.5, memory_mb=128, output_mb=1)
    keep = f"if x == 1:\n  KEPT.append({FORGED})\n  return x\nif x == 3: return x\n"
    before = len(os.listdir("/proc/self/fd"))
    found = run(calls(keep + body, 1, 2, 3, limits=limits))
    assert (found.status, reason in found.detail) == (status, True), found.detail
    assert found.values is None
    wait_for(lambda: len(os.listdir("/proc/self/fd")) <= before)


def test_many_calls_and_large_ones_come_back_in_order(run: Run) -> None:
    limits = Limits(cpu_s=10, memory_mb=256, output_mb=8)
    many = run(calls("return x", *range(500), limits=limits))
    assert many.values == list(range(500)), many.detail
    large = ["ü" * 200_000 + str(number) for number in range(3)]
    found = run(calls("return x", *large, limits=limits))
    assert found.values == large, found.detail


def test_nothing_waits_for_a_program_that_reads_no_call(run: Run) -> None:
    """Its first call does not fit into the pipe, and what it writes does not either."""
    large = "x" * 300_000
    flood = run(calls("return x", large, head="while True: os.write(3, bytes(1 << 16))"))
    assert (flood.status, "result is larger" in flood.detail) == ("crashed", True), flood.detail
    failed = run(calls("return x", large, large, head="raise ValueError('at import')"))
    assert (failed.status, "ValueError: at import" in failed.detail) == ("crashed", True)
    ended = run(calls("return x", large, head="os._exit(0)"))
    assert (ended.status, "returned no result" in ended.detail) == ("crashed", True)


def test_its_standard_input_is_empty(run: Run) -> None:
    """A program that asks for a line gets none, and does not wait for its next call."""
    assert run(calls("return sys.stdin.read()", 1, 2)).values == ["", ""]
    asked = run(calls("return input()", 1))
    assert (asked.status, "EOFError" in asked.detail) == ("crashed", True)


def test_all_calls_as_one_text_are_refused() -> None:
    with pytest.raises(TypeError, match="a tuple of JSON texts, one for each call"):
        Job({}, "main:run", {}, b"[[1], [2]]", SMALL)  # type: ignore[arg-type]


def test_no_calls_are_no_results(run: Run) -> None:
    found = run(calls("return x"))
    assert (found.status, found.values) == ("ok", []), found.detail


@pytest.mark.slow
def test_a_lost_server_begins_again_with_the_first_call() -> None:
    found: list[Outcome] = []
    with LocalEvaluator() as fresh:
        slow = calls("KEPT.append(x)\ntime.sleep(0.3)\nreturn list(KEPT)", 1, 2, 3)
        thread = threading.Thread(target=lambda: found.append(fresh.run(slow)))
        thread.start()
        server = fresh._live_server().pid
        wait_for(lambda: children(server) != [])
        os.kill(server, signal.SIGKILL)
        thread.join()
    assert found[0].values == [[1], [1, 2], [1, 2, 3]], found[0].detail


@pytest.mark.parametrize("sent", [4, 12, 20], ids=["in its stamp", "in its size", "in its text"])
def test_a_cut_of_the_last_call_is_an_error(tmp_path: Path, sent: int) -> None:
    """The host died while it wrote: the child ends, and does not run on half a call."""
    (tmp_path / "main.py").write_text("def run(x, p, s): return x")
    limits = {**SMALL.to_json(), "wall_s": 10}
    asked = {"root": str(tmp_path), "entry": "main:run", "command": [], "scratch": "",
             "arguments": "run", "environment": {}, "limits": limits, "seed": 0}  # fmt: skip
    (theirs, ours), (answers, result) = os.pipe(), os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-s", "-P", str(SANDBOX / "alone.py"), str(theirs), str(result),
         json.dumps(asked)],
        pass_fds=[theirs, result], cwd=tmp_path,
    )  # fmt: skip
    for fd in (theirs, result):
        os.close(fd)
    for stamp, text in ((b"1" * 8, b'{"parameters": {}}'), (b"1" * 8, b"[5]")):
        os.write(ours, stamp + len(text).to_bytes(8, "big") + text)
    with open(answers, "rb") as file:
        assert file.read(16 + 24)[16:] == b'{"ok": true, "value": 5}'
        os.write(ours, (b"2" * 8 + (99).to_bytes(8, "big") + b"[" + b" " * 98)[:sent])
        os.close(ours)
        last = json.loads(file.read()[16:])
    assert (last["ok"], last["error"]) == (False, "EOFError")
    assert child.wait() == 0
