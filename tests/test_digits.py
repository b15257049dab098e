"""The study digits: its data, its scorer, what its programs may not read, and its headroom."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standing_studies import bundled, digest_of_items, level, of_split, running

from toolkit.bench.bench import Bench
from toolkit.errors import StudyError
from toolkit.patches import diff
from toolkit.records import Candidate
from toolkit.study import study as study_files
from toolkit.study.study import Study
from toolkit.study.task import Gold

GOOD = {
    "epochs": 60, "learning_rate": 0.1, "width": 128, "noise": 0.2, "schedule": "linear",
}  # fmt: skip
MAIN = "network/main.py"
BY_SCIKIT_LEARN = """
from sklearn.datasets import load_digits
KNOWN = {tuple(map(int, image)): int(digit) for image, digit in zip(*load_digits(return_X_y=True))}
"""
BY_HAND = """
import gzip, pathlib, sklearn
file = pathlib.Path(sklearn.__file__).parent / "datasets" / "data" / "digits.csv.gz"
KNOWN = {}
for line in gzip.open(file, "rt"):
    *image, digit = [int(float(one)) for one in line.split(",")]
    KNOWN[tuple(image)] = digit
"""
LOOKS_UP = """
def run(context, inputs, parameters, services):
    return [KNOWN[tuple(image)] for image in inputs]
"""


@pytest.fixture(scope="module")
def study() -> Study:
    return bundled("digits")


@pytest.fixture(scope="module")
def task(study: Study) -> Any:
    return study.task()


@pytest.fixture(scope="module")
def bench(study: Study) -> Iterator[Bench]:
    with running(study) as found:
        yield found


def test_both_splits_have_as_many_images_and_none_stands_in_two_places(
    study: Study, task: Any
) -> None:
    search, test = of_split(study, "search"), of_split(study, "test")
    assert len(search) == len(test) == 698
    context = task.contexts()["digits"]
    assert len(context["images"]) == len(context["labels"]) == 401
    images = [*context["images"], *(item.input for item in [*search, *test])]
    assert len(set(map(tuple, images))) == len(images) == 1797


def test_no_label_is_handed_to_a_program(task: Any) -> None:
    for item in task.items():
        assert len(item.input) == 64
        assert all(isinstance(pixel, int) and 0 <= pixel <= 16 for pixel in item.input)
    assert set(task.contexts()) == {"digits"}
    labels = Counter(gold.answer for gold in task.vault().gold.values())
    assert set(labels) == set(range(10))
    assert min(labels.values()) > 100


def test_the_images_come_in_one_order_whatever_is_installed(task: Any) -> None:
    assert digest_of_items(task) == "9b4131604d704a1f"


def test_the_right_digit_scores_one_and_any_other_nothing(task: Any) -> None:
    scorer = task.vault().scorer
    assert scorer
    assert (scorer(Gold(3), 3), scorer(Gold(3), 8), scorer(Gold(0), 0)) == (1.0, 0.0, 1.0)


@pytest.mark.parametrize("output", ["3", 3.0, True, None, 10, -1, [3]])
def test_an_output_is_a_digit_and_nothing_else(task: Any, output: object) -> None:
    told = task.check(output)
    assert told == f"an output is a digit, an integer from 0 to 9, not {output!r}"
    assert task.check(9) == ""


def test_the_defaults_are_reasonable_and_tuning_has_headroom(bench: Bench) -> None:
    for split in ("search", "test"):
        baseline = level(bench, {}, split)
        assert 0.91 < baseline < 0.95
        assert level(bench, GOOD, split) > baseline + 0.01


def edited(study: Study, program: str) -> Candidate:
    return Candidate({}, diff.make(study.sources, {**study.sources, MAIN: program}))


@pytest.mark.slow
@pytest.mark.parametrize("reads", [BY_SCIKIT_LEARN, BY_HAND], ids=["scikit-learn", "by hand"])
def test_a_program_cannot_read_the_labels_that_scikit_learn_brings(
    study: Study, bench: Bench, reads: str
) -> None:
    found = bench.run(edited(study, reads + LOOKS_UP))
    assert found.status == "crashed"
    assert "Permission denied" in found.detail
    assert "/sklearn/datasets/data/" in found.detail
    assert "may read all but the toolkit and what [task] hidden names" in found.detail


def test_the_same_program_would_score_full_marks_where_nothing_were_hidden(task: Any) -> None:
    """The pixels do tell an image, so that only the hiding keeps the labels."""
    scope: dict[str, Any] = {}
    exec(BY_HAND + LOOKS_UP, scope)
    items = task.items()
    told = scope["run"](None, [item.input for item in items], {}, {})
    gold = task.vault().gold
    assert told == [gold[item.id].answer for item in items]


def test_what_is_hidden_and_nowhere_is_an_error_that_says_what_to_name(toy_folder: Path) -> None:
    file = toy_folder / "study.toml"
    text = file.read_text()
    for name in ("sklearn/datasets/dada", "/etc/hostname", "../toy", "."):
        file.write_text(text.replace("[task]\n", f"[task]\nhidden = [{json.dumps(name)}]\n"))
        with pytest.raises(StudyError, match=r"task\.hidden: .*is neither in .* nor in an inst"):
            study_files.load(toy_folder)


def test_what_is_hidden_may_lie_beside_the_study_or_in_a_package(toy_folder: Path) -> None:
    file = toy_folder / "study.toml"
    kept = 'hidden = ["task.py", "sklearn/datasets/data"]'
    file.write_text(file.read_text().replace("[task]\n", f"[task]\n{kept}\n"))
    found = study_files.load(toy_folder).hidden
    assert (toy_folder / "task.py").resolve() in found
    assert any(path.parts[-3:] == ("sklearn", "datasets", "data") for path in found)


def test_what_is_hidden_is_looked_for_in_the_packages_of_the_programs_own_interpreter(
    toy_folder: Path,
) -> None:
    python = toy_folder / "venv" / "bin" / "python"
    packages = toy_folder / "venv" / "lib" / "python3.12" / "site-packages" / "labelled" / "data"
    for folder in (python.parent, packages):
        folder.mkdir(parents=True)
    python.touch()
    (toy_folder / "venv" / "pyvenv.cfg").touch()
    file = toy_folder / "study.toml"
    text = file.read_text().replace("[task]\n", '[task]\nhidden = ["labelled/data"]\n')
    file.write_text(text.replace("[code]\n", '[code]\npython = "venv/bin/python"\n'))
    assert study_files.load(toy_folder).hidden == (packages.resolve(),)
