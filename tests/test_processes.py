"""A process for every call, where a study wants it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sums
from programs import encoded

import toolkit
from toolkit.bench.bench import Bench
from toolkit.bench.processes import PerCall, left
from toolkit.bench.tally import HOST
from toolkit.evaluators.cached import CachedEvaluator
from toolkit.evaluators.local import LocalEvaluator
from toolkit.jobs import Job, Limits, Outcome
from toolkit.records import Usage
from toolkit.study import study as study_files

LEAKS = """
SEEN = []

def run(context, inputs, parameters, services):
    SEEN.append(len(inputs))
    return [{"answer": str(n if len(SEEN) == 1 else -1)} for n in inputs]
"""
"""right in the first call of its process only"""
LIMITS = Limits(cpu_s=1.0, memory_mb=256, output_mb=1)


@pytest.fixture
def per_call(evaluator: LocalEvaluator) -> Iterator[PerCall]:
    yield PerCall(evaluator)


def job(body: str, *calls: object, limits: Limits = LIMITS) -> Job:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    code = f"import os, time\nKEPT = []\ndef run(x, p, services):\n{lines}\n"
    calls = tuple([call] for call in calls)
    return Job({"main.py": code.encode()}, "main:run", {}, encoded(calls), limits, seed=4)


@pytest.mark.parametrize(("fresh", "score"), [("evaluation", 0.5), ("call", 1.0)])
def test_what_a_program_keeps_from_a_call_is_gone_in_the_next(
    tmp_path: Path, evaluator: LocalEvaluator, fresh: str, score: float
) -> None:
    study = sums.write(tmp_path / "study", LEAKS, code=f'fresh = "{fresh}"')
    bench = Bench(study_files.load(study), evaluator)
    found = bench.run(toolkit.Candidate(), by=HOST)
    assert found.score == score, found.detail
    assert bench.tally.evaluations == 1
    assert bench.tally.past == 0


def test_outputs_are_joined_and_usage_is_summed(per_call: PerCall) -> None:
    found = per_call.run(job("KEPT.append(x)\nreturn [KEPT, os.getpid()]", "a", "b", "c"))
    assert found.status == "ok", found.detail
    assert [value[0] for value in found.values] == [["a"], ["b"], ["c"]]
    assert len({value[1] for value in found.values}) == 3
    single = per_call.run(job("KEPT.append(x)\nreturn [KEPT, os.getpid()]", "a"))
    assert found.usage.cpu_s > single.usage.cpu_s
    assert found.usage.peak_rss_mb < 2 * single.usage.peak_rss_mb


def test_a_call_that_fails_ends_the_evaluation_and_is_named(per_call: PerCall) -> None:
    found = per_call.run(job("return 1 / x", 1, 0, 2))
    assert (found.status, found.values) == ("crashed", None)
    assert found.detail.startswith("call 2: ")
    assert "ZeroDivisionError" in found.detail


def test_cpu_time_is_of_the_whole_evaluation(per_call: PerCall) -> None:
    body = "while time.process_time() < 0.4: pass\nreturn x"
    limits = Limits(cpu_s=0.6, memory_mb=256, output_mb=1)
    found = per_call.run(job(body, 1, 2, 3, limits=limits))
    assert found.status == "timeout"
    assert found.detail.startswith("call 2: ")
    assert found.usage.cpu_s < 1.1


def test_what_is_left_of_the_limits() -> None:
    used = Usage(wall_s=3.0, cpu_s=0.5)
    assert left(Limits(cpu_s=1.0), used) == Limits(cpu_s=0.5)
    assert left(Limits(cpu_s=1.0, wall_s=8.0), used) == Limits(cpu_s=0.5, wall_s=5.0)
    # 30 s, and 5 s for half a second of CPU time, of which 3 s are gone
    assert left(Limits(cpu_s=1.0, grace_s=30.0), used) == Limits(cpu_s=0.5, grace_s=32.0)
    assert left(Limits(cpu_s=0.5), used) is None
    assert left(Limits(cpu_s=1.0, wall_s=3.0), used) is None
    assert left(Limits(cpu_s=100.0, grace_s=1.0), Usage(wall_s=7.0, cpu_s=0.5)) is None


def test_an_identical_program_is_answered_call_by_call(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    with CachedEvaluator(evaluator, tmp_path) as cached:
        first, second = (PerCall(cached).run(job("return os.getpid()", 1, 2)) for _ in range(2))
    assert first.values == second.values
    assert [first.cached, second.cached] == [False, True]
    assert first.usage == second.usage  # charged again


def as_command(code: str) -> Outcome:
    """Outcome of a command that gets the calls [1] and [2], each in a process of its own."""
    limits = Limits(cpu_s=5.0, memory_mb=256, output_mb=1)
    wanted = Job({"main.py": code.encode()}, "", {}, encoded([[1], [2]]), limits, 4,
                 ("python", "main.py"))  # fmt: skip
    with LocalEvaluator(command=True) as commands:
        return PerCall(commands).run(wanted)


def test_a_command_gets_one_call_a_process() -> None:
    code = (
        "import json, os, sys\njob = json.load(sys.stdin)\n"
        "json.dump([[len(job['calls']), os.getpid(), job['seed']]], sys.stdout)\n"
    )
    found = as_command(code)
    assert found.status == "ok", found.detail
    assert [value[0] for value in found.values] == [1, 1]
    assert [value[2] for value in found.values] == [4, 4]
    assert found.values[0][1] != found.values[1][1]


def test_a_call_cannot_answer_for_another() -> None:
    """The training rows of a later fold hold the answers of an earlier one."""
    code = (
        "import json, sys\n((number,),) = json.load(sys.stdin)['calls']\n"
        "json.dump([] if number == 1 else ['answer of 1', 'answer of 2'], sys.stdout)\n"
    )
    found = as_command(code)
    assert (found.status, found.values) == ("crashed", None)
    assert found.detail == "call 1: it returned 0 results, and one is due"
