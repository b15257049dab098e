"""Kinds whose program is a script: files between the host and a program as it is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import kind_studies
import pytest
from kind_studies import FIND, FIT, SORTED, VALIDATED

from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.records import Candidate, Scored
from toolkit.study import study as study_files


@pytest.fixture(scope="module")
def scripts() -> Iterator[LocalEvaluator]:
    with LocalEvaluator(command=True) as running:
        yield running


def run(study: Path, evaluator: LocalEvaluator, split: str = "search") -> Scored:
    return Bench(study_files.load(study), evaluator).run(Candidate(), split)  # type: ignore[arg-type]


def test_a_script_predicts_the_rows_that_it_is_asked(
    tmp_path: Path, scripts: LocalEvaluator
) -> None:
    found = run(kind_studies.fitted(tmp_path), scripts)
    assert found.status == "ok", found.detail
    assert found.score is not None and -20 < found.score < 0
    assert run(tmp_path, scripts, "test").status == "ok"


SPY = """
import csv, os, sys
rows = list(csv.DictReader(open("asked.csv")))
left = sorted(name for _, _, names in os.walk(".") for name in names)
print(rows[0], left, [row["home"] for row in rows])
print(open("train.csv").readline())
sys.exit(1)
"""


def test_a_script_sees_neither_the_file_nor_the_ids_of_the_rows_that_it_is_asked(
    tmp_path: Path, scripts: LocalEvaluator
) -> None:
    found = run(kind_studies.fitted(tmp_path, program=SPY), scripts)
    assert found.status == "crashed"
    assert "'asked.csv', 'fit.py', 'model.py', 'train.csv']" in found.detail
    assert str([str(n) for n in range(1, 16)]) in found.detail
    assert "home,rooms,street,price" in found.detail
    assert "homes.csv" not in found.detail and "h0" not in found.detail


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("predictions.csv", "other.csv", "it left no predictions.csv with a prediction"),
        ("home,prediction", "home,price", "has no column 'prediction'"),
        ("home,prediction", "id,prediction", "has no column 'home'"),
        ("{row['home']},", "7,", "and none for home '1'"),
        ("{each * float(row['rooms'])}", "many", "a prediction is a finite number; got 'many'"),
        ("{each * float(row['rooms'])}", "", "a prediction is a finite number; got None"),
    ],
)
def test_predictions_that_do_not_fit_are_told(
    tmp_path: Path, scripts: LocalEvaluator, old: str, new: str, message: str
) -> None:
    found = run(kind_studies.fitted(tmp_path, program=FIT.replace(old, new)), scripts)
    assert found.status == "crashed"
    assert message in found.detail


def test_a_script_ranks_the_queries_that_it_is_asked(
    tmp_path: Path, scripts: LocalEvaluator
) -> None:
    found = run(kind_studies.found(tmp_path), scripts)
    assert found.status == "ok", found.detail
    assert found.score is not None and found.score > 0.5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("run.trec", "run.txt", "it left no run.trec"),
        (" mine", "", "run.trec, line 1:"),
        ("{query['_id']}", "x", "ranks no document for any query that was asked"),
    ],
)
def test_runs_that_do_not_fit_are_told(
    tmp_path: Path, scripts: LocalEvaluator, old: str, new: str, message: str
) -> None:
    program = FIND.replace(old, new).replace("1 {-corpus.index(one)}", "1" if not new else "1 0")
    found = run(kind_studies.found(tmp_path, program=program), scripts)
    assert found.status == "crashed"
    assert message in found.detail


def test_a_script_is_timed_as_long_as_it_prints_what_it_did(
    tmp_path: Path, scripts: LocalEvaluator
) -> None:
    bench = Bench(study_files.load(kind_studies.sorted_script(tmp_path)), scripts)
    found = bench.run(Candidate())
    assert found.status == "ok", found.detail
    assert found.score == -found.usage.cpu_s
    wrong = SORTED.replace("sorted([3, 1, 2])", "[3, 1, 2]")
    patch = bench.study.pristine.edited("", {"sort.py": wrong})
    assert bench.run(Candidate(patch=patch)).status == "invalid"


CACHING = """
import pathlib
places = [pathlib.Path(name) for name in ("kept", "~/kept", "/tmp/kept", "/dev/shm/kept")]
places = [place.expanduser() for place in places]
known = [str(place) for place in places if place.exists()]
for place in places:
    try:
        place.write_text("answer")
    except OSError:
        pass
