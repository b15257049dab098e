"""Kind "evaluator": OpenEvolve's and ShinkaEvolve's contract, as it is and split honestly."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import evolved_programs
import kind_studies
import pytest
from evolved_programs import IMPORTING, JUDGED, PROGRAM, RESULT, SHINKA, STUDY, SUBPROCESS
from kind_studies import told

from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.records import Candidate
from toolkit.study import study as study_files


@pytest.fixture(scope="module")
def scripts() -> Iterator[LocalEvaluator]:
    with LocalEvaluator(command=True) as running:
        yield running


def opened(
    folder: Path, place: LocalEvaluator, study: str = STUDY, evaluator: str = IMPORTING,
    program: str = PROGRAM,
) -> Bench:  # fmt: skip
    files = {"evaluator.py": evaluator, "initial_program.py": program}
    return Bench(study_files.load(kind_studies.write(folder, study, files)), place)


def edited(bench: Bench, program: str) -> Candidate:
    return Candidate(patch=bench.study.pristine.edited("", {"initial_program.py": program}))


@pytest.mark.parametrize("evaluator", [IMPORTING, SUBPROCESS, SHINKA])
def test_an_evaluator_that_runs_the_program_reports(
    tmp_path: Path, scripts: LocalEvaluator, evaluator: str
) -> None:
    bench = opened(tmp_path, scripts, evaluator=evaluator)
    assert (bench.study.objective.evidence, bench.study.claim) == ("reported", "reported")
    found = bench.run(Candidate())
    assert (found.status, found.score) == ("ok", pytest.approx(0.8)), found.detail
    assert found.metrics["sum_radii"] == pytest.approx(0.8)
    wide = bench.run(edited(bench, PROGRAM.replace("0.2)", "0.3)")))
    assert wide.status == "invalid"
    assert "the evaluator refuses it: 'the packing is not valid'" in wide.detail


@pytest.mark.parametrize("text", [IMPORTING, SUBPROCESS, SHINKA])
def test_where_the_program_makes_and_the_host_scores_it_is_judged(
    tmp_path: Path, evaluator: LocalEvaluator, text: str
) -> None:
    bench = opened(tmp_path, evaluator, JUDGED, text)
    assert (bench.study.objective.evidence, bench.study.claim) == ("judged", "exact")
    assert "evaluator.py" not in bench.study.files
    found = bench.run(Candidate())
    assert (found.status, found.score) == ("ok", pytest.approx(0.8)), found.detail
    wide = bench.run(edited(bench, PROGRAM.replace("0.2)", "0.3)")))
    assert wide.status == "invalid", wide.detail


FORGED = (
    PROGRAM
    + """

import sys

for name, module in list(sys.modules.items()):
    if hasattr(module, "validate_packing"):
        module.scored = lambda *a: {"combined_score": 99.0}
frame = sys._getframe()
while frame:
    if "scored" in frame.f_globals:
        frame.f_globals["scored"] = lambda *a: {"combined_score": 99.0}
    frame = frame.f_back
"""
)


def test_an_edit_can_forge_a_reported_score_and_not_a_judged_one(
    tmp_path: Path, scripts: LocalEvaluator, evaluator: LocalEvaluator
) -> None:
    reported = opened(tmp_path / "as it is", scripts)
    assert reported.run(edited(reported, FORGED)).score == 99.0  # which is why it is called so
    judged = opened(tmp_path / "split", evaluator, JUDGED)
    found = judged.run(edited(judged, FORGED))
    assert (found.status, found.score) == ("ok", pytest.approx(0.8)), found.detail


SHADOW = """
def __getattr__(name):
    return lambda *arguments, **more: 99.0


def dumps(*arguments, **more):
    return '{"given": {"combined_score": 99.0}}'
