"""The program of a study: which files it is, and what its entry must be."""

import re
import sys
from pathlib import Path

import pytest
from study_files import with_line

from toolkit.errors import StudyError
from toolkit.study import study as study_files


def test_the_folder_itself_is_a_program_without_the_task(toy_folder: Path) -> None:
    """Names begin in the folder, and what knows the answers is not handed over."""
    with_line(toy_folder, "path", 'path = "."')
    (toy_folder / "answers.json").write_text("[1]")
    (toy_folder / "helper.py").write_text("")
    study = study_files.load(toy_folder)
    assert study.tree == toy_folder
    assert sorted(study.files) == [
        "helper.py", "toy_pipeline/__init__.py", "toy_pipeline/curve.py", "toy_pipeline/main.py",
    ]  # fmt: skip


def test_a_program_beside_its_task(toy_folder: Path) -> None:
    for path in (toy_folder / "toy_pipeline").glob("*.py"):
        text = path.read_text().replace("toy_pipeline.curve", "curve")
        (toy_folder / path.name).write_text(text)
    (toy_folder / "toy_pipeline").rename(toy_folder.parent / "elsewhere")
    (toy_folder / "known.py").write_text("GOLD = 1\n")
    task = toy_folder / "task.py"
    task.write_text(task.read_text().replace("\nimport ", "\nimport known_beside_it\nimport ", 1))
    (toy_folder / "known_beside_it.py").write_text("GOLD = 1\n")
    sys.path.insert(0, str(toy_folder))
    try:
        with_line(toy_folder, "path", 'path = "./"')
        with_line(toy_folder, "entry", 'entry = "main:run"')
        study = study_files.load(with_line(toy_folder, "editable", 'editable = ["*.py"]'))
    finally:
        sys.path.remove(str(toy_folder))
    assert sorted(study.sources) == ["__init__.py", "curve.py", "known.py", "main.py"]
    assert study.entry_files == {"main.py"}


def test_a_study_inside_its_programs_folder_keeps_its_answers(toy_folder: Path) -> None:
    (toy_folder / "toy_pipeline" / "study").mkdir()
    for path in (toy_folder / "task.py", toy_folder / "study.toml"):
        path.rename(toy_folder / "toy_pipeline" / "study" / path.name)
    folder = toy_folder / "toy_pipeline" / "study"
    (folder / "gold.json").write_text("[1]")
    study = study_files.load(with_line(folder, "path", 'path = ".."'))
    assert sorted(study.files) == [
        "toy_pipeline/__init__.py", "toy_pipeline/curve.py", "toy_pipeline/main.py",
    ]  # fmt: skip


def test_a_link_counts_by_its_own_name(toy_folder: Path) -> None:
    expected = study_files.load(toy_folder).files
    (toy_folder / "toy_pipeline").rename(toy_folder.parent / "real")
    (toy_folder / "toy_pipeline").symlink_to(toy_folder.parent / "real")
    assert study_files.load(toy_folder).files == expected


def test_a_wrong_name_is_told_with_a_right_one(toy_folder: Path) -> None:
    with_line(toy_folder, "entry", 'entry = "main:run"')
    with pytest.raises(StudyError) as caught:
        study_files.load(with_line(toy_folder, "path", "path = 3"))
    assert str(caught.value).count("code.path: must be a text, got 3") == 1
    with pytest.raises(StudyError) as caught:
        study_files.load(with_line(toy_folder, "path", 'path = "toy_pipeline"'))
    assert "main.py is not below code.path (a name there reads 'toy_pipeline/" in str(caught.value)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("def walk():\n    pass\n", "toy_pipeline/main.py defines no 'run' (it defines walk)"),
        ("def runs():\n    pass\n", "did you mean 'runs'?"),
        ("", "it defines nothing"),
    ],
)
def test_an_entry_that_its_file_does_not_define_is_told_at_load(
    toy_folder: Path, program: str, told: str
) -> None:
    (toy_folder / "toy_pipeline" / "main.py").write_text(program)
    with pytest.raises(StudyError, match=r"code\.entry: .*" + re.escape(told)):
        study_files.load(toy_folder)


@pytest.mark.parametrize(
    "program",
    [
        "from toy_pipeline.curve import *\n",
        "from toy_pipeline.curve import height as run\n",
        "run = lambda *a: []\n",
        "if True:\n    def run(*a):\n        return []\n",
        "globals()['run'] = print\n",
        "def broken(:\n",
    ],
)
def test_an_entry_that_may_be_bound_in_another_way_is_not_refused(
    toy_folder: Path, program: str
) -> None:
    (toy_folder / "toy_pipeline" / "main.py").write_text(program)
    assert study_files.load(toy_folder).entry == "toy_pipeline.main:run"


@pytest.mark.parametrize("key", ["path", "start", "extends"])
def test_a_null_character_in_a_path_is_told(toy_folder: Path, key: str) -> None:
    file = toy_folder / "study.toml"
    text = file.read_text()
    line = f'{key} = "a\\u0000b"\n'
    if key == "path":
        text = text.replace('path = "toy_pipeline"\n', line)
    elif key == "start":
        text = text.replace("[code]\n", f"[code]\n{line}")
    else:
        text = line + text
    file.write_text(text)
    with pytest.raises(StudyError, match=key):
        study_files.load(toy_folder)
