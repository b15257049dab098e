"""Clusters that a split names and the data does not hold."""

from pathlib import Path

import pytest
import sums

from toolkit.errors import StudyError
from toolkit.study import study as study_files


def test_a_pattern_that_matches_nothing_is_told_with_its_split(tmp_path: Path) -> None:
    study = study_files.load(
        sums.write(tmp_path / "study", splits='search = ["a", "b"]\ntest = ["e*", "c"]')
    )
    told = 'has 1 problem.*\n.*test: the pattern "e\\*" matches no cluster .it holds a, b, c, d.'
    with pytest.raises(StudyError, match=told):
        study.task()


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (
            '"norht"',
            "names norht (did you mean 'north'?), which the data does not hold (it holds c",
        ),
        (
            '"nroth*"',
            "search: the pattern \"nroth*\" matches no cluster; did you mean 'north'? (it",
        ),
    ],
)
def test_a_misspelt_cluster_is_told_with_the_one_that_is_meant(
    tmp_path: Path, named: str, told: str
) -> None:
    splits = f'search = ["west", {named}]\ntest = ["c", "d"]'
    task = sums.write(tmp_path / "study", splits=splits) / "task.py"
    task.write_text(task.read_text().replace('"a", "b"', '"north", "west"'))
    with pytest.raises(StudyError) as caught:
        study_files.load(task.parent).task()
    assert f"[splits] {told}" in str(caught.value)
