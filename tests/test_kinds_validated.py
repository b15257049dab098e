"""Kind "validated": the check refuses, scores, fails, and never sees edited code."""

from __future__ import annotations

import json
from pathlib import Path

import kind_studies
import pytest
from kind_studies import CIRCLES, PACK, VALIDATED, told

from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.records import Candidate, Scored
from toolkit.study import study as study_files


def run(
    folder: Path, evaluator: LocalEvaluator, check: str = CIRCLES, radius: float = 0.1
) -> Scored:
    kind_studies.circles(folder, **{"check.py": check})
    return Bench(study_files.load(folder), evaluator).run(Candidate({"radius": radius}))


def test_an_output_that_is_refused_is_invalid_and_says_why(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    good = run(tmp_path, evaluator, radius=0.25)
    assert (good.status, good.score) == ("ok", 1.0)
    leaves = run(tmp_path, evaluator, radius=0.3)
    assert leaves.status == "invalid"
    assert leaves.detail == "the check refuses it: the circle at (0.25, 0.25) leaves the square"
    raised = run(tmp_path, evaluator, CIRCLES.replace("COUNT = 4", "COUNT = 5"))
    assert raised.status == "invalid"
    assert raised.detail == "the check refuses it: 4 circles, and 5 are wanted (check.py, line 9)"


@pytest.mark.parametrize(
    ("check", "detail"),
    [
        ("def check(output):\n    return None\n", "check gives None; write `check(output)` that"),
        ("def check(output):\n    return True\n", "check gives True; write"),
        ("def check(output):\n    return float('nan')\n", "check gives nan; write"),
        ("import os\ndef check(output):\n    os._exit(0)\n", "ended its process without an answer"),
        ("def check(output):\n    while True: pass\n", "check.py took more than 0.3 s"),
        ("def check(output):\n    return 1 / 0\n", "the check refuses it: ZeroDivisionError"),
    ],
)
def test_a_check_that_gives_no_number_fails_the_trial(
    tmp_path: Path, evaluator: LocalEvaluator, check: str, detail: str
) -> None:
    study = VALIDATED.replace("reference", "seconds = 0.3\nreference") if "while" in check else None
    kind_studies.circles(tmp_path, study or VALIDATED, **{"check.py": check})
    found = Bench(study_files.load(tmp_path), evaluator).run(Candidate())
    assert found.status in ("crashed", "invalid")
    assert detail in found.detail


def test_an_edit_of_the_file_that_holds_the_check_changes_no_check(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    study = VALIDATED.replace("check.py:check", "program/pack.py:check")
    kind_studies.circles(tmp_path, study, **{"program/pack.py": PACK + CIRCLES})
    bench = Bench(study_files.load(tmp_path), evaluator)
    assert "program/pack.py" in bench.study.sources
    forged = PACK + CIRCLES.replace("return sum(r for _, _, r in circles)", "return 99.0")
    found = bench.run(Candidate(patch=bench.study.pristine.edited("", {"program/pack.py": forged})))
    assert found.score == pytest.approx(0.4)


def test_a_check_gets_no_key_of_the_environment(
    tmp_path: Path, evaluator: LocalEvaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    check = "import os\ndef check(output):\n    return float('OPENAI_API_KEY' in os.environ)\n"
    assert run(tmp_path, evaluator, check).score == 0


def test_many_inputs_are_an_item_each_and_the_check_gets_both(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    study = VALIDATED.replace("reference = 1.0", 'inputs = "sizes.json"\n\n[splits]\ntest = 0.5')
    check = "def check(size, output):\n    return size * len(output)\n"
    files = {"check.py": check, "sizes.json": json.dumps([1, 2, 3, 4])}
    kind_studies.circles(tmp_path, study, **files)
    bench = Bench(study_files.load(tmp_path), evaluator)
    scores = [bench.run(Candidate(), split).items.values() for split in bench.splits]
    assert sorted(value for some in scores for value in some) == [4, 8, 12, 16]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("check.py:check", "chek.py:check", "did you mean 'check.py'"),
        ("check.py:check", "check.py:chek", "defines no 'chek'; did you mean 'check'"),
        ("check.py:check", "check.py", 'must read "check.py:check", got "check.py"'),
        ('check = "check.py:check"', "", "task.check: is missing"),
        ("reference = 1.0", 'reference = "best"', "task.reference: must be a number"),
        ("reference = 1.0", 'inputs = "none.json"', "there is no file"),
    ],
)
def test_wrong_keys_are_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in told(kind_studies.circles(tmp_path, VALIDATED.replace(old, new)))


@pytest.mark.parametrize(
    ("text", "message"),
    [("[1, 2", "line 1: it is no JSON"), ("[]", "a list of at least one value")],
)
def test_inputs_that_are_no_list_are_told(tmp_path: Path, text: str, message: str) -> None:
    study = VALIDATED.replace("reference = 1.0", 'inputs = "sizes.json"')
    assert message in told(kind_studies.circles(tmp_path, study, **{"sizes.json": text}))
