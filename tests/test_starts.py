"""Studies that extend others and start from a patch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TOY
from starting_patches import git_apply, read_tree, write_tree

import toolkit
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.patches import diff, patch
from toolkit.report import files
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files
from toolkit.study.space import Choice, Flag, Float
from toolkit.study.study import Study

MAIN, CURVE = "toy_pipeline/main.py", "toy_pipeline/curve.py"

DELETION = diff.make({MAIN: (TOY / MAIN).read_text()}, {})


def extend(folder: Path, text: str = "", *, base: str = "study.toml", start: str = "") -> Path:
    """variant.toml, which extends the toy study, and the patch that it starts from."""
    if start:
        (folder / "start.patch").write_text(start)
        text += '\n[code]\nstart = "start.patch"\n'
    file = folder / "variant.toml"
    file.write_text(f'extends = "{base}"\nname = "variant"\n{text}')
    return file


def change(study: Study, path: str, old: str, new: str) -> str:
    """A patch of the study's pristine tree that replaces a text in one file."""
    assert old in study.sources[path]
    edited = {**study.sources, path: study.sources[path].replace(old, new)}
    return diff.make(study.sources, edited)


def test_a_study_extends_another_table_by_table(toy_folder: Path) -> None:
    base = study_files.load(toy_folder)
    text = """
        seed = 8
        [limits]
        cpu_s = 3
        [splits]
        search = ["a"]
        [parameters]
        x = { default = 0.5 }
        shape = { choices = ["flat", "peaked", "round"] }
        extra = { flag = true, default = true }
    """
    study = study_files.load(extend(toy_folder, text))
    assert (study.name, study.seed, base.seed) == ("variant", 8, 7)
    assert study.title == base.title and study.entry == base.entry and study.files == base.files
    assert (study.limits.cpu_s, study.limits.memory_mb) == (3, base.limits.memory_mb)
    assert study.splits == {"search": ("a",), "test": base.splits["test"]}  # a list is replaced
    assert study.space["x"] == Float(0.0, 1.0, 0.5)  # a parameter is a table, too
    assert study.space["shape"] == Choice(("flat", "peaked", "round"), "flat")
    assert study.space["extra"] == Flag(True)
    assert study.space["y"] == base.space["y"]
    assert list(study.space) == [*base.space, "extra"]


def test_paths_are_those_of_the_file_that_names_them(toy_folder: Path) -> None:
    inner = toy_folder / "inner"
    inner.mkdir()
    base = study_files.load(toy_folder)
    start = change(base, MAIN, "SCALE = 0.8", "SCALE = 0.9")
    middle = extend(inner, base="../study.toml", start=start)
    (toy_folder / "top.toml").write_text('extends = "inner/variant.toml"\nname = "top"\n')
    study = study_files.load(toy_folder / "top.toml")
    assert study.name == "top" and study.folder == base.folder
    assert study.files == study_files.load(middle).files
    assert "SCALE = 0.9" in study.sources[MAIN]


def test_a_problem_of_the_merged_study_is_told(toy_folder: Path) -> None:
    with pytest.raises(StudyError, match=r"parameters\.x\.default"):
        study_files.load(extend(toy_folder, "[parameters]\nx = { default = 2 }\n"))


def test_unknown_base(toy_folder: Path) -> None:
    with pytest.raises(
        StudyError, match=r"variant\.toml: extends: there is no study file at .*no-such"
    ):
        study_files.load(extend(toy_folder, base="no-such.toml"))


def test_a_study_may_extend_the_study_of_a_folder(toy_folder: Path) -> None:
    below = toy_folder / "below"
    below.mkdir()
    assert study_files.load(extend(below, base="..")).name == "variant"


def test_base_that_is_not_a_text(toy_folder: Path) -> None:
    (toy_folder / "variant.toml").write_text("extends = 3\n")
    with pytest.raises(StudyError, match="extends must be the path of a study file, got 3"):
        study_files.load(toy_folder / "variant.toml")


def test_a_study_may_extend_several_files_the_later_over_the_earlier(toy_folder: Path) -> None:
    (toy_folder / "few.toml").write_text(
        "[limits]\ncpu_s = 3\n\n[parameters]\nx = { default = 0.2 }\n"
    )
    file = toy_folder / "both.toml"
    file.write_text('extends = ["study.toml", "few.toml"]\nname = "both"\nlimits.memory_mb = 64\n')
    study, base = study_files.load(file), study_files.load(toy_folder)
    assert (study.name, study.limits.cpu_s, study.limits.memory_mb) == ("both", 3, 64)
    assert (base.space["x"], study.space["x"]) == (Float(0.0, 1.0, 0.1), Float(0.0, 1.0, 0.2))
    assert study.files == base.files
    file.write_text('extends = ["study.toml", 3]\nname = "both"\n')
    with pytest.raises(StudyError, match="the path of a study file, got 3; several are a list"):
        study_files.load(file)


