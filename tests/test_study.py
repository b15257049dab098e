"""Study files: every problem at once, each with its key."""

import random
from pathlib import Path

import pytest
from study_files import with_line

from toolkit.errors import StudyError
from toolkit.study import study as study_files
from toolkit.study.space import Float, Int


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


def test_a_folder_without_a_study_says_where_there_is_one_and_how_to_write_one(
    toy_folder: Path, tmp_path: Path
) -> None:
    inner = toy_folder / "toy_pipeline"
    told = f"^the folder {inner} holds no study.toml; there is {inner}/../study.toml: give that$"
    with pytest.raises(StudyError, match=told):
        study_files.load(inner)
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        StudyError, match=r"empty holds no study.toml; `toolkit init \S+empty` writes one"
    ):
        study_files.load(tmp_path / "empty")
    told = r"no study file at .*studdy.toml; did you mean 'study.toml' or .*\?; type .*toolkit init FOLDER"
    with pytest.raises(StudyError, match=told):
        study_files.load(toy_folder / "studdy.toml")


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


def test_a_call_is_no_cluster_that_the_data_holds(toy_folder: Path) -> None:
    file, task = toy_folder / "study.toml", toy_folder / "task.py"
    file.write_text(file.read_text().replace('"f"]', '"z"]'))
    task.write_text(
        task.read_text().replace("return {cluster: {", "return {'fold': 1} | {cluster: {")
    )
    with pytest.raises(StudyError, match=r"names z, .*\(it holds a, b, c, d, e, f\)"):
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


def test_a_byte_order_mark_and_any_line_ends_are_read(toy_folder: Path) -> None:
    file = toy_folder / "study.toml"
    expected = study_files.load(toy_folder).digest
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert study_files.load(toy_folder).digest == expected


def test_another_encoding_is_said_to_be_one(toy_folder: Path) -> None:
    file = toy_folder / "study.toml"
    file.write_bytes(file.read_text().encode("utf-16"))
    with pytest.raises(StudyError, match="no text in UTF-8; save it as UTF-8"):
        study_files.load(toy_folder)


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 100_000, "a = " + "[" * 500 + "]" * 500, "a = " + "{b=" * 100_000]
)
def test_a_file_nested_deep_is_a_message(toy_folder: Path, text: str) -> None:
    (toy_folder / "study.toml").write_text(text)
    with pytest.raises(StudyError, match="nested more than 100 deep"):
        study_files.load(toy_folder)


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("steps", "{ int = [1, 100000000000000000000], default = 2 }", "at most 64 bits"),
        ("steps", "{ int = [-9223372036854775808, 8], default = 2 }", "at most 64 bits"),
        ("steps", "{ int = [1.0, 8.0], default = 2 }", "two integers with low <= high"),
        ("steps", "{ int = [false, 8], default = 2 }", "two integers with low <= high"),
        ("x", "{ float = [false, true], default = 0.5 }", "two finite numbers with low <= high"),
        ("steps", "{ int = [0, 8], default = 2, log = true }", "the low end is above 0"),
        ("x", "{ float = [0, inf], default = 0.5 }", "two finite numbers with low <= high"),
        ("x", "{ float = [1, 0], default = 0.5 }", "two finite numbers with low <= high"),
        ("x", "{ float = [-1.7e308, 1.7e308], default = 0.5 }", "an end lies outside"),
        ("x", f"{{ float = [0, 1{'0' * 400}], default = 0.5 }}", "an end lies outside"),
        ("x", "{ float = [0, 5e-324], default = 0.0 }", "no precision left"),
        ("y", "{ float = [1e-320, 1], default = 0.05, log = true }", "no precision left"),
        ("y", "{ float = [1e-200, 1e200], default = 1, log = true }", "high / low is too large"),
        ("x", f"{{ float = [0, 1], default = 1{'0' * 400} }}", "x.default: must be a number"),
    ],
)  # fmt: skip
def test_a_range_that_no_searcher_can_draw_from(
    toy_folder: Path, name: str, line: str, message: str
) -> None:
    with pytest.raises(StudyError) as caught:
        study_files.load(with_line(toy_folder, name, f"{name} = {line}"))
    assert f"parameters.{name}." in str(caught.value)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 800


@pytest.mark.parametrize(
    "param",
    [
        Float(0.1, 0.1, 0.1, log=True), Float(0.1, 0.1, 0.1), Float(0.1, 0.3, 0.2, log=True),
        Float(-4e307, 4e307, 0.0), Float(1e-150, 1e150, 1.0, log=True),
        Float(1.0, 1.0000000000000002, 1.0), Int(-(2**63) + 1, 2**63 - 1, 0),
        Int(1, 2**63 - 1, 1, log=True), Int(3, 3, 3, log=True),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_drawn_lies_in_its_range(param: Float | Int) -> None:
    rng = random.Random(0)
    value = param.default
    for _ in range(500):
        param.check(param.sample(rng))
        value = param.nudge(value, rng.random() or 1.0, rng)
        param.check(value)


@pytest.mark.parametrize(
    "line", ["cpu_s = 1e18", "memory_mb = 1e300", "output_mb = 1e15", "scratch_mb = 1e15"]
)
def test_a_limit_that_no_system_can_count_in_is_told_at_load(toy_folder: Path, line: str) -> None:
    file = toy_folder / "study.toml"
    key = line.partition(" ")[0]
    kept = [one for one in file.read_text().splitlines() if not one.startswith(key)]
    file.write_text("\n".join(kept).replace("[limits]", f"[limits]\n{line}"))
    with pytest.raises(StudyError, match=rf"limits\.{key}: must be a number from"):
        study_files.load(toy_folder)


def test_a_parameter_that_says_nothing_is_told(toy_folder: Path) -> None:
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace("[parameters]", "[parameters]\nz = {}"))
    with pytest.raises(StudyError, match=r"parameters\.z.*needs exactly one of"):
        study_files.load(toy_folder)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("z = { flog = true, default = false }", "parameters.z: needs exactly one of int = "),
        ("z = { int = [1, 3] }", "parameters.z.default: is missing; it must be the value of the"),
    ],
)
def test_a_parameter_with_one_fault_is_one_problem(
    line: str, message: str, toy_folder: Path
) -> None:
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace("[parameters]", f"[parameters]\n{line}"))
    with pytest.raises(StudyError) as told:
        study_files.load(toy_folder)
    assert "has 1 problem(s)" in str(told.value)
    assert message in str(told.value)


@pytest.mark.parametrize("where", ["at its import", "in items()"])
def test_a_task_that_raises_what_is_no_exception_is_a_problem_of_the_study(
    toy_folder: Path, where: str
) -> None:
    file = toy_folder / "task.py"
    text = file.read_text() + "\n\nclass Odd(BaseException):\n    pass\n"
    if where == "at its import":
        text += "\n\nraise Odd('no')\n"
    else:
        text = text.replace("        return [\n", "        raise Odd('no')\n        return [\n", 1)
    file.write_text(text)
    with pytest.raises(StudyError, match="Odd: no"):
        study_files.load(toy_folder).task()


def test_a_member_of_a_users_task_that_is_called_notes_is_the_users_own(toy_folder: Path) -> None:
    file = toy_folder / "task.py"
    file.write_text(file.read_text() + "\n\nToy.notes = 3\n")
    assert study_files.load(toy_folder).notes == ()
