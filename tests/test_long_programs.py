"""Programs that take minutes: what they will take is told before most of it is spent."""

from __future__ import annotations

from pathlib import Path

import pytest
import sums

from toolkit.assessments.programs import Assessments
from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.journal import Journal
from toolkit.ledger.ledger import Ledger
from toolkit.places import Place
from toolkit.plugins import installed
from toolkit.scaffold import baseline
from toolkit.study import study as study_files


@pytest.mark.parametrize(("long_s", "told"), [(0.0, True), (60.0, False)])
def test_init_says_after_the_first_run_what_the_others_take(
    tmp_path: Path, long_s: float, told: bool
) -> None:
    study = study_files.load(sums.write(tmp_path / "mine"))
    said: list[str] = []
    place = Place("local", 1, None, False)
    baseline.run(study, place, installed(), runs=3, tell=said.append, long_s=long_s)
    first, second, last = (text for text in said if text.startswith("run "))
    assert first.startswith("run 1 of 3: ")
    assert ("; 2 more, about " in first and "--force --runs 1" in first) == told
    assert ("; 1 more, about " in second) == told
    assert "more" not in last


def described(folder: Path, evaluator: LocalEvaluator, long_s: float) -> list[str]:
    """Lines that are told while the unchanged program is scored, twice by the same run."""
    bench, said = Bench(study_files.load(sums.write(folder / "study")), evaluator), list[str]()
    with Ledger(folder / "run", writer=True) as ledger:
        journal = Journal(ledger)
        journal.write("study", bench.description())
        for _ in range(2):
            Assessments(bench, journal, 1, said.append).baseline(long_s)
    return said


def test_compare_says_what_the_unchanged_program_still_takes_before_the_search(
    evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    (line,) = described(tmp_path / "long", evaluator, 0.0)
    assert "it runs 1 more time before the search, about " in line
    assert described(tmp_path / "short", evaluator, 60.0) == []