def test_excluded_files_are_not_of_the_program_and_not_in_its_digest(toy_folder: Path) -> None:
    before = study_files.load(toy_folder)
    other = toy_folder / "toy_pipeline" / "other"
    other.mkdir()
    (other / "main.py").write_text("another = 'program'\n")
    assert study_files.load(toy_folder).digest != before.digest
    study = study_files.load(extend(toy_folder, '[code]\nexclude = ["toy_pipeline/other/*"]\n'))
    assert (study.files, study.digest) == (before.files, before.digest)
    with pytest.raises(
        StudyError, match=r"code\.exclude: 'toy/\*' matches no file below code\.path"
    ):
        study_files.load(extend(toy_folder, '[code]\nexclude = ["toy/*"]\n'))


def test_a_study_may_not_extend_itself(toy_folder: Path) -> None:
    with pytest.raises(StudyError, match=r"variant\.toml extends itself"):
        study_files.load(extend(toy_folder, base="variant.toml"))
    (toy_folder / "other.toml").write_text('extends = "variant.toml"\n')
    with pytest.raises(StudyError, match=r"variant\.toml extends itself, by way of .*other\.toml"):
        study_files.load(extend(toy_folder, base="other.toml"))


def test_the_pristine_tree_is_the_original_after_the_start(toy_folder: Path) -> None:
    base = study_files.load(toy_folder)
    start = change(base, MAIN, "SCALE = 0.8", "SCALE = 0.9")
    study = study_files.load(extend(toy_folder, start=start))
    assert study.original == base.files
    assert study.sources == patch.apply(base.sources, start) != base.sources
    assert study.files == {path: text.encode() for path, text in study.sources.items()}


def test_files_that_may_not_be_edited_stay(toy_folder: Path) -> None:
    base = study_files.load(toy_folder)
    start = change(base, MAIN, "SCALE = 0.8", "SCALE = 0.9")
    file = extend(toy_folder, start=start)
    file.write_text(file.read_text() + f'editable = ["{MAIN}"]\n')
    study = study_files.load(file)
    assert set(study.sources) == {MAIN}
    assert set(study.files) == set(base.files)
    assert study.files[CURVE] == base.files[CURVE]


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda text: text.replace("-SCALE = 0.8", "-SCALE = 0.7"), r"does not apply"),
        (lambda text: text.replace(MAIN, "task.py"), r"'task\.py' may not be modified"),
        (lambda text: text.replace(MAIN, "../main.py"), r"leaves the tree"),
        (lambda text: "nonsense", r"no section of a unified diff"),
        (lambda text: DELETION, r"may not be deleted, for the study needs it"),
    ],
    ids=["does not apply", "protected file", "outside the tree", "no patch", "entry deleted"],
)
def test_a_bad_start_is_a_problem_of_the_study(
    toy_folder: Path, make: Callable[[str], str], problem: str
) -> None:
    base = study_files.load(toy_folder)
    start = make(change(base, MAIN, "SCALE = 0.8", "SCALE = 0.9"))
    with pytest.raises(StudyError, match=rf"\n  code\.start: .*{problem}"):
        study_files.load(extend(toy_folder, start=start))


def test_a_start_that_is_missing_is_named(toy_folder: Path) -> None:
    file = extend(toy_folder, '[code]\nstart = "no-such.patch"\n')
    with pytest.raises(StudyError, match=r"code\.start: .*no-such\.patch cannot be read"):
        study_files.load(file)


def test_the_digest_tells_starts_apart_and_not_names(toy_folder: Path) -> None:
    base = study_files.load(toy_folder)
    digests = [base.digest]
    for scale in ("0.9", "1.0"):
        start = change(base, MAIN, "SCALE = 0.8", f"SCALE = {scale}")
        digests.append(study_files.load(extend(toy_folder, start=start)).digest)
    assert len(set(digests)) == 3
    assert study_files.load(extend(toy_folder)).digest == base.digest


def test_an_exported_patch_composes_start_and_candidate(
    toy_folder: Path, tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    base = study_files.load(toy_folder)
    start = change(base, CURVE, '"""Highest at', '"""The top is at')
    study = study_files.load(extend(toy_folder, start=start))
    edit = change(study, MAIN, "SCALE = 0.8", "SCALE = 1.0")
    assert CURVE not in edit

    class Edits:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate(patch=edit))

    plan = Plan([CellSpec("edits", "edits", Edits, {}, 0)], Budget(1, None), 1, 20)
    with Ledger(tmp_path / "run", writer=True) as ledger:
        state = Comparison(Bench(study, evaluator), ledger, plan).run()
    (cell,) = state.cells.values()
    data, file = files.write_champion(state, cell, tmp_path)
    assert json.loads(data.read_text()) == {"overrides": {}, "patch": edit}
    tree = write_tree(tmp_path / "tree", study.original)
    git_apply(tree, file)
    wanted = patch.apply(study.sources, edit)
    assert read_tree(tree) == wanted
    assert "The top" in wanted[CURVE] and "1.0" in wanted[MAIN]
