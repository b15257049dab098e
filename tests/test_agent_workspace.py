"""The workspace of an agent: how it is laid, and how it is written again over what was done to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from searchers.agent import workspace
from searchers.agent.commands import record
from searchers.agent.workspace import Contents
from toolkit.errors import UserError

MAIN = b"SCALE = 0.8\n"
SERVER = ("127.0.0.1", 1, "token")


@pytest.fixture
def contents() -> Contents:
    tree = {"code/main.py": MAIN, "code/data.bin": b"\xff\x00", "README": b"read me\n"}
    return Contents(tree, frozenset(["code/main.py"]), ["code/*.py"], "accuracy", "# Do it\n")


@pytest.fixture
def folder(tmp_path: Path, contents: Contents) -> Path:
    laid = tmp_path / "workspace"
    workspace.lay(laid, contents)
    workspace.furnish(laid, contents, SERVER, [])
    return laid


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def command(folder: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [f"./{name}", *arguments], cwd=folder, capture_output=True, text=True, timeout=20,
        check=False,
    )  # fmt: skip


def test_it_is_a_repository_of_the_pristine_program(folder: Path) -> None:
    assert (
        git(folder, "log", "--format=%s%d").strip()
        == "The pristine program (HEAD -> main, tag: pristine)"
    )
    assert git(folder, "ls-files").split() == ["README", "code/data.bin", "code/main.py"]
    assert (folder / "code/data.bin").read_bytes() == b"\xff\x00"


def test_its_own_files_are_no_part_of_the_repository(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {*workspace.OWN, ".git", "code", "README"}
    assert git(folder, "status", "--porcelain") == ""


def test_what_may_not_be_edited_is_read_only(folder: Path) -> None:
    modes = {path: (folder / path).stat().st_mode & 0o777 for path in ("README", "code/main.py")}
    assert modes == {"README": 0o444, "code/main.py": 0o644}


def test_the_token_is_for_its_owner_only(folder: Path) -> None:
    assert (folder / ".toolkit/server").stat().st_mode & 0o777 == 0o600
    assert (folder / ".toolkit/server").read_text().split() == ["127.0.0.1", "1", "token"]


def test_a_program_with_a_file_of_that_name_is_refused(tmp_path: Path) -> None:
    contents = Contents({"trial": b"", "main.py": b""}, frozenset(), (), "score", "")
    with pytest.raises(UserError, match="'trial' at its root"):
        workspace.lay(tmp_path / "workspace", contents)
    assert list(tmp_path.iterdir()) == []


def test_it_is_laid_once(folder: Path, contents: Contents) -> None:
    (folder / "code/main.py").write_text("SCALE = 0.9\n")
    workspace.lay(folder, contents)
    workspace.furnish(folder, contents, SERVER, [["1", "0.9", "0.1", "ok", "data", "two\twords"]])
    assert (folder / "code/main.py").read_text() == "SCALE = 0.9\n"
    table = (folder / "results.tsv").read_text().split("\n")
    assert table == ["\t".join(record.COLUMNS), "1\t0.9\t0.1\tok\tdata\ttwo words", ""]


def test_nothing_is_written_through_a_link(
    folder: Path, contents: Contents, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("precious")
    (folder / "results.tsv").unlink()
    (folder / "results.tsv").symlink_to(precious / "file")
    (folder / "trial").unlink()
    os.mkfifo(folder / "trial")
    (folder / "look").unlink()
    (folder / "look").mkdir()
    (folder / ".toolkit").rename(tmp_path / "elsewhere")
    (folder / ".toolkit").symlink_to(precious)
    workspace.furnish(folder, contents, SERVER, [])
    assert [path.name for path in precious.iterdir()] == ["file"]
    assert (precious / "file").read_text() == "precious"
    assert (folder / "results.tsv").is_file() and not (folder / "results.tsv").is_symlink()
    for name in workspace.COMMANDS:
        assert command(folder, name, "--help").returncode == 0


def test_results_are_listed_again_and_a_folder_that_is_gone_is_no_error(folder: Path) -> None:
    (folder / "results.tsv").write_text("spoilt\n")
    workspace.list_results(folder, [["1", "0.5"]])
    assert (folder / "results.tsv").read_text().split("\n")[1] == "1\t0.5"
    workspace.list_results(folder / "gone", [["1", "0.5"]])


def test_locks_of_a_killed_git_are_removed_and_nothing_behind_a_link_is(
    folder: Path, contents: Contents, tmp_path: Path
) -> None:
    (folder / ".git/index.lock").touch()
    workspace.furnish(folder, contents, SERVER, [])
    assert not (folder / ".git/index.lock").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/index.lock").touch()
    (folder / ".git").rename(tmp_path / "gone")
    (folder / ".git").symlink_to(tmp_path / "other")
    workspace.furnish(folder, contents, SERVER, [])
    assert (tmp_path / "other/index.lock").exists()


def test_a_workspace_that_is_a_link_is_refused(contents: Contents, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "workspace").symlink_to(tmp_path / "other")
    with pytest.raises(UserError, match="cannot be written"):
        workspace.furnish(tmp_path / "workspace", contents, SERVER, [])


def test_the_manifest_tells_the_commands_what_is_pristine(folder: Path) -> None:
    known = json.loads((folder / ".toolkit/manifest.json").read_text())
    assert sorted(known["files"]) == ["README", "code/data.bin", "code/main.py"]
    assert known["editable"] == ["code/*.py"]


@pytest.mark.parametrize("python", [sys.executable, "spaced"])
def test_a_command_starts_whatever_pythons_path_looks_like(
    folder: Path, tmp_path: Path, python: str
) -> None:
    if python == "spaced":
        python = str(tmp_path / "a folder with spaces" / ("x" * 120))
        Path(python).parent.mkdir()
        Path(python).symlink_to(Path(sys.executable).resolve())
    (folder / "budget").write_text(workspace.launcher("budget", python))
    done = command(folder, "budget", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "What is left" in done.stdout


def test_a_command_without_a_judge_says_so(folder: Path) -> None:
    done = command(folder, "budget")
    assert done.returncode == 4
    assert "the judge cannot be reached" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["trial", "--sett", "x=1"], "'--sett' is not known"),
        (["trial", "-m"], "-m needs a value"),
        (["trial", "--set", "x"], "--set takes NAME=VALUE"),
        (["look", "best"], "'best' is no number of a trial or of items\n./look [TRIAL]"),
        (["look", "1", "2"], "'2' is not known"),
        (["budget", "7"], "'7' is not known"),
    ],
)
def test_a_command_line_that_cannot_be_read_costs_nothing(
    folder: Path, arguments: list[str], says: str
) -> None:
    done = command(folder, *arguments)
    assert done.returncode == 2
    assert says in done.stderr and "nothing was charged" in done.stderr


def test_help_says_what_an_exit_status_means_for_that_command(folder: Path) -> None:
    assert "0 scored, 1 no score (charged), 2 misused" in command(folder, "trial", "-h").stdout
    assert "0 something is left, 2 misused, 3 the" in command(folder, "budget", "-h").stdout
    assert "scored" not in command(folder, "done", "-h").stdout
