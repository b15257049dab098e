from pathlib import Path

import pytest

from toolkit import study as study_files
from toolkit.errors import StudyError
from toolkit.space import Float


def test_toy_loads(toy_folder: Path) -> None:
    study = study_files.load(toy_folder / "study.toml")
    assert study.name == "toy"
    assert sorted(study.sources) == [
        "toy_pipeline/__init__.py", "toy_pipeline/curve.py", "toy_pipeline/main.py",
    ]  # fmt: skip
    assert study.space["x"] == Float(0.0, 1.0, 0.1)
    assert study.entry_files == {"toy_pipeline/main.py"}


def test_all_problems_at_once_each_with_its_key(toy_folder: Path) -> None:
    file = toy_folder / "study.toml"
    text = file.read_text()
    text = text.replace('search = ["a", "b", "c"]', 'search = ["a", "d"]\nserch = 1')
    text = text.replace("x = { float = [0, 1], default = 0.1 }", "x = { float = [0, 1] }")
    text = text.replace("steps = { int = [1, 8]", "steps = { int = [8, 1]")
    text = text.replace('shape = { choices = ["flat", "peaked"], default = "flat" }',
                        'shape = { choices = ["flat", "peaked"], default = "round" }')  # fmt: skip
    text = text.replace("cpu_s = 2", 'cpu_s = "two"')
    text = text.replace('entry = "toy_pipeline.main:run"', 'entry = "toy_pipeline.mian:run"')
    text = text.replace('class = "task.py:Toy"', 'class = "task.py:Toi"')
    file.write_text(text)
    with pytest.raises(StudyError) as caught:
        study_files.load(file)
    message = str(caught.value)
    for key in (
        "splits: d is in both", "splits.serch: is not a known key; did you mean 'search'?",
        "parameters.x.default: is missing", "parameters.steps.int", "parameters.shape.default",
        "limits.cpu_s: must be a number", "code.entry: toy_pipeline/mian.py", "task.class",
    ):  # fmt: skip
        assert key in message, message


def test_broken_toml_says_the_line(toy_folder: Path) -> None:
    (toy_folder / "study.toml").write_text('name = "toy\n')
    with pytest.raises(StudyError, match="line 1"):
        study_files.load(toy_folder)


def test_missing_tables_are_named(toy_folder: Path) -> None:
    (toy_folder / "study.toml").write_text('name = "toy"\n')
    with pytest.raises(StudyError) as caught:
        study_files.load(toy_folder)
    for table in ("code", "task", "splits"):
        assert f"{table}: is missing" in str(caught.value)


def test_digest_follows_code_and_limits_but_not_the_choice_of_searchers(toy_folder: Path) -> None:
    first = study_files.load(toy_folder).digest
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace("seeds = 1", "seeds = 3"))
    assert study_files.load(toy_folder).digest == first
    file.write_text(file.read_text().replace("cpu_s = 2", "cpu_s = 3"))
    changed = study_files.load(toy_folder).digest
    assert changed != first
    code = toy_folder / "toy_pipeline" / "curve.py"
    code.write_text(code.read_text() + "\n")
    assert study_files.load(toy_folder).digest != changed


def test_split_that_the_data_does_not_hold(toy_folder: Path) -> None:
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace('"f"]', '"z"]'))
    with pytest.raises(StudyError, match=r"names z, which the data does not hold"):
        study_files.load(file).task()


def test_task_that_cannot_be_imported_is_a_problem_of_the_study(toy_folder: Path) -> None:
    (toy_folder / "task.py").write_text("import no_such_module\n")
    with pytest.raises(StudyError, match="No module named 'no_such_module'"):
        study_files.load(toy_folder)


def test_roles_are_checked_against_the_tree(toy_folder: Path) -> None:
    file = toy_folder / "study.toml"
    plain = file.read_text()
    roles = (
        '\n[roles]\nformat = ["toy_pipeline/main.py:run"]\narchitecture = ["toy_pipeline/*.py"]\n'
    )
    file.write_text(plain + roles)
    study = study_files.load(file)
    assert study.roles.of("toy_pipeline/main.py", "run") == "format"
    assert study.roles.of("toy_pipeline/curve.py", "height") == "architecture"
    assert study.roles.of("elsewhere.py") is None
    file.write_text(plain)
    assert study_files.load(file).digest == study.digest  # no score depends on them
    wrong = (
        '\n[roles]\ndata = ["toy_pipeline/mian.py", "toy_pipeline/main.py:rum"]\n'
        'format = ["toy_pipeline/main.py"]\narchitecture = ["toy_pipeline/*.py"]\nfromat = []\n'
    )
    file.write_text(plain + wrong)
    with pytest.raises(StudyError) as caught:
        study_files.load(file)
    for problem in (
        "roles.fromat: is not a known key; did you mean 'format'",
        "roles.data: 'toy_pipeline/mian.py' matches no file",
        "roles.data: 'toy_pipeline/main.py:rum': toy_pipeline/main.py defines no function or class",
        "roles.architecture: toy_pipeline/main.py is both format and architecture",
    ):
        assert problem in str(caught.value)
