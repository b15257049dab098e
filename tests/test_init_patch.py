"""Starting patch of `toolkit init`: paths that lead nowhere in the copy that runs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from toolkit.errors import StudyError
from toolkit.scaffold import options, proposal, saving, survey
from toolkit.scaffold.answers import Answers
from toolkit.study import study as study_files

Cli = Callable[..., subprocess.CompletedProcess[str]]
TEXT = """DATA = {path!r}
DEPTH = 3  # of it
print("loss:", DEPTH + len(open(DATA).read()))
"""


def folder(tmp_path: Path, path: str) -> Path:
    root = tmp_path / "mine"
    (root / "data").mkdir(parents=True)
    (root / "data" / "train.csv").write_text("1,2,3,4\n")
    (root / "main.py").write_text(TEXT.format(path=path))
    return root


@pytest.mark.parametrize(
    "path", ["{root}/data/train.csv", "/kaggle/input/shop/train.csv", "C:\\work\\data\\train.csv"]
)
def test_a_script_that_names_its_data_absolutely_runs_after_init(
    cli: Cli, tmp_path: Path, path: str
) -> None:
    root = folder(tmp_path, path.format(root=tmp_path / "mine"))
    before = (root / "main.py").read_text()
    done = cli("init", "mine", "--yes", "--runs", "1")
    assert done.returncode == 0, done.stderr
    assert "score: loss 11 " in done.stdout
    assert '+DATA = "data/train.csv"' in done.stderr.replace("'", '"')
    assert "your files stay as they are" in done.stderr
    assert (root / "main.py").read_text() == before
    study = study_files.load(root)
    assert study.files["main.py"].decode().replace("'", '"').startswith('DATA = "data/train.csv"\n')
    assert study.start == (root / "init.patch").read_text()


def test_the_patch_is_what_git_apply_takes(cli: Cli, tmp_path: Path) -> None:
    root = folder(tmp_path, "/content/train.csv")
    assert cli("init", "mine", "--yes", "--runs", "0").returncode == 0
    subprocess.run(["git", "apply", "init.patch"], cwd=root, check=True)
    assert (root / "main.py").read_text().startswith("DATA = 'data/train.csv'\n")


def test_no_patch_leaves_it_out(cli: Cli, tmp_path: Path) -> None:
    root = folder(tmp_path, "/content/train.csv")
    done = cli("init", "mine", "--yes", "--no-patch", "--runs", "0")
    assert done.returncode == 0, done.stderr
    assert not (root / "init.patch").exists()
    assert study_files.load(root).start == ""


@pytest.mark.parametrize(
    "path", ["data/train.csv", "/api/train.csv", "/content/other.csv", "/etc/hostname"]
)
def test_a_path_that_means_no_file_of_the_folder_is_left_alone(
    cli: Cli, tmp_path: Path, path: str
) -> None:
    root = folder(tmp_path, path)
    assert cli("init", "mine", "--yes", "--runs", "0").returncode == 0
    assert not (root / "init.patch").exists()


def test_of_two_files_that_may_be_meant_none_is_taken(cli: Cli, tmp_path: Path) -> None:
    root = folder(tmp_path, "/content/train.csv")
    (root / "old").mkdir()
    (root / "old" / "train.csv").write_text("")
    assert cli("init", "mine", "--yes", "--runs", "0").returncode == 0
    assert not (root / "init.patch").exists()


def test_a_patch_of_somebody_else_is_not_written_over(cli: Cli, tmp_path: Path) -> None:
    root = folder(tmp_path, "/content/train.csv")
    (root / "init.patch").write_text("mine")
    done = cli("init", "mine", "--yes", "--runs", "0")
    assert done.returncode == 2
    assert "--force replaces it, --no-patch does without" in done.stderr
    assert (root / "init.patch").read_text() == "mine"
    assert not (root / "study.toml").exists()


def test_a_study_that_does_not_load_replaces_none(tmp_path: Path) -> None:
    root = folder(tmp_path, "/content/train.csv")
    found = survey.read(root)
    good = proposal.made(found, options.chosen(found, Answers()), Answers())
    saving.save(root / "study.toml", good)
    before = {path.name: path.read_bytes() for path in root.iterdir() if path.is_file()}
    bad = replace(good, name="no name", patch=good.patch.replace("data/train", "other"))
    with pytest.raises(StudyError, match=r"mine/study\.toml has 1 problem.*\n.*name: must be"):
        saving.save(root / "study.toml", bad)
    after = {path.name: path.read_bytes() for path in root.iterdir() if path.is_file()}
    assert after == before


@pytest.mark.slow
def test_a_kill_leaves_no_study_or_a_whole_one(tmp_path: Path) -> None:
    for wait_s in (0.2, 0.4, 0.5, 0.6, 0.7, 0.9):
        (tmp_path / str(wait_s)).mkdir()
        root = folder(tmp_path / str(wait_s), "/content/train.csv")
        command = [sys.executable, "-m", "toolkit.cli", "init", str(root), "--yes"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        time.sleep(wait_s)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if (root / "study.toml").exists():
            assert study_files.load(root).start


@pytest.mark.slow
def test_a_champion_of_a_study_that_init_wrote_is_applied_by_git(cli: Cli, tmp_path: Path) -> None:
    root = folder(tmp_path, "/content/train.csv")
    assert cli("init", "mine", "--yes", "--runs", "1").returncode == 0
    more = (
        "--budget",
        "5",
        "--searchers",
        "random",
        "--after",
        "none",
        "--no-plots",
        "--out",
        "run",
    )
    assert cli("compare", "mine", *more).returncode == 0
    assert cli("export", "run", "--searcher", "random", "--out", "out").returncode == 0
    patch = "../out/champion-random-0.patch"  # with what the study starts from in it
    done = subprocess.run(["git", "apply", patch], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shown = subprocess.run([sys.executable, "main.py"], cwd=root, capture_output=True, text=True)
    summary = json.loads(cli("report", "run", "--json").stdout)
    (cell,) = summary["cells"]
    assert float(shown.stdout.split()[-1]) == cell["search"]
    assert "DEPTH = 3" not in (root / "main.py").read_text()
