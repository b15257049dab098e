"""What a study tells a researcher: the scorer's rule, and where an output was lost."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asked_cells import Asked, cell
from conftest import ROOT

import studies.locomo.scoring as locomo
import studies.mem_gallery.scoring as mem_gallery
import toolkit
from studies.nanolm.task import ALPHABET, bits
from studies.packing.check import check
from toolkit.bench.bench import Bench
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.study import study as study_files

TRACE = "def trace(task, item, output):\n    return {'asked': f'{type(task).__name__} {item.id}'}\n"
TABLE = '[researcher]\nrule = "rule.md"\ntrace = "lost.py:trace"\n\n[task]'


def told(folder: Path, **files: str) -> Path:
    """A copy of the toy whose study has a table [researcher]; files beside it."""
    study = folder / "study.toml"
    study.write_text(study.read_text().replace("[task]", TABLE))
    for name, text in {"rule.md": "A rule.\r\nOf two lines.\n", "lost.py": TRACE, **files}.items():
        (folder / name).write_bytes(text.encode())
    return folder


def test_the_table_is_no_part_of_a_study_s_identity(toy_folder: Path, tmp_path: Path) -> None:
    before = study_files.load(toy_folder).digest
    other = tmp_path / "other" / "toy"
    shutil.copytree(toy_folder, other)
    # a file of Python beside the task is part of it, so that the function stands in another folder
    told(other)
    (other / "lost.py").rename(tmp_path / "other" / "lost.py")
    study = other / "study.toml"
    study.write_text(study.read_text().replace('"lost.py:', '"../lost.py:'))
    found = study_files.load(other)
    assert found.digest == before
    assert found.rule == "A rule.\nOf two lines."


def test_a_researcher_is_shown_the_rule_and_the_trace(
    toy_folder: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    def play(asked: Asked) -> None:
        lab = asked.lab
        assert lab.rule == "A rule.\nOf two lines."
        one, other = lab.cases(lab.baseline, ["b:1", "a:0", "nobody"])
        assert (one.item, one.notes) == ("b:1", {"asked": "Toy b:1"})
        assert other.gold == 1.0
        assert lab.failures(lab.baseline, limit=1)[0].notes.keys() == {"truth"}  # as before
        found = asked.survey()
        assert "A rule.\nOf two lines.\n\n# How an edit is judged" in found
        assert re.search(r"\n  asked: Toy [abc]:[0-3]\n", found)

    cell(Bench(study_files.load(told(toy_folder)), evaluator), tmp_path / "run", play)


def test_a_task_may_tell_both_itself(
    toy_folder: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    file = toy_folder / "task.py"
    own = (
        "\n    def rule(self) -> str:\n        return 'by the task'\n"
        "\n    def trace(self, item, output):\n        return {'own': 1 / 0}\n"
        "\n\ndef score("
    )
    file.write_text(file.read_text().replace("\n\ndef score(", own))

    def play(asked: Asked) -> None:
        assert asked.lab.rule == "by the task"
        (found,) = asked.lab.cases(asked.lab.baseline, ["a:0"])
        assert "the study's trace raised ZeroDivisionError on item a:0" in found.notes["error"]

    cell(Bench(study_files.load(toy_folder), evaluator), tmp_path / "run", play)


def test_marks_tell_what_is_right_without_an_answer_and_cases_are_on_record(
    bench: Bench, tmp_path: Path
) -> None:
    def play(asked: Asked) -> None:
        lab = asked.lab
        marks = lab.marks(lab.baseline)
        assert len(marks) == 12
        assert marks["a:0"] == toolkit.Mark("number", pytest.approx(0.302), True, True, False)
        assert marks["a:3"].counted is marks["a:3"].wrong is False
        assert lab.cases(lab.baseline, []) == []
        asked.now["looks"] = [lab.cases(lab.baseline, [item]) for item in ("a:0", "c:2")]

    asked = cell(bench, tmp_path / "run", play)
    record = asked.lab._scheduler.cell
    assert record.showings == 2
    assert set().union(*record.looks.values()) == {"a:0", "c:2"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"rule.md"', '"gone.md"', "researcher.rule: "),
        ('"lost.py:trace"', '"lost.py"', 'researcher.trace: must read "lost.py:trace"'),
        ('"lost.py:trace"', '"gone.py:trace"', 'researcher.trace: must read "lost.py:trace"'),
        ('"lost.py:trace"', '"lost.py:gone"', "has no function 'gone'"),
        ('trace =', 'tarce =', "researcher.tarce: is not a known key"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_told_with_what_to_write(
    toy_folder: Path, old: str, new: str, says: str
) -> None:
    study = told(toy_folder) / "study.toml"
    study.write_text(study.read_text().replace(old, new))
    with pytest.raises(StudyError) as caught:
        study_files.load(toy_folder)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def trace(item, output): return {}", "trace cannot be called: too many positional"),
        ("1 / 0", "cannot be imported: ZeroDivisionError"),
    ],
)
def test_a_wrong_function_is_told_with_what_to_write(
    toy_folder: Path, code: str, says: str
) -> None:
    with pytest.raises(StudyError) as caught:
        study_files.load(told(toy_folder, **{"lost.py": code}))
    assert says in str(caught.value)


def test_a_rule_that_is_no_text_is_told_when_the_study_is_opened(toy_folder: Path) -> None:
    file = toy_folder / "task.py"
    own = "\n    def rule(self):\n        return 7\n\n\ndef score("
    file.write_text(file.read_text().replace("\n\ndef score(", own))
    with pytest.raises(StudyError, match=r"rule\(\) gives 7; write `def rule\(self\)`"):
        study_files.load(toy_folder).task()


def rows(study: str) -> Iterator[list[str]]:
    """Cells of the worked examples of a study's rule."""
    lines = (ROOT / "studies" / "rules" / f"{study}.txt").read_text().splitlines()
    table = [line for line in lines if line.startswith("| ")]
    for line in table[2:]:
        yield [cell.strip() for cell in line.strip("| ").split(" | ")]


