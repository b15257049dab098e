"""Blocks: only lines between two marks may be edited, by whoever and in whatever way."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from bound_studies import STUDY, write

from searchers.autoresearcher.greedy import Greedy
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.edits.weave import Weave
from toolkit.errors import PatchError, StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.patches import blocks, diff
from toolkit.patches.pristine import Pristine
from toolkit.records import Candidate
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.search.lab import Lab
from toolkit.study import study as study_files
from toolkit.study.study import Study

Cli = Callable[..., subprocess.CompletedProcess[str]]

MAIN = '''"""A curve."""

LIMIT = 1.0


# EVOLVE-BLOCK-START
def height():
    return 0.3


# EVOLVE-BLOCK-END
def run(context, inputs, parameters, services):
    found = min(LIMIT, height())
    # EVOLVE-BLOCK-START
    found = found * 1.0
    # EVOLVE-BLOCK-END
    return [found for _ in inputs]
'''
PATH = "program/main.py"
BLOCKED = STUDY.replace(
    'editable = ["program/main.py"]', 'editable = ["program/*.py"]\nblocks = "EVOLVE-BLOCK"'
)
LITERAL = 'base = { float = [0, 1], at = "program/main.py:height#0.3" }\n'


def load(folder: Path, main: str = MAIN, parameters: str = LITERAL, study: str = BLOCKED) -> Study:
    return study_files.load(write(folder, parameters, main=main, study=study))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return load(tmp_path / "study")


def refused(study: Study, old: str, new: str) -> str:
    """Why an edit of the file is refused, as a whole text and as a patch alike."""
    assert old in MAIN
    text = MAIN.replace(old, new)
    with pytest.raises(PatchError) as whole:
        study.pristine.edited("", {PATH: text})
    with pytest.raises(PatchError) as patched:
        study.pristine.patched(diff.make(study.sources, {PATH: text}))
    assert str(whole.value) == str(patched.value)
    return str(whole.value)


def test_lines_between_the_marks_may_be_edited_also_more_and_fewer_of_them(study: Study) -> None:
    for old, new in [
        ("return 0.3", "return 0.4"),
        (
            "def height():\n    return 0.3\n",
            "A = 1\n\n\ndef height():\n    # new\n    return A / 2\n",
        ),
        ("    found = found * 1.0\n", ""),
        ("return 0.3\n\n\n", "return 0.3\n"),
    ]:
        text = MAIN.replace(old, new)
        assert text != MAIN
        patch = study.pristine.edited("", {PATH: text})
        assert study.pristine.patched(patch) == {PATH: text}


def test_both_blocks_may_be_edited_by_one_patch(study: Study) -> None:
    text = MAIN.replace("0.3", "0.5").replace("* 1.0", "* 2.0")
    assert study.pristine.patched(study.pristine.edited("", {PATH: text})) == {PATH: text}


def test_a_line_outside_is_refused_with_file_line_and_blocks(study: Study) -> None:
    reason = refused(study, "LIMIT = 1.0", "LIMIT = 9.0")
    assert "'program/main.py': line 3 of the file ('LIMIT = 1.0')" in reason
    assert "only EVOLVE-BLOCK in lines 6-11 and 14-16 may be edited" in reason


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("LIMIT = 1.0\n", "", 3),
        ("LIMIT = 1.0\n", "LIMIT = 1.0\nLIMIT = 2.0\n", 4),
        ('"""A curve."""\n', 'import os\n"""A curve."""\n', 1),
        ("# EVOLVE-BLOCK-END\ndef", "def", 11),
        ("# EVOLVE-BLOCK-START\ndef", "# EVOLVE-BLOCK-START here\ndef", 6),
        ("    # EVOLVE-BLOCK-START\n", "\t# EVOLVE-BLOCK-START\n", 14),
        ("    return [found for _ in inputs]\n", "    return [found for _ in inputs]", 17),
        ("    return [found for _ in inputs]\n", "    return [1.0 for _ in inputs]\n", 17),
    ],
)
def test_every_line_outside_and_every_mark_stays(
    study: Study, old: str, new: str, line: int
) -> None:
    assert f"line {line} of the file" in refused(study, old, new)


def test_lines_behind_the_last_one_are_refused(study: Study) -> None:
    end = "    return [found for _ in inputs]\n"
    assert "no line may be added at the end of the file" in refused(study, end, f"{end}\nx = 1\n")


@pytest.mark.parametrize(
    "inner",
    [
        "# EVOLVE-BLOCK-END\nLIMIT = 9.0\n# EVOLVE-BLOCK-START\n",
        "# EVOLVE-BLOCK-START\n",
        "# EVOLVE-BLOCK-END\n",
        "x = 'EVOLVE-BLOCK-START EVOLVE-BLOCK-END'\n",
    ],
)
def test_no_block_is_closed_early_and_opened_again(study: Study, inner: str) -> None:
    assert "only EVOLVE-BLOCK in lines" in refused(study, "def height", f"{inner}def height")


def test_a_block_that_swallows_the_next_is_refused(study: Study) -> None:
    between = MAIN[MAIN.index("# EVOLVE-BLOCK-END\ndef") : MAIN.index("    found = found")]
    assert "line 11 of the file" in refused(study, between, "")


def test_files_without_marks_are_not_edited_deleted_or_made(study: Study) -> None:
    files = "files that may be edited: program/main.py (EVOLVE-BLOCK in lines 6-11 and 14-16)"
    for path, text in {"program/__init__.py": "x = 1\n", "program/new.py": MAIN}.items():
        with pytest.raises(PatchError, match="may not be created") as error:
            study.pristine.edited("", {path: text})
        assert files in str(error.value)
    assert set(study.sources) == {PATH}
    patch = "--- a/program/__init__.py\n+++ b/program/__init__.py\n@@ -0,0 +1 @@\n+x = 1\n"
    with pytest.raises(PatchError, match="may not be modified") as error:
        study.pristine.check(patch)
    assert files in str(error.value)


def test_a_file_with_blocks_is_not_deleted() -> None:
    text = "a\n# B-START\nb\n# B-END\n"
    pristine = Pristine({"m.py": text}, ("*.py",), frozenset(), "B")
    with pytest.raises(PatchError, match=r"'m\.py' may not be deleted: only B in lines 2-4"):
        pristine.edited("", {"m.py": None})


def test_lines_that_end_otherwise_are_other_lines() -> None:
    text = "a\r\n# B-START\r\nb\r\n# B-END\r\n"
    pristine = Pristine({"m.py": text}, ("*.py",), frozenset(), "B")
    new = text.replace("b\r\n", "c\n")
    assert pristine.patched(pristine.edited("", {"m.py": new})) == {"m.py": new}
    with pytest.raises(PatchError, match="line 1 of the file"):
        pristine.edited("", {"m.py": text.replace("\r\n", "\n")})


@pytest.mark.parametrize(
    ("marks", "problem"),
    [
        ("x\n# B-START\ny\n", "line 2 begins a block that no B-END ends"),
        ("x\n# B-END\n", "line 2 ends a block that no line before it begins"),
        (
            "# B-START\nx\n# B-START\ny\n# B-END\n",
            "line 3 begins a block inside the one that line 1 began",
        ),
        ("x\n# B-START to B-END\n", "line 2 holds both B-START and B-END"),
    ],
)
def test_marks_that_make_no_pair_are_told_with_their_lines(marks: str, problem: str) -> None:
    assert f"m.py: {problem}" in list(blocks.problems({"m.py": marks}, "B"))


def test_a_study_with_broken_marks_does_not_load(tmp_path: Path) -> None:
    broken = MAIN.replace("# EVOLVE-BLOCK-END\ndef", "def")
    with pytest.raises(StudyError) as error:
        load(tmp_path, broken)
    told = "code.blocks: program/main.py: line 13 begins a block inside the one that line 6 began"
    assert told in str(error.value)


def test_a_study_without_any_block_does_not_load(tmp_path: Path) -> None:
    plain = "\n".join(line for line in MAIN.splitlines() if "EVOLVE" not in line) + "\n"
    with pytest.raises(StudyError, match=r"code\.blocks: no file that may be edited") as error:
        load(tmp_path, plain)
    assert "write a line with EVOLVE-BLOCK-START before" in str(error.value)


def test_the_name_of_the_marks_is_a_word(tmp_path: Path) -> None:
    study = BLOCKED.replace('"EVOLVE-BLOCK"', '"# EVOLVE"')
    with pytest.raises(StudyError, match="is what its marks begin with"):
        load(tmp_path, study=study)


def test_marks_may_come_with_the_start_which_is_not_held_to_them(tmp_path: Path) -> None:
    study = BLOCKED.replace("blocks =", 'start = "start.patch"\nblocks =')
    plain = "\n".join(line for line in MAIN.splitlines() if "EVOLVE" not in line) + "\n"
    write(tmp_path, LITERAL, main=plain, study=study)
    (tmp_path / "start.patch").write_text(diff.make({PATH: plain}, {PATH: MAIN}))
    found = study_files.load(tmp_path)
    assert found.sources == {PATH: MAIN}
    assert "only EVOLVE-BLOCK" in refused(found, "LIMIT = 1.0", "LIMIT = 2.0")


def test_blocks_are_in_the_digest_only_where_they_are_set(tmp_path: Path) -> None:
    without = BLOCKED.replace('blocks = "EVOLVE-BLOCK"\n', "")
    digests = {load(tmp_path, study=text).digest for text in (BLOCKED, without)}
    assert len(digests) == 2
    assert load(tmp_path, study=without).pristine.blocks == ""


def test_a_literal_in_a_block_is_bound_and_so_is_a_constant_outside(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bound = LITERAL + 'LIMIT = { float = [0, 2], at = "program/main.py:LIMIT" }\n'
    bench = Bench(load(tmp_path, parameters=bound), evaluator)
    assert bench.run(Candidate()).score == pytest.approx(0.3)
    assert bench.run(Candidate({"base": 0.8})).score == pytest.approx(0.8)
    assert bench.run(Candidate({"base": 0.8, "LIMIT": 0.5})).score == pytest.approx(0.5)


def test_a_patch_that_goes_outside_is_an_invalid_trial(
    study: Study, evaluator: LocalEvaluator
) -> None:
    text = MAIN.replace("LIMIT = 1.0", "LIMIT = 9.0")
    found = Bench(study, evaluator).run(Candidate(patch=diff.make(study.sources, {PATH: text})))
    assert (found.status, found.score) == ("invalid", None)
    assert "'program/main.py': line 3 of the file" in found.detail


def test_every_subset_of_the_edits_of_a_champion_keeps_to_the_blocks(study: Study) -> None:
    weave, patch = (
        Weave(study.sources),
        study.pristine.edited("", {PATH: MAIN.replace("0.3", "0.5")}),
    )
    first = weave.step(study.pristine.patched(patch))
    second = weave.step({PATH: MAIN.replace("0.3", "0.5").replace("* 1.0", "* 2.0")})
    for chosen in ({b.number for b in first}, {b.number for b in second}):
        text = weave.tree(chosen)[PATH]
        assert study.pristine.edited("", {PATH: text}) != ""


def test_toolkit_run_refuses_a_patch_that_goes_outside(tmp_path: Path, cli: Cli) -> None:
    study = load(tmp_path / "study")
    text = MAIN.replace("LIMIT = 1.0", "LIMIT = 9.0")
    (tmp_path / "out.patch").write_text(diff.make(study.sources, {PATH: text}))
    done = cli("run", "study", "--patch", "out.patch")
    assert (done.returncode, "line 3 of the file" in done.stderr) == (2, True), done.stderr


class Asks:
    """Keeps the prompt, tries an edit outside the blocks, then one inside."""

    def run(self, lab: Lab) -> None:
        self.told = lab.blocks
        self.asked = Greedy(lab, sees="scores").prompt([])
        with pytest.raises(PatchError, match="line 3 of the file"):
            lab.edit(Candidate(), {PATH: MAIN.replace("LIMIT = 1.0", "LIMIT = 2.0")})
        lab.evaluate(lab.edit(Candidate(), {PATH: MAIN.replace("0.3", "0.6")}))


def searched(folder: Path, bench: Bench) -> tuple[State, Asks]:
    asks = Asks()
    with Ledger(folder, writer=True) as ledger:
        plan = Plan([CellSpec("asks", "asks", lambda: asks, {}, 0)], Budget(1), search_only=True)
        return Comparison(bench, ledger, plan).run(), asks


def test_a_searcher_is_told_of_the_blocks_and_held_to_them(
    study: Study, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    state, asks = searched(tmp_path / "run", Bench(study, evaluator))
    (cell,) = state.cells.values()
    assert [trial.score for trial in cell.trials.values()] == [pytest.approx(0.6)]
    assert asks.told == "EVOLVE-BLOCK"
    assert "only the lines between a line with EVOLVE-BLOCK-START and the next with" in asks.asked
    assert "A new file" not in asks.asked and "DELETE:" not in asks.asked
