"""Keys of a study file that stand in another table than theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
from bound_studies import write

from toolkit.errors import StudyError
from toolkit.study import keys
from toolkit.study import study as study_files


def problems(tmp_path: Path, *, before: str = "", **more: str) -> str:
    """What is wrong with a study that has these lines in its tables. before: above them all."""
    file = write(tmp_path / "study") / "study.toml"
    text = before + file.read_text()
    for table, line in more.items():
        head = f"[{table}]\n"
        text = text.replace(head, head + line) if head in text else f"{text}\n{head}{line}"
    file.write_text(text)
    with pytest.raises(StudyError) as caught:
        study_files.load(file)
    return str(caught.value)


@pytest.mark.parametrize("table", ["code", "limits", "objective", "splits", "task"])
def test_constraints_in_a_wrong_table_name_both_tables_where_they_may_stand(
    tmp_path: Path, table: str
) -> None:
    said = problems(tmp_path, **{table: 'constraints = ["DEPTH <= 8"]\n'})
    assert f"{table}.constraints: is not a known key; did you mean [objective] constraint" in said
    assert '[space] constraints, between parameters (["DEPTH * WIDTH <= 512"])?' in said


def test_constraints_among_the_parameters_are_told_as_well(tmp_path: Path) -> None:
    said = problems(tmp_path, parameters='constraints = ["DEPTH <= 8"]\n')
    assert "parameters.constraints: must be a table such as { int = [2, 16] }; did you" in said
    assert "[space] constraints" in said


@pytest.mark.parametrize(
    ("table", "line", "says"),
    [
        ("code", "wall_s = 3\n", "code.wall_s: is not a known key; did you mean [limits] wall_s?"),
        ("task", 'blocks = "A"\n', "task.blocks: is not a known key; did you mean [code] blocks?"),
        ("limits", 'brief = "x"\n', "limits.brief: is not a known key; did you mean brief above "
         "the first table?"),
        ("code", "final = 3\n", "code.final: is not a known key; did you mean [replicates] final?"),
    ],
)  # fmt: skip
def test_a_key_of_another_table_is_told_with_that_table(
    tmp_path: Path, table: str, line: str, says: str
) -> None:
    assert says in problems(tmp_path, **{table: line})


def test_a_key_above_all_tables_is_told_with_its_table(tmp_path: Path) -> None:
    said = problems(tmp_path, before="gpus = 1\n")
    assert "  gpus: is not a known key; did you mean [limits] gpus?" in said


def test_every_key_that_is_recommended_is_known_in_its_table(tmp_path: Path) -> None:
    for table, names in keys.TABLES.items():
        if table == "task":  # which of its keys are right depends on the kind
            continue
        for name in names:
            (tmp_path / table / name).mkdir(parents=True)
            line = f"{name} = 1e400\n"  # right nowhere
            more = {"before": line} if not table else {table: line}
            try:
                said = problems(tmp_path / table / name, **more)
            except pytest.fail.Exception:
                continue
            assert "is not a known key" not in said, (table, name)
