"""`toolkit init` from the command line: the study that it writes, and what it says."""

from __future__ import annotations

import os
import subprocess
import textwrap
import tomllib
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
from programs_elsewhere_at import ELSEWHERE, NAMES

from toolkit.study import study as study_files

Cli = Callable[..., subprocess.CompletedProcess[str]]


def folder(tmp_path: Path, text: str) -> Path:
    root = tmp_path / "mine"
    root.mkdir()
    (root / "main.py").write_text(textwrap.dedent(text))
    return root


@pytest.mark.parametrize("name", NAMES)
def test_the_study_that_is_written_loads(cli: Cli, tmp_path: Path, name: str) -> None:
    copytree(ELSEWHERE / name, tmp_path / name)
    done = cli("init", name, "--yes", "--runs", "0")
    assert done.returncode == 0, done.stderr
    study = study_files.load(tmp_path / name)
    assert study.space
    assert study.task().items()
    before = {path for path in (ELSEWHERE / name).rglob("*") if path.is_file()}
    after = {path for path in (tmp_path / name).rglob("*") if path.is_file()}
    assert len(after) == len(before) + 1  # nothing ran, and nothing else was written


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_code_of_a_stranger_is_compared_after_one_command(
    cli: Cli, tmp_path: Path, name: str
) -> None:
    copytree(ELSEWHERE / name, tmp_path / name)
    begun = cli("init", name, "--yes")
    assert begun.returncode == 0, begun.stderr
    for word in ("score: ", "evidence: ", "noise: ", "a trial: ", "isolation: ", "smallest gain"):
        assert word in begun.stdout
    assert f"next: toolkit compare {name} " in begun.stdout
    searchers = ("--searchers", "random,optuna", "--after", "none", "--no-plots")
    done = cli("compare", name, "--budget", "4", *searchers)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_what_a_program_reports_is_labelled_in_the_table(cli: Cli, tmp_path: Path) -> None:
    copytree(ELSEWHERE / "strip", tmp_path / "strip")
    assert cli("init", "strip", "--yes").returncode == 0
    done = cli("compare", "strip", "--budget", "2", "--searchers", "random", "--after", "none")
    assert "reported" in done.stdout


def test_without_a_terminal_the_proposals_are_told_with_their_options(
    cli: Cli, tmp_path: Path
) -> None:
    copytree(ELSEWHERE / "charlm", tmp_path / "charlm")
    done = cli("init", "charlm")
    assert done.returncode == 2
    for words in ("--yes", "--objective 'val_bpb minimize'", "--kind 'printed'",
                  "--editable 'train.py'", "--range NAME=LOW:HIGH", "an edit can forge it"):  # fmt: skip
        assert words in done.stderr
    assert not (tmp_path / "charlm" / "study.toml").exists()


