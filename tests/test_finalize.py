"""A champion as commits and patches: what is worth it first, in an order that needs allow."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import switched
from git_trees import git, read
from git_trees import write as write_tree
from noted_edits import noted
from toy_edits import CURVE, MAIN, give_roles, toolkit_study
from toy_edits import run as run_steps

import toolkit
from toolkit.bench.bench import Bench
from toolkit.edits.anatomy import pristine
from toolkit.finalize import branches, patches
from toolkit.finalize.message import Words
from toolkit.finalize.series import Series, series
from toolkit.ledger.state import State
from toolkit.patches import patch
from toolkit.records import Candidate
from toolkit.report.wording import wording
from toolkit.study import study as study_files

Compare = Callable[..., State]
ONLY_HERE = (
    MAIN, "    return [",
    '    value += 0.1 if context["offset"] < 0.025 else -0.1\n    return [',
)  # fmt: skip


def words(state: State, run: str = "run") -> Words:
    (cell,) = state.cells.values()
    return Words(run, series(state, cell), wording(state, [cell]))


def order(found: Series) -> list[tuple[str, str]]:
    return [(step.stage, piece.part.name) for step in found.steps for piece in step.pieces]


def champions_tree(state: State) -> dict[str, str]:
    (cell,) = state.cells.values()
    return patch.apply(pristine(state), state.champion(cell).candidate.patch)


def repository(folder: Path, tree: Any, inside: str = "") -> Path:
    folder.mkdir()
    write_tree(folder / inside if inside else folder, tree)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    done = git(folder, "-c", "user.name=a", "-c", "user.email=b", "commit", "-qm", "as it began")
    assert done.returncode == 0, done.stderr
    return folder


def out(folder: Path, *arguments: str) -> str:
    done = git(folder, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def blobs(folder: Path, branch: str) -> Iterator[tuple[str, str]]:
    for path in out(folder, "ls-tree", "-r", "--name-only", branch).split():
        yield path, out(folder, "show", f"{branch}:{path}")


def test_patches_in_their_order_are_the_champions_tree(compare: Compare, tmp_path: Path) -> None:
    state = compare({"notes": noted(shape="peaked")}, budget=8)
    found = words(state)
    assert order(found.series) == [
        ("decided", "edit 1"), ("decided", "edit 2"), ("decided", "edit 4"), ("decided", "shape"),
        ("undecided", "edit 3"),
    ]  # fmt: skip
    written = patches.write(found, tmp_path / "out", {})
    names = [path.relative_to(tmp_path / "out").as_posix() for path in written]
    assert names == [
        "1-decided/0001-edit-1.patch", "1-decided/0002-edit-2.patch", "1-decided/0003-edit-4.patch",
        "2-undecided/0004-edit-3.patch", "README.md",
    ]  # fmt: skip
    code = repository(tmp_path / "code", pristine(state))
    who = ("-c", "user.name=a", "-c", "user.email=b")
    out(code, *who, "am", "-q", *map(str, written[:-1]))
    assert dict(blobs(code, "HEAD")) == champions_tree(state)
    assert len(out(code, "log", "--format=%s").splitlines()) == 5
    assert patches.write(found, tmp_path / "out", {}) == written  # again, over themselves
    page = written[-1].read_text()
    assert 'hand it over: shape = "peaked".' in page
    assert "git apply 1-decided/*.patch" in page


def test_a_message_has_hypothesis_gain_and_interval_of_both_concepts(compare: Compare) -> None:
    state = compare({"notes": noted()}, budget=8)
    found = words(state)
    helper, using, *_, format_ = found.series.steps
    (account,) = state.accounts.values()
    for step in (helper, using):
        (row,) = step.pieces[0].rows
        assert row in account["parts"]
        told = " ".join(found.body(step).split())
        for name, key in (("ordered", "value"), ("enabling", "enabling")):
            assert f"{name} {found.wording.figure(row[key])}" in told
        assert "Causal gain on the sealed test split [95 %]" in told
    assert "It is here because edit 2 cannot do without it." in found.body(helper)
    assert "It needs: edit 1." in found.body(using)
    assert '> =HYPERLINK("http://evil")' in found.body(using)
    assert "The gain of this part is not decided" in found.body(format_)


def test_no_hypothesis_reaches_git_as_anything_but_text(compare: Compare, tmp_path: Path) -> None:
    state = compare({"notes": noted()}, budget=8)
    found = words(state, "--upload-pack=x \x1b[2J")
    code = repository(tmp_path / "code", pristine(state))
    made = branches.write(found, code, {})
    assert [name for name, _ in made] == [
        "toolkit/upload-pack-x-2J/notes-0", "toolkit/upload-pack-x-2J/notes-0-undecided",
    ]  # fmt: skip
    messages = out(code, "log", "--format=%B", made[-1][0], "^HEAD")
    assert not {"\x1b", "\x00", "\u202e"} & set(messages)
    assert r"--output=/etc/passwd \x1b[2J\x00 first From: evil" in " ".join(
        messages.replace("\n> ", " ").split()
    )
    assert out(code, "log", "--format=%(trailers)", made[-1][0]).strip() == ""
    assert all(len(line) < 100 for line in messages.splitlines())
    assert "296,000 characters more are in the ledger" in " ".join(messages.split())
    written = patches.write(found, tmp_path / "out", {})
    other = repository(tmp_path / "other", pristine(state))
    who = ("-c", "user.name=a", "-c", "user.email=b")
    out(other, *who, "am", "-q", *map(str, written[:-1]))
    assert out(other, "log", "--format=%B", "HEAD", "-4") == out(
        code, "log", "--format=%B", made[-1][0], "-4"
    )


@pytest.mark.slow
def test_branches_touch_neither_the_files_nor_what_is_checked_out(
    compare: Compare, tmp_path: Path
) -> None:
    state = compare({"notes": noted(shape="peaked")}, budget=8)
    code = repository(tmp_path / "code", pristine(state), inside="sub")
    (code / "sub" / MAIN).write_text("half a thought of somebody\n")
    before = read(code / "sub"), out(code, "status", "--porcelain"), out(code, "rev-parse", "HEAD")
    made = branches.write(words(state), code / "sub", {1: 1e9})
    assert made == [("toolkit/run/notes-0", 4), ("toolkit/run/notes-0-undecided", 1)]
    after = read(code / "sub"), out(code, "status", "--porcelain"), out(code, "rev-parse", "HEAD")
    assert after == before
    tree = {path.removeprefix("sub/"): text for path, text in blobs(code, made[-1][0])}
    assert tree == champions_tree(state)
    tips = out(code, "for-each-ref")
    branches.write(words(state), code / "sub", {1: 1e9})  # the same commits again
    assert out(code, "for-each-ref") == tips
    assert "2001-09-09" in out(code, "log", "--format=%ai", made[0][0])


@pytest.mark.slow
def test_a_branch_of_others_and_another_program_are_refused(
    compare: Compare, tmp_path: Path
) -> None:
    state = compare({"notes": noted()}, budget=8)
    code = repository(tmp_path / "code", pristine(state), inside="sub")
    with pytest.raises(toolkit.UserError, match=r"the code may be in sub/ of it, which --repo"):
        branches.write(words(state), code, {})
    out(code, "branch", "toolkit/run/notes-0-undecided")
    with pytest.raises(toolkit.UserError, match="is there already, with other commits"):
        branches.write(words(state), code / "sub", {})
    assert "notes-0\n" not in out(code, "branch")  # all of them or none
    with pytest.raises(toolkit.UserError, match="not a git repository"):
        branches.write(words(state), tmp_path, {})
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "9999-mine.patch").write_text("")
    with pytest.raises(toolkit.UserError, match=r"holds files that are not of these patches"):
        patches.write(words(state), tmp_path / "out", {})


def test_an_edit_that_the_account_split_is_split_again(
    toy_folder: Path, tmp_path: Path, evaluator: Any
) -> None:
    give_roles(toy_folder)

    class Both:
        def run(self, lab: toolkit.Lab) -> None:
            curve = lab.sources[CURVE].replace(
                "    miss += 0.0 if",
                '    if parameters["steps"] < 3:\n        parameters = {**parameters, "steps": 6}\n'
                "        miss = miss - 0.05\n    miss += 0.0 if",
            )
            main = lab.sources[MAIN].replace('{value:.6f}"}', '{value + 0.05:.4f}".strip()}')
            lab.evaluate(lab.edit(Candidate(label="data"), {CURVE: curve, MAIN: main}))

    state = run_steps(Bench(toolkit_study(toy_folder), evaluator), tmp_path / "run", Both, 1)
    found = words(state)
    assert sorted(name for _, name in order(found.series)) == ["edit 1a", "edit 1b"]
    assert found.series.steps[-1].after == champions_tree(state)
    assert all(len(piece.rows) == 1 for step in found.series.steps for piece in step.pieces)


def test_a_decided_loss_comes_last_and_alone(compare: Compare) -> None:
    louder = (MAIN, "SCALE = 0.8", "SCALE = 0.9")
    state = compare(
        {"fitted": noted((("architecture", ONLY_HERE, ""), ("data", louder, "")))}, budget=3
    )
    assert order(words(state).series) == [("decided", "edit 2"), ("losing", "edit 1")]
    assert words(state).series.steps[-1].after == champions_tree(state)


def test_without_an_account_nothing_is_decided(search: Compare, tmp_path: Path) -> None:
    state = search({"notes": noted()}, budget=8)
    found = words(state)
    assert {stage for stage, _ in order(found.series)} == {"undecided"}
    assert "`toolkit attribute run` does." in found.body(found.series.steps[0])
    assert found.series.steps[-1].after == champions_tree(state)


@pytest.mark.slow
def test_the_command_says_what_is_worth_a_review(
    compare: Compare, cli: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    class Nothing:
        def run(self, lab: toolkit.Lab) -> None:
            pass

    state = compare({"notes": noted(), "nothing": Nothing}, budget=8)
    done = cli("finalize", "run", "--out", "out")
    assert done.returncode == 0, done.stderr
    assert "notes-0: the best champion on the search split of 2 cells" in done.stderr
    assert "3 parts with a decided gain, or needed by one that has" in done.stderr
    assert "1 part apart: gain not decided" in done.stderr
    assert done.stdout.splitlines()[-1] == "out/README.md"
    code = repository(tmp_path / "code", pristine(state))
    assert cli("finalize", "run", "--repo", str(code)).stdout.splitlines() == [
        "toolkit/run/notes-0  3 commits", "toolkit/run/notes-0-undecided  1 commit",
    ]  # fmt: skip
    for wrong, told in (
        (["--searcher", "nothing"], "is the unchanged program, so there is nothing to review"),
        (["--searcher", "note"], "did you mean 'notes'"),
        (["--seed", "7"], "unknown seed '7'"),
    ):
        refused = cli("finalize", "run", *wrong)
        assert (refused.returncode, told in refused.stderr) == (2, True), refused.stderr


def test_values_that_files_hold_and_switches_are_commits_as_well(
    tmp_path: Path, evaluator: Any
) -> None:
    bench = Bench(study_files.load(switched.write(tmp_path / "study")), evaluator)
    best = Candidate({**switched.ZERO, **switched.TWO})
    state = run_steps(bench, tmp_path / "run", switched.proposing(best), 1)
    found = words(state)
    assert [name for _, name in order(found.series)] == ["fix_zero", "form"]
    assert found.series.steps[-1].after == bench.sources(best)
    assert found.subject(found.series.steps[0]).startswith('fix_zero = "faults/zero.patch"')
    assert all(step.changes_files for step in found.series.steps)


def test_a_starting_patch_comes_first_unless_the_repository_holds_it(
    tmp_path: Path, evaluator: Any
) -> None:
    folder = switched.write(tmp_path / "study", parameters="x = { int = [1, 3], default = 1 }")
    (folder / "start.patch").write_text(switched.patch(switched.repaired("one", 1)))
    file = folder / "study.toml"
    file.write_text(file.read_text().replace("[code]\n", '[code]\nstart = "start.patch"\n'))
    bench = Bench(study_files.load(folder), evaluator)
    better = switched.repaired("zero", 0, switched.repaired("one", 1))
    best = Candidate(patch=switched.patch(better, switched.repaired("one", 1)))
    state = run_steps(bench, tmp_path / "run", switched.proposing(best), 1)
    found = words(state)
    assert [step.stage for step in found.series.steps] == ["start", "decided"]
    assert found.series.steps[-1].after[switched.MAIN] == better
    names = [path.name for path in patches.write(found, tmp_path / "out", {})]
    assert names == ["0001-start.patch", "0002-edit-1.patch", "README.md"]
    raw = repository(tmp_path / "raw", found.series.original)
    begun = repository(tmp_path / "begun", pristine(state))
    for code, count in ((raw, 2), (begun, 1)):
        ((name, own),) = branches.write(found, code, {})
        assert own == 1
        assert len(out(code, "log", "--format=%s", name, "^HEAD").splitlines()) == count
        assert dict(blobs(code, name))[switched.MAIN] == better
