"""The questions of `toolkit init`, at a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path
from shutil import copytree

import pytest
from conftest import environment
from programs_elsewhere_at import ELSEWHERE, NAMES

from toolkit.errors import UserError
from toolkit.scaffold import options, proposal, questions, survey
from toolkit.scaffold.answers import Answers


def asked(name: str, given: Answers = Answers()) -> list[questions.Question]:  # noqa: B008
    found = survey.read(ELSEWHERE / name)
    study = proposal.made(found, options.chosen(found, given), given)
    return list(questions.of(found, study, given))


@pytest.mark.parametrize("name", NAMES)
def test_at_most_five_things_are_asked_each_with_its_option(name: str) -> None:
    found = asked(name)
    assert 0 < len(found) <= 5
    assert len({one.flag for one in found}) == len(found)


def test_what_was_answered_is_not_asked() -> None:
    given = Answers(objective=("val_bpb", "minimize"), kind="printed", editable=("train.py",))
    assert [one.flag for one in asked("charlm", given)] == ["--range"]


def test_an_answer_replaces_its_proposal() -> None:
    given = questions.answered(Answers(), "--objective", "val_bpb min")
    given = questions.answered(given, "--range", "HIDDEN=8,16 MOMENTUM=0.8:0.95")
    assert given.objective == ("val_bpb", "minimize")
    assert given.ranges == {"HIDDEN": {"choices": [8, 16]}, "MOMENTUM": {"float": [0.8, 0.95]}}
    with pytest.raises(UserError, match="none of the kinds"):
        questions.answered(given, "--kind", "guess")


def test_two_numbers_that_may_count_are_asked_about(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text('print("accuracy:", a)\nprint("f1:", b)\n')
    found = survey.read(tmp_path)
    assert questions.ambiguous(found, Answers()) == ["accuracy", "f1"]
    assert questions.ambiguous(found, Answers(objective=("f1", "maximize"))) == []


def test_an_empty_answer_takes_the_proposal(tmp_path: Path) -> None:
    copytree(ELSEWHERE / "strip", tmp_path / "strip")
    ours, theirs = pty.openpty()
    os.write(ours, b"\n\n\nkey_1=0.1:0.9\n")
    done = subprocess.run(
        [sys.executable, "-m", "toolkit.cli", "init", "strip", "--runs", "0"],
        cwd=tmp_path, env=environment(), stdin=theirs, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stderr
    assert "What counts, and in which direction? [height minimize]" in done.stderr
    found = tomllib.loads((tmp_path / "strip" / "study.toml").read_text())
    assert found["parameters"]["key_1"]["float"] == [0.1, 0.9]
    assert found["objective"] == {"name": "height", "direction": "minimize"}