@pytest.mark.parametrize(
    ("study", "score", "least"),
    [("locomo", locomo.score, 9), ("mem_gallery", mem_gallery.score, 9)],
)
def test_worked_examples_of_answers_are_what_the_scorer_gives(
    study: str, score: Callable[[toolkit.Gold, str], float], least: int
) -> None:
    found = list(rows(study))
    assert len(found) >= least
    for kind, right, answer, said in found:
        assert f"{score(toolkit.Gold(right, kind), answer):.2f}" == said, (kind, right, answer)


def test_worked_examples_of_bits_are_what_the_scorer_gives() -> None:
    assert "38 weights" in (ROOT / "studies/rules/nanolm.txt").read_text()
    assert len(ALPHABET) == 38
    for share, said in rows("nanolm"):
        weights = [float(share), *[(1 - float(share)) / 37] * 37]
        assert f"{bits(toolkit.Gold('a'), weights) + 0.0:.2f}" == said


def test_worked_examples_of_packings_are_what_the_check_gives() -> None:
    def packing(radius: float) -> list[list[float]]:
        at = (0.1, 0.3, 0.5, 0.7, 0.9)
        return [[x, y, radius] for x in at for y in at] + [[0.2, 0.2, 0.0]]

    told = [said for _, said in rows("packing")]
    assert f"{check(packing(0.0999)):.4f}" == told[0]
    with pytest.raises(ValueError, match="leaves the square"):
        check(packing(0.1001))
    assert told[1] == "refused: a circle leaves the square"
    assert study_files.load(ROOT / "studies/packing").kind.reference == float(told[2])  # type: ignore[union-attr]


@pytest.mark.parametrize("study", ["daybook", "locomo", "mem_gallery"])
def test_studies_of_memories_name_both(study: str) -> None:
    found: Any = study_files.load(ROOT / "studies" / study)
    assert "F1 is then 2 x" in found.rule
    assert found.trace.__module__ == "studies.lost"
