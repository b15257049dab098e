"""`[planted]` of a study file: which faults there are, and which of them its start has repaired."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT
from planted_toys import MAIN, plant, repair

from toolkit.cli.main import cli
from toolkit.errors import PatchError, StudyError
from toolkit.patches import diff, patch
from toolkit.plugins import installed
from toolkit.study import planted
from toolkit.study import study as study_files

FAULTS = ROOT / "studies" / "faults"


def over(folder: Path, more: str, name: str = "over") -> Path:
    """A study over the toy that starts with its loudness repaired."""
    main = (folder / MAIN).read_text()
    start = diff.make({MAIN: main}, {MAIN: main.replace("SCALE = 0.8", "SCALE = 1.0")})
    (folder / f"{name}.patch").write_text(start)
    file = folder / f"{name}.toml"
    file.write_text(
        f'extends = "study.toml"\nname = "{name}"\n[code]\nstart = "{name}.patch"\n{more}'
    )
    return file


def test_a_start_that_repairs_a_fault_has_it_no_longer_planted(toy_folder: Path) -> None:
    repair(toy_folder, "scale", "SCALE = 0.8", "SCALE = 1.0")
    repair(toy_folder, "offset", 'context["offset"]', "0")
    plant(toy_folder, scale="too low", offset="a step down")
    whole = study_files.load(toy_folder)
    assert [(one.name, one.what, one.left) for one in whole.planted] == [
        ("scale", "too low", True), ("offset", "a step down", True),
    ]  # fmt: skip
    cleaner = study_files.load(over(toy_folder, ""))
    assert [(one.name, one.left) for one in cleaner.planted] == [("scale", False), ("offset", True)]


def test_words_are_not_in_the_digest_of_a_study(toy_folder: Path) -> None:
    before = study_files.load(toy_folder).digest
    repair(toy_folder, "scale", "SCALE = 0.8", "SCALE = 1.0")
    plant(toy_folder, scale="too low")
    assert study_files.load(toy_folder).digest == before


def test_a_patch_that_neither_applies_nor_is_there_is_refused_with_what_to_write(
    toy_folder: Path,
) -> None:
    repair(toy_folder, "scale", "SCALE = 0.8", "SCALE = 0.9")
    plant(toy_folder, scale="too low")
    with pytest.raises(StudyError) as refused:
        study_files.load(over(toy_folder, ""))
    assert 'planted."faults/scale.patch": patch: ' in str(refused.value)
    assert 'write "" in place of the words' in str(refused.value)


def test_empty_words_take_a_fault_back(toy_folder: Path) -> None:
    repair(toy_folder, "scale", "SCALE = 0.8", "SCALE = 0.9")
    plant(toy_folder, scale="too low")
    found = study_files.load(over(toy_folder, '[planted]\n"faults/scale.patch" = ""\n'))
    assert found.planted == ()


def test_a_study_elsewhere_takes_a_fault_back_by_its_own_path(toy_folder: Path) -> None:
    repair(toy_folder, "scale", "SCALE = 0.8", "SCALE = 0.9")
    plant(toy_folder, scale="too low")
    below = toy_folder / "below"
    below.mkdir()
    (below / "study.toml").write_text(
        'extends = "../study.toml"\nname = "below"\n[planted]\n"../faults/scale.patch" = ""\n'
    )
    assert study_files.load(below).planted == ()


def test_two_repairs_of_one_line_are_refused(toy_folder: Path) -> None:
    repair(toy_folder, "a-scale", "SCALE = 0.8", "SCALE = 0.9")
    repair(toy_folder, "b-scale", "SCALE = 0.8", "SCALE = 1.0")
    plant(toy_folder, a_scale="low", b_scale="very low")
    with pytest.raises(StudyError, match=r"does not apply.*\(after a-scale\)"):
        study_files.load(toy_folder)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('"faults/scales.patch" = "low"', "cannot be read.*did you mean 'scale.patch'"),
        ('"faults/scale.patch" = 3', "must be words for the fault, got 3"),
        ('"study.toml" = "low"', "holds no section of a unified diff"),
    ],
)
def test_what_is_wrong_in_the_table_is_told_at_load(line: str, told: str, toy_folder: Path) -> None:
    repair(toy_folder, "scale", "SCALE = 0.8", "SCALE = 1.0")
    file = toy_folder / "study.toml"
    file.write_text(f"{file.read_text()}\n[planted]\n{line}\n")
    with pytest.raises(StudyError, match=rf'planted\."[^"]*": .*{told}'):
        study_files.load(toy_folder)


def test_a_repair_outside_of_what_may_be_edited_is_refused(toy_folder: Path) -> None:
    repair(toy_folder, "task", "TRUTH = 1.0", "TRUTH = 2.0", "task.py")
    plant(toy_folder, task="another truth")
    with pytest.raises(StudyError, match=r"'task\.py' may not be modified"):
        study_files.load(toy_folder)


@pytest.mark.parametrize(
    ("name", "left", "repaired"),
    [
        ("daybook", 5, 0), ("daybook-clean", 0, 5), ("locomo-clean", 0, 5), ("locomo-generous", 0, 4),
        ("mem-gallery", 5, 0), ("mem-gallery-generous", 0, 4),
    ],
)  # fmt: skip
def test_the_bundled_studies_say_what_is_planted(name: str, left: int, repaired: int) -> None:
    found = study_files.load(installed().find("study", name).value).planted
    assert [one.left for one in found].count(True) == left
    assert [one.left for one in found].count(False) == repaired


def test_studies_prints_the_faults(toy_folder: Path) -> None:
    repair(toy_folder, "scale", "SCALE = 0.8", "SCALE = 1.0")
    plant(toy_folder, scale="answers are too low")
    told = CliRunner().invoke(cli, ["studies", str(toy_folder)]).output
    assert "planted:\n  scale: answers are too low\n" in told
    told = CliRunner().invoke(cli, ["studies", str(over(toy_folder, ""))]).output
    assert "  scale: answers are too low (repaired by the start)\n" in told


@pytest.mark.parametrize("file", sorted(FAULTS.glob("*.patch")), ids=lambda path: path.stem)
def test_a_patch_that_is_in_a_tree_is_taken_out_again(file: Path) -> None:
    sources = study_files.load(installed().find("study", "daybook").value).sources
    text = file.read_text()
    assert patch.undo(patch.apply(sources, text), text) == sources
    with pytest.raises(PatchError):
        patch.undo(sources, text)


def test_files_that_a_patch_made_or_took_away_are_put_back() -> None:
    old = {"a.py": "1\n2\n3\n", "gone.py": "x\n"}
    new = {"a.py": "0\n1\n3\n4\n", "new.py": "y\n"}
    text = diff.make(old, new)
    assert patch.undo(new, text) == old


def test_less_context_lets_a_patch_into_a_tree_that_was_edited_beside_it() -> None:
    old = {"f": "a\nb\nc\nd\n"}
    text = diff.make(old, {"f": "a\nB\nc\nd\n"})
    edited = {"f": "new\na, too\nb\nc\nd\n"}
    with pytest.raises(PatchError):
        patch.apply(edited, text, context=1)
    whole = {"f": "new\na, too\nB\nc\nd\n"}
    assert patch.apply(edited, text, context=0) == whole
    assert patch.undo(whole, text, context=0) == edited
    with pytest.raises(PatchError):  # two such lines: it could be either
        patch.apply(
            {"f": "b\nx\nb\ny\nz\n"},
            diff.make({"f": "1\n2\n3\nb\n"}, {"f": "1\n2\n3\nB\n"}),
            context=0,
        )


def test_of_two_places_that_are_alike_the_one_that_was_changed_is_put_back() -> None:
    rows = [f"{n}\n" for n in range(20)]
    same = ["a\n", "b\n", "c\n", "d\n", "e\n", "f\n", "g\n"]
    changed = ["a\n", "b\n", "c\n", "D\n", "e\n", "f\n", "g\n"]
    old = {"f": "".join(["first\n", *rows, *same, *rows, *changed])}
    new = {"f": "".join(["1st\n", "more\n", *rows, *changed, *rows, *changed])}
    text = diff.make(old, new)
    assert patch.undo(new, text) == old


def test_a_repair_that_is_in_a_tree_does_not_go_into_another_line_that_reads_like_the_fault() -> (
    None
):
    program = "def one():\n    return -9\n\n\ndef two():\n    return -9\n"
    mended = program.replace("-9", "1", 1)
    fault = planted.Planted("one.patch", "wrong", diff.make({"m.py": program}, {"m.py": mended}))
    tree, taken = planted.repaired({"m.py": mended}, [fault])
    assert (tree, taken) == ({"m.py": mended}, [])
    assert planted.holds({"m.py": mended}, fault)
    assert planted.repaired({"m.py": program}, [fault]) == ({"m.py": mended}, [fault])
