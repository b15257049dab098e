"""Kind "timed": the host's meter cannot be told a better number, and wrong answers are no result."""

from __future__ import annotations

import json
from pathlib import Path

import kind_studies
import pytest
from kind_studies import SORT, told

from toolkit.bench.bench import Bench
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.records import Candidate, Scored
from toolkit.study import study as study_files
from toolkit.study.kinds.timed import alike

WORK = 3_000_000
LOOP = f"""
def run(context, inputs, parameters, services):
    spin()
    return [sorted(one) for one in inputs]


def spin():
    total = 0
    for n in range({WORK}):
        total += n
"""
PATCHED = f"""
import os
import resource
import time

time.process_time = time.perf_counter = time.monotonic = time.time = lambda: 0.0
os.times = lambda: (0.0,) * 5
resource.getrusage = lambda who: None
{LOOP}
"""
THREADED = LOOP.replace(
    "    spin()\n",
    "    import threading\n    other = threading.Thread(target=spin)\n    other.start()\n"
    "    other.join()\n",
)
AT_IMPORT = LOOP.replace("    spin()\n", "") + "\n\nspin()\n"
KEEPER = """
import os
import pathlib
import tempfile

KEPT = {}
PLACES = ["/tmp/kept", "kept", "program/kept", "/dev/shm/kept", os.path.expanduser("~/kept")]


def run(context, inputs, parameters, services):
    for place in PLACES:
        try:
            pathlib.Path(place).write_text("1")
        except OSError:
            pass
    found = [place for place in PLACES if os.path.exists(place)] + list(KEPT)
    KEPT["before"] = 1
    return [[] if found else sorted(one) for one in inputs]
"""


def run(folder: Path, evaluator: LocalEvaluator, program: str) -> Scored:
    bench = Bench(study_files.load(kind_studies.sorting(folder, program=program)), evaluator)
    return bench.run(Candidate())


@pytest.mark.parametrize("program", [PATCHED, THREADED, AT_IMPORT])
def test_work_is_measured_wherever_it_is_done_and_whatever_the_clocks_say(
    tmp_path: Path, evaluator: LocalEvaluator, program: str
) -> None:
    idle = run(tmp_path / "idle", evaluator, LOOP.replace(str(WORK), "0"))
    found = run(tmp_path / "work", evaluator, program)
    assert found.status == idle.status == "ok", found.detail
    assert found.score == -found.usage.cpu_s  # the meter's own number, of less is better
    assert found.usage.cpu_s > idle.usage.cpu_s + 0.03  # a tenth of what the loop takes


def test_what_is_kept_in_memory_or_in_files_is_gone_in_the_next_evaluation(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = Bench(study_files.load(kind_studies.sorting(tmp_path, program=KEEPER)), evaluator)
    many = KEEPER.replace("+ list(KEPT)", "")
    assert bench.run(Candidate()).status == "invalid"  # four calls of one process see each other
    patch = bench.study.pristine.edited("", {"program/sort.py": many})
    first, second = (bench.run(Candidate(patch=patch)) for _ in range(2))
    assert (first.status, second.status) == ("ok", "ok"), second.detail
    assert not first.cached and not second.cached


def test_a_fast_program_that_is_wrong_is_no_result(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    found = run(
        tmp_path, evaluator, SORT.replace("values, done = list(values), False", "done = True")
    )
    assert found.status == "invalid"
    assert "it breaks the constraint judged == 1: its judged is 0" in found.detail


def test_without_answers_the_unchanged_program_gives_them(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    backwards = SORT.replace("values[n] > values[n + 1]", "values[n] < values[n + 1]")
    folder = kind_studies.sorting(tmp_path, program=backwards, answers=False)
    bench = Bench(study_files.load(folder), evaluator)
    assert [bench.run(Candidate(), split).status for split in ("search", "test")] == ["ok", "ok"]
    patch = bench.study.pristine.edited("", {"program/sort.py": SORT})
    assert bench.run(Candidate(patch=patch)).status == "invalid"
    builtin = SORT.replace("ordered(one) for", "sorted(one, reverse=True) for")
    patch = bench.study.pristine.edited("", {"program/sort.py": builtin})
    assert bench.run(Candidate(patch=patch)).status == "ok"
    assert bench.tally.past == 0


def test_an_unchanged_program_that_gives_no_answers_ends_the_command(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    folder = kind_studies.sorting(
        tmp_path, program="def run(*_):\n    return 1 / 0\n", answers=False
    )
    bench = Bench(study_files.load(folder), evaluator)
    with pytest.raises(StudyError, match="it gives none \\(crashed\\)"):
        bench.run(Candidate())


def test_two_replicates_are_two_runs(tmp_path: Path) -> None:
    study = study_files.load(kind_studies.sorting(tmp_path))
    assert (study.replicates.search, study.replicates.final) == (1, 5)
    assert study.objective.metric == "cpu_s"


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ([], "a list of at least one value"),
        ([3], 'case 1 is 3; write {"input": …, "answer": …}'),
        ([{"input": 1, "answer": 2}, {"input": 2}], 'case 2 has no "answer"'),
        ([{"input": 1}, {"input": 1}], "cases 1 and 2 have the same input"),
    ],
)
def test_wrong_cases_are_told(tmp_path: Path, cases: object, message: str) -> None:
    folder = kind_studies.sorting(tmp_path)
    (folder / "cases.json").write_text(json.dumps(cases))
    assert message in told(folder)


def test_a_study_that_keeps_another_constraint_keeps_the_right_answers_too(tmp_path: Path) -> None:
    study = kind_studies.sorting(tmp_path) / "study.toml"
    study.write_text(f'{study.read_text()}\n[objective]\nconstraint = "peak_rss_mb < 500"\n')
    found = [one.text for one in study_files.load(study).constraints]
    assert found == ["peak_rss_mb < 500", "judged == 1"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (1.0, 1.0 + 1e-12, True),
        (1.0, 1.1, False),
        (True, 1, False),
        (1.0, True, False),
        ([1, {"a": 2.0}], [1, {"a": 2.0 + 1e-12}], True),
        ([1], [1, 2], False),
        ({"a": 1}, {"b": 1}, False),
        ("1", 1, False),
        (None, None, True),
        (6.6e-34, 0.0, False),
        (6.6e-34, 6.6e-34 * (1 + 1e-12), True),
        ([1e-12, 2e-12], [0.0, 0.0], False),
        ([1.0, 1e-17], [1.0, 0.0], True),
        ([1e9, 0.5], [1e9, 0.4], False),
        (0.0, 1e-17, True),
        ([10**400, 0.5], [10**400, 0.5], True),
    ],
)
def test_answers_are_alike_up_to_rounding(one: object, other: object, same: bool) -> None:
    assert alike(one, other, 1e-9) is same