print(len(known), any(place.exists() for place in places))
"""


def test_what_a_script_writes_is_gone_in_the_next_evaluation(
    tmp_path: Path, scripts: LocalEvaluator
) -> None:
    bench = Bench(study_files.load(kind_studies.sorted_script(tmp_path, program=CACHING)), scripts)
    for _ in range(2):
        found = bench.run(Candidate())
        assert found.status == "ok", found.detail
        assert found.outputs["run"]["printed"] == ["0 True"]  # it may write, and finds nothing


FORKER = """
import subprocess, sys, time
subprocess.run([sys.executable, "-c", "sum(range(20_000_000))"])
print([1, 2, 3])
print("seconds: 0")
"""


def test_work_in_a_child_process_is_measured(tmp_path: Path, scripts: LocalEvaluator) -> None:
    idle = run(kind_studies.sorted_script(tmp_path), scripts)
    found = run(kind_studies.sorted_script(tmp_path, program=FORKER), scripts)
    assert found.status == "ok", found.detail
    assert found.usage.cpu_s > idle.usage.cpu_s + 0.05


PACK = """
import json
json.dump([[x, y, 0.2] for x in (0.25, 0.75) for y in (0.25, 0.75)], open("result.json", "w"))
"""
SCRIPT = VALIDATED.partition("[parameters]")[0].replace(
    'path = "program"\nentry = "program.pack:run"', 'path = "program"\nscript = ["python", "program/pack.py"]'
)  # fmt: skip


@pytest.mark.parametrize(
    ("program", "score", "message"),
    [
        (PACK, 0.8, ""),
        (PACK.replace("0.2]", "0.3]"), None, "the check refuses it"),
        ("", None, "it left no result.json, which the check is given"),
        ("open('result.json', 'w').write('{')", None, "result.json, which it left, is no JSON"),
    ],
)
def test_what_a_script_leaves_is_checked(
    tmp_path: Path, scripts: LocalEvaluator, program: str, score: float | None, message: str
) -> None:
    kind_studies.circles(tmp_path, SCRIPT, **{"program/pack.py": program})
    found = run(tmp_path, scripts)
    assert found.score == (score if score is None else pytest.approx(score))
    assert message in found.detail


@pytest.mark.parametrize("make", [kind_studies.bits, kind_studies.fitted, kind_studies.found])
@pytest.mark.slow
def test_a_comparison_of_scripts_runs_whole(
    tmp_path: Path, cli: Callable[..., object], make: Callable[[Path], Path]
) -> None:
    study = make(tmp_path) / "study.toml"
    study.write_text(study.read_text() + "\n[parameters]\nx = { int = [1, 9], default = 1 }\n")
    done = cli("compare", ".", "--budget", "2", "--searchers", "random")
    assert done.returncode == 0, done.stderr  # type: ignore[attr-defined]


@pytest.mark.parametrize("make", [os.link, shutil.copy])
def test_data_that_hold_the_answers_under_another_name_are_refused(
    tmp_path: Path, make: Callable[[Path, Path], object]
) -> None:
    named = kind_studies.TABLE_SCRIPT.replace("[task]", 'data = ["more"]\n\n[task]', 1)
    kind_studies.fitted(tmp_path, named)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "fine.txt").write_text("fine")
    study_files.load(tmp_path)
    make(tmp_path / "homes.csv", tmp_path / "more" / "x.bin")
    assert "x.bin has the content of homes.csv, which task.file names" in kind_studies.told(
        tmp_path
    )


@pytest.mark.parametrize(
    "text", ["[[NaN, 0.5, 9.0]]", "[[1e999, 0.5, 9.0]]", "[[-Infinity, 0, 1]]"]
)
def test_a_number_that_is_none_reaches_no_check(
    tmp_path: Path, scripts: LocalEvaluator, text: str
) -> None:
    study = VALIDATED.partition("[parameters]")[0].replace(
        'path = "program"\nentry = "program.pack:run"', 'path = "."\nscript = ["python", "pack.py"]'
    )
    loose = "def check(circles):\n    assert not any(x > 1 for x, y, r in circles)\n    return 9\n"
    files = {"pack.py": f"open('result.json', 'w').write('{text}')", "check.py": loose}
    root = kind_studies.write(tmp_path, study.replace("program/*.py", "pack.py"), files)
    found = run(root, scripts)
    assert found.status == "crashed"
    assert "no JSON of finite numbers" in found.detail