def test_answers_stand_in_the_study(cli: Cli, tmp_path: Path) -> None:
    copytree(ELSEWHERE / "boosting", tmp_path / "boosting")
    done = cli(
        "init", "boosting", "--yes", "--runs", "0", "--held-out", "replicates",
        "--parameters", "num_leaves,loss", "--range", "num_leaves=8:64",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = tomllib.loads((tmp_path / "boosting" / "study.toml").read_text())
    assert found["splits"] == {"test": "replicates"}
    assert found["parameters"]["num_leaves"] == {"int": [8, 64], "at": "--num-leaves"}
    assert set(found["parameters"]) == {"num_leaves", "loss"}


def test_marked_blocks_are_all_that_may_be_edited(cli: Cli, tmp_path: Path) -> None:
    copytree(ELSEWHERE / "circles", tmp_path / "circles")
    assert cli("init", "circles", "--yes", "--runs", "0").returncode == 0
    code = tomllib.loads((tmp_path / "circles" / "study.toml").read_text())["code"]
    assert code["blocks"] == "EVOLVE-BLOCK"
    assert code["editable"] == ["initial_program.py"]
    study = study_files.load(tmp_path / "circles")
    assert study.pristine.blocks == "EVOLVE-BLOCK"


MARKED = """
# EVOLVE-BLOCK-START
DEPTH = 3
{end}
print("loss:", DEPTH)
"""


def test_a_mark_without_its_other_half_is_told_and_not_followed(cli: Cli, tmp_path: Path) -> None:
    root = folder(tmp_path, MARKED.format(end=""))
    (root / "more.py").write_text("# EVOLVE-BLOCK-START\nWIDTH = 1\n# EVOLVE-BLOCK-END\n")
    (root / "main.py").write_text("import more\n" + (root / "main.py").read_text())
    done = cli("init", "mine", "--yes", "--runs", "0")
    assert done.returncode == 0, done.stderr
    assert "The marks EVOLVE-BLOCK are not followed" in done.stderr
    assert "main.py: line 3 begins a block that no EVOLVE-BLOCK-END ends" in done.stderr
    assert "blocks" not in tomllib.loads((root / "study.toml").read_text())["code"]


def test_what_makes_a_reported_score_a_judged_one_is_said_and_written(
    cli: Cli, tmp_path: Path
) -> None:
    copytree(ELSEWHERE / "boosting", tmp_path / "mine")
    done = cli("init", "mine", "--yes", "--runs", "0")
    assert done.returncode == 0, done.stderr
    assert "writes predictions.csv (id,prediction) for asked.csv, which has no price" in done.stderr
    file = tmp_path / "mine" / "study.toml"
    text = file.read_text()
    assert len(text.splitlines()) <= 30
    assert study_files.load(file).objective.evidence == "reported"
    head, _, lines = text.partition("let [task] say this alone:\n")
    assert '[task]\nkind = "printed"  # ' in head, "the reason goes with the line it is true of"
    kept = head.partition("\n[task]")[0].splitlines()
    kept = [line for line in kept if not line.startswith(("objective", "splits"))]
    task = ["[task]", *(line.removeprefix("# ") for line in lines.splitlines())]
    file.write_text("\n".join([*kept, *task]) + "\n")
    study = study_files.load(file)
    assert (study.objective.evidence, study.objective.name) == ("judged", "rmse")
    assert study.task().items()


def test_no_way_to_a_judged_score_is_promised_where_it_is_not_clear(
    cli: Cli, tmp_path: Path
) -> None:
    root = folder(tmp_path, 'DEPTH = 3\nopen("a.csv")\nprint("loss:", DEPTH)\n')
    (root / "a.csv").write_text("id,x,price\n1,2,3\n2,3,4\n")
    done = cli("init", "mine", "--yes", "--runs", "0")
    assert done.returncode == 0, done.stderr
    assert "predictions.csv" not in done.stderr + (root / "study.toml").read_text()


@pytest.mark.parametrize("command", ["compare", "run", "assess", "studies"])
def test_every_command_says_of_a_folder_without_a_study_what_writes_one(
    cli: Cli, tmp_path: Path, command: str
) -> None:
    folder(tmp_path, "")
    done = cli(command, "mine")
    assert done.returncode == 2
    assert "the folder mine holds no study.toml; `toolkit init mine` writes one" in done.stderr
    assert done.stderr.count("toolkit init") == 1


def test_a_file_that_somebody_names_is_editable_without_marks(cli: Cli, tmp_path: Path) -> None:
    root = folder(tmp_path, MARKED.format(end="# EVOLVE-BLOCK-END"))
    (root / "more.py").write_text("WIDTH = 1\n")
    (root / "main.py").write_text("import more\n" + (root / "main.py").read_text())
    named = ("--editable", "main.py", "--editable", "more.py")
    assert cli("init", "mine", "--yes", "--runs", "0", *named).returncode == 0
    code = tomllib.loads((root / "study.toml").read_text())["code"]
    assert code["editable"] == ["main.py", "more.py"]
    assert "blocks" not in code
    assert cli("init", "mine", "--yes", "--runs", "0", "--force").returncode == 0
    code = tomllib.loads((root / "study.toml").read_text())["code"]
    assert (code["editable"], code["blocks"]) == (["main.py"], "EVOLVE-BLOCK")


def test_a_study_that_is_there_is_kept_unless_force_is_said(cli: Cli, tmp_path: Path) -> None:
    root = folder(tmp_path, 'DEPTH = 3\nprint("loss:", DEPTH)\n')
    (root / "study.toml").write_text("mine")
    done = cli("init", "mine", "--yes", "--runs", "0")
    assert done.returncode == 2
    assert "study.toml is there already" in done.stderr
    assert "--force replaces it" in done.stderr
    assert (root / "study.toml").read_text() == "mine"
    assert cli("init", "mine", "--yes", "--runs", "0", "--force").returncode == 0
    assert study_files.load(root).name == "mine"


def test_a_pipe_among_the_files_is_not_waited_for(cli: Cli, tmp_path: Path) -> None:
    root = folder(tmp_path, 'DEPTH = 3\nprint("loss:", DEPTH)\n')
    for name in ("rows.csv", "more.py"):
        os.mkfifo(root / name)
    assert cli("init", tmp_path / "mine", "--yes", "--runs", "0").returncode == 0
    assert study_files.load(root).bindings["DEPTH"].at == "main.py:DEPTH"


def test_compare_of_a_folder_without_a_study_says_what_writes_one(cli: Cli, tmp_path: Path) -> None:
    folder(tmp_path, "")
    done = cli("compare", "mine")
    assert done.returncode == 2
    assert "`toolkit init mine` writes one" in done.stderr


def test_two_numbers_that_may_count_are_refused_also_with_yes(cli: Cli, tmp_path: Path) -> None:
    folder(tmp_path, 'DEPTH = 3\nprint("accuracy:", 1.0)\nprint("f1:", 1.0)\n')
    done = cli("init", "mine", "--yes")
    assert done.returncode == 2
    for words in ("accuracy (main.py, line 2)", "f1 (main.py, line 3)", "--objective"):
        assert words in done.stderr


def test_a_run_says_what_came_of_it(cli: Cli, tmp_path: Path) -> None:
    folder(tmp_path, 'DEPTH = 3\nprint("loss:", DEPTH / 4)\n')
    done = cli("init", "mine", "--yes")
    assert done.returncode == 0, done.stderr
    for words in (
        "score: loss 0.75 (less is better)",
        "evidence: reported by the program: an edit can forge it",
        "noise: none: the same score in each of 3 runs",
        "study.toml: 17 lines, 1 parameter\n",
        "could decide: none: nothing is held out and no run is repeated",
        "next: toolkit compare mine --budget 50 --searchers random,optuna",
    ):
        assert words in done.stdout


def test_runs_that_are_repeated_decide_any_gain_of_a_program_without_noise(
    cli: Cli, tmp_path: Path
) -> None:
    folder(tmp_path, 'DEPTH = 3\nprint("loss:", DEPTH / 4)\n')
    done = cli("init", "mine", "--yes", "--held-out", "replicates")
    assert "could decide: any that is not 0 (there is no noise)" in done.stdout
    assert "one more run comes first" not in done.stderr


@pytest.mark.slow
def test_a_run_that_learns_the_right_answers_is_announced(cli: Cli, tmp_path: Path) -> None:
    copytree(ELSEWHERE / "sorting", tmp_path / "sorting")
    done = cli("init", "sorting", "--yes", "--runs", "1")
    assert "one more run comes first: it learns the right answers" in done.stderr
    assert "run 1 of 2: " in done.stderr


TIMED = """
import random, time
SEED = 7
{first}
began = time.perf_counter()
print("first:", sorted(random.random() for _ in range(2000))[0])
print("seconds:", time.perf_counter() - began)
"""


def test_a_timed_program_gets_no_seed_that_changes_what_it_prints(cli: Cli, tmp_path: Path) -> None:
    root = folder(tmp_path, TIMED.format(first="random.seed(SEED)"))
    done = cli("init", "mine", "--yes", "--kind", "timed", "--runs", "2")
    assert done.returncode == 0, done.stderr
    assert study_files.load(root).seed_at is None


def test_a_timed_program_that_prints_something_else_each_time_is_told(
    cli: Cli, tmp_path: Path
) -> None:
    folder(tmp_path, TIMED.format(first="random.seed(time.time_ns())"))
    done = cli("init", "mine", "--yes", "--kind", "timed", "--runs", "2")
    assert done.returncode == 1
    assert "its judged is 0: not every output is the right one" in done.stderr
    assert "let the program print the same in every run" in done.stderr


def test_noise_between_runs_makes_runs_under_other_seeds_decide(cli: Cli, tmp_path: Path) -> None:
    root = folder(
        tmp_path, 'import time\nDEPTH = 3\nprint("loss:", DEPTH + time.time_ns() % 1000 / 1e3)\n'
    )
    done = cli("init", "mine", "--yes")
    assert done.returncode == 0, done.stderr
    assert "(standard deviation of 3 runs)" in done.stdout
    assert (
        "(rough: 3 runs may show a noise that is 6 times too small; toolkit compare" in done.stdout
    )
    assert study_files.load(root).claim == "replicates"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('DEPTH = 3\nif DEPTH > 9:\n    print("loss:", 1.0)\nprint("bye")\n',
         ("nothing that it printed matches", "--objective 'NAME minimize'")),
        ('DEPTH = 3\nraise SystemExit("no data here")\nprint("loss:", 1.0)\n',
         ("its last lines:\n  no data here",)),
        ('DEPTH = 3\nopen("/nowhere/corpus.bin")\nprint("loss:", 1.0)\n',
         ("corpus.bin", "name what lies outside by `data`")),
        ('import socket\nDEPTH = 3\nsocket.create_connection(("127.0.0.1", 9))\n'
         'print("loss:", 1.0)\n', ("without the network",)),
        ('import argparse\nDEPTH = 3\np = argparse.ArgumentParser()\n'
         'p.add_argument("--shop", required=True)\np.parse_args()\nprint("loss:", DEPTH)\n',
         ("needs --shop", 'script = ["python", "main.py", "--shop", "VALUE"]',
          'into script in [code]: script = ["python", "main.py", "WORD"]')),
    ],
)  # fmt: skip
def test_a_program_without_a_score_is_told_with_its_last_lines_and_what_to_change(
    cli: Cli, tmp_path: Path, text: str, says: tuple[str, ...]
) -> None:
    root = folder(tmp_path, text)
    done = cli("init", "mine", "--yes", "--runs", "1")
    assert done.returncode == 1
    for words in says:
        assert words in done.stderr
    assert "`toolkit run mine`" in done.stderr
    assert (root / "study.toml").exists()


def test_a_package_that_is_missing_is_told_before_anything_is_written(
    cli: Cli, tmp_path: Path
) -> None:
    root = folder(tmp_path, 'import nosuchpackage\nDEPTH = 3\nprint("loss:", 1.0)\n')
    (root / "requirements.txt").write_text("nosuchpackage\n")
    done = cli("init", "mine", "--yes")
    assert done.returncode == 2
    for words in ("imports nosuchpackage", "--python PATH", "pip install -r requirements.txt"):
        assert words in done.stderr
    assert not (root / "study.toml").exists()
