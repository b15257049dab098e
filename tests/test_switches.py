"""Parameters whose values are patches, from the study file to the exported champion."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starting_patches import git_apply, read_tree, write_tree
from switched import (
    MAIN,
    ONE,
    OTHER,
    PARAMETERS,
    PATCHES,
    PROGRAM,
    TWO,
    ZERO,
    patch,
    proposing,
    repaired,
    write,
)
from toy_edits import run

import toolkit
from searchers.ray_tune import values
from toolkit.bench.bench import Bench
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.plugins import installed
from toolkit.records import Candidate
from toolkit.report import files
from toolkit.service import replies
from toolkit.study import space, switches
from toolkit.study import study as study_files


@pytest.fixture
def bench(tmp_path: Path, evaluator: LocalEvaluator) -> Bench:
    return Bench(study_files.load(write(tmp_path / "study")), evaluator)


def test_a_switch_puts_its_patch_into_the_program_and_the_program_hears_nothing_of_it(
    bench: Bench,
) -> None:
    assert bench.run(Candidate()).score == 0
    assert bench.run(Candidate(ZERO)).score == pytest.approx(1 / 3)
    assert bench.run(Candidate({**ZERO, **ONE, **TWO})).score == 1


def test_a_switch_and_an_edit_of_the_candidate_are_put_together(bench: Bench) -> None:
    edit = patch(repaired("two", 2))
    found = bench.run(Candidate(ZERO, edit))
    assert found.score == pytest.approx(2 / 3)
    assert bench.sources(Candidate(ZERO, edit))[MAIN] == repaired(
        "two", 2, repaired("zero", "len('')")
    )


@pytest.mark.parametrize(
    ("candidate", "named"),
    [
        (Candidate({**ONE, **OTHER}), "switch form = 'forms/other.patch', hunk 1"),
        (Candidate(ONE, patch(repaired("one", 5))), "the candidate's own patch, hunk 1"),
    ],
)
def test_a_conflict_is_an_invalid_trial_that_is_charged_and_says_which_hunks(
    bench: Bench, tmp_path: Path, candidate: Candidate, named: str
) -> None:
    state = run(bench, tmp_path / "run", proposing(candidate), 1)
    (cell,) = state.cells.values()
    assert cell.trials[1].status == "invalid"
    assert named in cell.trials[1].detail
    assert "switch fix_one = 'faults/one.patch', hunk 1" in cell.trials[1].detail
    assert "lines 9-15 of adder/main.py" in cell.trials[1].detail
    assert cell.charged == state.study["full"]


def test_switches_are_put_into_the_tree_after_the_start(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    begun = {**PATCHES, "begin.patch": patch(repaired("two", 2))}
    folder = write(
        tmp_path / "study", begun, code='start = "begin.patch"',
        parameters=PARAMETERS.replace(', "forms/two.patch"', ""),
    )  # fmt: skip
    bench = Bench(study_files.load(folder), evaluator)
    assert bench.run(Candidate()).score == pytest.approx(1 / 3)
    assert bench.run(Candidate({**ZERO, **ONE})).score == 1


def load(folder: Path, parameters: str, **more: str) -> str:
    """Problems of a study with these parameters."""
    extra = {"elsewhere.patch": "", "stray.patch": STRAY, "late.patch": LATE}
    with pytest.raises(StudyError) as caught:
        study_files.load(write(folder, {**PATCHES, **extra}, parameters=parameters, **more))
    return str(caught.value)


STRAY = "--- a/task.py\n+++ b/task.py\n@@ -1,1 +1,1 @@\n-a\n+b\n"
LATE = patch(repaired("zero", 5).replace("return 5", "return 6"), repaired("zero", 5))


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ('{ patches = ["faults/zero.patch"] }', 'f.patches: needs "" (no patch)'),
        ('{ patches = [""] }', "at least one path of a patch"),
        ('{ patches = ["", "", "faults/zero.patch"] }', "f.patches: holds '' twice"),
        ('{ patches = ["", "gone.patch"] }', "f.patches: 'gone.patch' cannot be read"),
        ('{ patches = ["", "elsewhere.patch"] }', "f.patches: 'elsewhere.patch' is empty"),
        ('{ patches = ["", "stray.patch"] }', "f.patches: 'stray.patch' does not apply"),
        ('{ patches = "faults/zero.patch" }', "f.patches: must be a list of texts"),
        ('{ patches = ["", "faults/zero.patch"], default = "" }', 'f.default: is "" for patches'),
        ('{ patches = ["", "faults/zero.patch"], at = "adder/main.py:X" }', "f.at: is where"),
        ('{ patches = ["", "faults/zero.patch"], log = true }', "f.log: is not a known key"),
        ('{ patches = ["", "faults/zero.patch"], flag = true }', "needs exactly one of"),
    ],
)
def test_a_declaration_that_cannot_be_a_switch_is_told_with_its_key(
    tmp_path: Path, declared: str, told: str
) -> None:
    assert told in load(tmp_path / "study", f"f = {declared}")


def test_a_patch_that_does_not_apply_alone_on_the_start_is_an_error_of_the_study(
    tmp_path: Path,
) -> None:
    told = load(tmp_path / "study", 'f = { patches = ["", "late.patch"] }')
    assert "parameters.f.patches: 'late.patch' does not apply: patch: 'adder/main.py'" in told
    assert "line 5 of the file should be '    return 5', but there stands '    return -9'" in told


def test_paths_of_patches_count_from_the_file_that_names_them(tmp_path: Path) -> None:
    write(tmp_path / "study")
    wide = tmp_path / "elsewhere" / "wide.toml"
    wide.parent.mkdir()
    wide.write_text('extends = "../study/study.toml"\nname = "other"\n')
    known, other = (study_files.load(path) for path in (tmp_path / "study", wide))
    assert known.space == other.space
    assert known.digest != study_files.load(changed(tmp_path / "changed")).digest


def changed(folder: Path) -> Path:
    return write(folder, {**PATCHES, "forms/two.patch": patch(repaired("two", 3))})


def test_the_study_shows_which_switches_cannot_be_on_together(
    tmp_path: Path, cli: Callable[..., Any]
) -> None:
    study = study_files.load(write(tmp_path / "study"))
    (told,) = switches.pairs(study.space, study.sources)
    assert told == (
        "fix_one = 'faults/one.patch', hunk 1 (lines 9-15 of adder/main.py) and form = "
        "'forms/other.patch', hunk 1 (lines 9-15 of adder/main.py) change each other's lines"
    )
    done = cli("studies", "study/study.toml")
    assert f"two switches cannot be on together, a trial of both is invalid: {told}" in done.stderr
    assert 'form: a patch of "", "forms/two.patch", "forms/other.patch"; default ""' in done.stdout


@pytest.mark.parametrize("alias", ["random", "optuna"])
def test_a_tuner_turns_switches_on_and_is_answered_from_the_record_when_it_is_resumed(
    bench: Bench, tmp_path: Path, alias: str
) -> None:
    factory, events = installed().known("searcher")[alias].value, []
    for _ in range(2):
        (cell,) = run(bench, tmp_path / "run", factory, 8).cells.values()
        assert {"fix_zero", "fix_one"} <= {n for t in cell.trials.values() for n in on(t.candidate)}
        with Ledger(tmp_path / "run", writer=False) as ledger:
            events.append(sum(1 for _ in ledger.events()))
    assert events[0] == events[1]


def on(candidate: Candidate) -> list[str]:
    return [name for name, value in candidate.overrides.items() if name != "x" and value]


def test_an_exported_champion_holds_the_patches_that_are_on(bench: Bench, tmp_path: Path) -> None:
    best = Candidate({**ZERO, **ONE}, patch(repaired("two", 2)))
    state = run(bench, tmp_path / "run", proposing(best), 1)
    (cell,) = state.cells.values()
    data, text = files.write_champion(state, cell, tmp_path)
    assert json.loads(data.read_text())["overrides"] == {**ZERO, **ONE}
    tree = write_tree(tmp_path / "tree", {MAIN: PROGRAM})
    git_apply(tree, text)
    assert read_tree(tree) == bench.sources(best)


def test_prompts_show_a_switch_by_its_values_and_never_the_text_of_a_patch(bench: Bench) -> None:
    shown = repr(bench.study.space["fix_one"])
    assert shown == "Switch(values=('', 'faults/one.patch'), default='')"


def test_ray_tune_and_a_ledger_take_a_switch_for_a_choice(bench: Bench) -> None:
    declared = bench.study.space["form"]
    assert [values.decoded(declared, n) for n in range(3)] == [
        "", "forms/two.patch", "forms/other.patch",
    ]  # fmt: skip
    kept = space.from_json(json.loads(json.dumps(space.to_json(declared))))
    assert space.switched({"form": kept}, TWO) == space.switched(bench.study.space, TWO)


def test_the_judge_over_http_does_not_show_the_text_of_a_patch(
    bench: Bench, tmp_path: Path
) -> None:
    seen: list[dict[str, Any]] = []

    class Asking:
        def run(self, lab: toolkit.Lab) -> None:
            seen.append(replies.program(lab))

    run(bench, tmp_path / "run", Asking, 1)
    assert seen[0]["parameters"]["fix_one"] == {
        "kind": "Switch", "values": ("", "faults/one.patch"), "default": "", "value": "",
    }  # fmt: skip