"""


@pytest.mark.slow
@pytest.mark.parametrize("text", [IMPORTING, SUBPROCESS, SHINKA])
def test_modules_that_an_edit_lays_beside_the_evaluator_reach_no_judged_score(
    tmp_path: Path, evaluator: LocalEvaluator, text: str
) -> None:
    bench = opened(
        tmp_path, evaluator, JUDGED.replace('initial_program.py"]', '[ijmns]*.py"]'), text
    )
    for name in ("json", "math", "inspect", "sitecustomize"):
        edit = bench.study.pristine.edited("", {f"{name}.py": SHADOW})
        found = bench.run(Candidate(patch=edit))
        assert (found.status, found.score) == ("ok", pytest.approx(0.8)), (name, found.detail)
    edit = bench.study.pristine.edited("", {"numpy.py": SHADOW})  # which the program itself needs
    assert bench.run(Candidate(patch=edit)).score != 99.0


def test_an_output_that_names_other_functions_is_no_result(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = opened(tmp_path, evaluator, JUDGED)
    trick = (
        PROGRAM
        + "\nimport sys\nsys.modules['toolkit_recorder'].FUNCTIONS.append('more')\nmore = list\n"
    )
    found = bench.run(edited(bench, trick))
    assert found.status == "crashed"
    assert "in place of the outputs of its functions" in found.detail


def test_a_result_with_metrics_and_a_number_alone_are_read(
    tmp_path: Path, scripts: LocalEvaluator
) -> None:
    study = STUDY.replace("[limits]", 'function = "evaluate_result"\nkey = "sum_radii"\n[limits]')
    assert opened(tmp_path / "a", scripts, study, RESULT).run(Candidate()).score == pytest.approx(
        0.8
    )
    number = "def evaluate(program_path):\n    return 3\n"
    assert opened(tmp_path / "b", scripts, STUDY, number).run(Candidate()).score == 3


@pytest.mark.parametrize("study", [STUDY, JUDGED])
@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("raise RuntimeError('no such thing')", "the evaluator raised RuntimeError: no such thing"),
        ("return {'other': 1}", "holds no combined_score"),
        ("return {'combined_score': float('nan')}", "combined_score is nan, and no finite number"),
        ("return 'good'", "gives 'good', and no numbers"),
        ("import os\n    os._exit(3)", "without an answer"),
    ],
)
def test_an_evaluator_that_gives_no_number_is_told(
    tmp_path: Path, scripts: LocalEvaluator, evaluator: LocalEvaluator,
    study: str, body: str, detail: str,
) -> None:  # fmt: skip
    place = scripts if study is STUDY else evaluator
    found = opened(tmp_path, place, study, f"def evaluate(path):\n    {body}\n").run(Candidate())
    assert found.status in ("crashed", "invalid")
    assert detail in found.detail or (study is STUDY and "exited with 3" in found.detail)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('editable = ["initial_program.py"]', 'editable = ["*.py"]', "evaluator.py judges the program"),
        ('"evaluator.py"', '"evaluater.py"', "did you mean 'evaluator.py'"),
        ('program = "initial_program.py"', 'program = "program.py"', "there is no file"),
        ('program = "initial_program.py"', "", "task.program: is missing"),
        ("[limits]", 'function = "evaluat"\n[limits]', "did you mean 'evaluate'"),
        ("[limits]", 'calls = ["run_paking"]\n[limits]', "did you mean 'run_packing'"),
        ('path = "."', 'path = "."\nentry = "initial_program:run_packing"', "leave [code] entry out"),
        ("[limits]", '[objective]\nevidence = "judged"\n[limits]', "passes through the program"),
    ],
)  # fmt: skip
def test_wrong_keys_are_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    files = {"evaluator.py": IMPORTING, "initial_program.py": PROGRAM}
    folder = kind_studies.write(tmp_path, evolved_programs.STUDY.replace(old, new), files)
    assert message in told(folder)


@pytest.mark.slow
@pytest.mark.parametrize("study", [STUDY, JUDGED])
def test_a_comparison_of_evaluators_runs_whole(
    tmp_path: Path, cli: Callable[..., subprocess.CompletedProcess[str]], study: str
) -> None:
    files = {"evaluator.py": IMPORTING, "initial_program.py": PROGRAM}
    more = "\n[parameters]\nx = { int = [1, 9], default = 1 }\n"
    kind_studies.write(tmp_path, study + more, files)
    done = cli("compare", ".", "--budget", "2", "--searchers", "random")
    assert done.returncode == 0, done.stderr
    assert ("an edit can forge it" in done.stdout) == (study == STUDY)
