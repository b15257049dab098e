"""Keys of [code] for programs as they are: script, leaves, arguments, python, data, writable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, TOY

from toolkit.bench.bench import Bench
from toolkit.errors import StudyError, UserError
from toolkit.evaluators import bundled
from toolkit.evaluators.local import LocalEvaluator
from toolkit.records import Candidate, Scored
from toolkit.study import study as study_files

Cli = Callable[..., subprocess.CompletedProcess[str]]

STUDY = """
name = "tryout"
[code]
path = "."
script = ["python", "train.py"]
leaves = ["predictions.csv"]
data = ["data"]
editable = ["train.py"]
[parameters]
x = { float = [0, 1], default = 0.5 }
[task]
class = "task.py:Tryout"
[splits]
search = ["a", "b"]
test = ["c"]
[limits]
cpu_s = 10
"""
TRAIN = """
import sys
factor = int(open("data/factor.txt").read())
with open("predictions.csv", "w") as file:
    for line in open("asked.csv"):
        name, number = line.split(",")
        file.write(f"{name},{factor * int(number)}\\n")
print("loss: 1.5")
print("careful", file=sys.stderr)
"""
TASK = """
import toolkit

class Tryout:
    def __init__(self, data):
        pass

    def items(self):
        return [toolkit.Item(f"{c}{n}", c, n) for c in "abc" for n in range(3)]

    def vault(self):
        gold = {item.id: toolkit.Gold(3 * item.input) for item in self.items()}
        return toolkit.Vault(gold, lambda gold, output: float(gold.answer == output))

    def given(self, items):
        return {"asked.csv": "".join(f"{item.id},{item.input}\\n" for item in items).encode()}

    def read_output(self, items, output):
        if "predictions.csv" not in output["files"]:
            raise ValueError("it left no predictions.csv")
        rows = dict(row.split(",") for row in output["files"]["predictions.csv"].split())
        return [int(rows[item.id]) for item in items]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study whose program is a script as it is."""
    found = tmp_path / "tryout"
    (found / "data").mkdir(parents=True)
    (found / "data" / "factor.txt").write_text("3")
    for name, text in (("study.toml", STUDY), ("train.py", TRAIN), ("task.py", TASK)):
        (found / name).write_text(text)
    return found


def put(folder: Path, old: str, new: str, file: str = "study.toml") -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


def run(folder: Path, candidate: Candidate | None = None, split: str = "search") -> Scored:
    study = study_files.load(folder)
    with bundled.local(
        slots=1, hidden=[study.folder], command=bool(study.command), python=study.python,
        readable=study.readable, preload=study.preload,
    ) as evaluator:  # fmt: skip
        return Bench(study, evaluator).run(candidate or Candidate(), split)  # type: ignore[arg-type]


def test_a_script_is_scored_by_what_it_left(folder: Path) -> None:
    found = run(folder)
    assert (found.status, found.score, len(found.items)) == ("ok", 1.0, 6), found.detail
    assert run(folder, split="test").score == 1.0


def test_a_researcher_is_shown_what_it_printed_whether_it_failed_or_not(folder: Path) -> None:
    heard = "--- end of its output ---\nloss: 1.5\n--- end of its standard error ---\ncareful"
    assert run(folder).detail == heard
    put(folder, '"predictions.csv"', '"forgotten.csv"', "train.py")
    failed = run(folder)
    assert (failed.status, failed.detail) == ("crashed", f"it left no predictions.csv\n{heard}")


def test_a_fresh_process_for_every_call_gets_the_files_of_that_call(folder: Path) -> None:
    put(
        folder, 'script = ["python", "train.py"]', 'script = ["python", "train.py"]\nfresh = "call"'
    )
    put(folder, 'print("loss: 1.5")', 'print(len(open("asked.csv").readlines()))', "train.py")
    found = run(folder)
    assert (found.score, found.detail.split("\n")[1:3]) == (1.0, ["3", "3"])


def test_without_read_output_it_is_told_what_the_task_needs(folder: Path) -> None:
    put(folder, "def read_output", "def _read_output", "task.py")
    assert "the study's task needs `def read_output(self, items, output)`" in run(folder).detail


def test_data_is_no_file_of_the_program(folder: Path) -> None:
    study = study_files.load(folder)
    assert set(study.files) == {"train.py"}
    assert study.links == {"data": str(folder / "data")}
    assert study.readable == (folder / "data",)


@pytest.mark.slow
def test_the_digest_is_of_the_contents_of_data(folder: Path) -> None:
    file = folder / "data" / "factor.txt"
    before = study_files.load(folder).digest
    os.utime(file, (1, 1))
    assert study_files.load(folder).digest == before
    file.write_text("4")
    changed = study_files.load(folder).digest
    (folder / "data" / "new.txt").write_text("")
    assert len({before, changed, study_files.load(folder).digest}) == 3


def test_thousands_of_files_are_data(folder: Path) -> None:
    for number in range(3000):
        (folder / "data" / f"{number}.txt").write_text(str(number))
    found = run(folder)
    assert found.score == 1.0
    assert found.usage.cpu_s < 5


@pytest.mark.slow
def test_a_run_is_not_taken_up_on_other_data(cli: Cli, folder: Path) -> None:
    command = ("compare", str(folder), "--budget", "1", "--searchers", "random", "--out", "run")
    assert cli(*command, "--after", "light").returncode == 0
    (folder / "data" / "factor.txt").write_text("4")
    done = cli(*command)
    assert done.returncode == 2
    assert "its [code] data changed: data" in done.stderr
    (folder / "data" / "factor.txt").unlink()
    (folder / "data").rmdir()
    gone = cli(*command)
    assert (gone.returncode, "data is missing; it names files" in gone.stderr) == (2, True)


def environment(folder: Path) -> Path:
    """An environment of its own, with one package that was put there by hand."""
    made = [sys.executable, "-m", "venv", "--without-pip", str(folder / ".venv")]
    subprocess.run(made, check=True)
    (packages,) = (folder / ".venv").glob("lib/python*/site-packages")
    (packages / "tiny_package.py").write_text("FACTOR = 3\n")
    return folder / ".venv" / "bin" / "python"


PREFIX = """
import sys
from tiny_package import FACTOR
assert sys.prefix.endswith("/tryout/.venv"), sys.prefix
try:
    import numpy
except ModuleNotFoundError:
    print("no numpy")
"""


@pytest.mark.parametrize("kind", ["script", "command", "entry"])
def test_a_program_runs_in_another_environment(folder: Path, kind: str) -> None:
    python = environment(folder)
    put(folder, 'data = ["data"]', 'python = ".venv/bin/python"')
    if kind == "script":
        put(folder, 'int(open("data/factor.txt").read())', "FACTOR", "train.py")
        (folder / "train.py").write_text(PREFIX + (folder / "train.py").read_text())
    else:
        put(folder, 'leaves = ["predictions.csv"]\n', "")
        new = 'entry = "train:run"\npreload = ["tiny_package"]'
        if kind == "command":
            new = 'command = ["python", "train.py"]'
        put(folder, 'script = ["python", "train.py"]', new)
        main = (
            "import json\njob = json.load(sys.stdin)\n"
            "json.dump([run(*call, {}, {}) for call in job['calls']], sys.stdout)\n"
        )
        (folder / "train.py").write_text(
            PREFIX.replace('print("no numpy")', "pass")
            + "def run(context, inputs, parameters, services): return [FACTOR * n for n in inputs]\n"
            + (main if kind == "command" else "")
        )
    study = study_files.load(folder)
    assert study.python == str(python)
    assert not any(".venv" in name for name in study.files)
    found = run(folder)
    assert (found.status, found.score) == ("ok", 1.0), found.detail
    assert ("no numpy" in found.detail) == (kind == "script")


def test_a_package_that_is_not_there_is_told_with_its_interpreter(folder: Path) -> None:
    environment(folder)
    put(folder, 'data = ["data"]', 'data = ["data"]\npython = ".venv/bin/python"')
    put(folder, "import sys", "import sys, tiny_package, numpy.linalg", "train.py")
    told = "[code] python has no module 'numpy': install it there, as by `.venv/bin/python -m pip"
    assert told in run(folder).detail
    put(folder, 'python = ".venv/bin/python"', "")
    assert "the toolkit's own interpreter has no module 'tiny_package'" in run(folder).detail


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (".venv/bin/python", "cannot be started (No such file or directory); name the interpreter"),
        ("/bin/true", "is no Python interpreter; name one, such as .venv/bin/python"),
        ("old", "is Python 3.7, and programs run in Python 3.9 or later"),
    ],
)
def test_what_is_no_interpreter_is_told(folder: Path, given: str, told: str) -> None:
    (folder / "old").write_text("#!/bin/sh\necho 3 7\n")
    (folder / "old").chmod(0o755)
    put(folder, 'data = ["data"]', f'data = ["data"]\npython = "{given}"')
    with pytest.raises(UserError) as caught:
        run(folder)
    assert told in str(caught.value)


def test_a_module_to_preload_is_looked_for_in_that_environment(folder: Path) -> None:
    python = str(environment(folder))
    with pytest.raises(UserError, match=r"installed in the environment of .*venv/bin/python"):
        LocalEvaluator(python=python, preload=["numpy"]).start()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('script = ["python", "train.py"]', "", 'or script = ["python", "…/train.py"]'),
        ('script =', 'command = ["python", "train.py"]\nscript =', "give either entry"),
        ('"python", "train.py"', '"python", "other.py"', "code.script: none of its words names"),
        ('["predictions.csv"]', '["../x"]', "code.leaves: '../x' must lie below the working copy"),
        ('["predictions.csv"]', '["/x"]', "code.leaves: '/x' must lie below the working copy"),
        ("script =", "command =", "code.leaves: is read of a script only"),
        ('["predictions.csv"]', '["a"]\narguments = "none"', "code.arguments: is how a function"),
        ('["predictions.csv"]', '["a"]\narguments = "all"', 'must be "run" or "input" or "none"'),
        ('["predictions.csv"]', '["a"]\nwritable = 1', "code.writable: must be true or false"),
        ('["predictions.csv"]', '["a"]\npreload = ["numpy"]', "has no effect on a script"),
        ('data = ["data"]', 'data = ["nothing"]', "nothing is missing; it names files and folders"),
        ('data = ["data"]', 'data = ["."]', "holds the study itself, answers included"),
        ('data = ["data"]', 'data = [".."]', "holds the study itself, answers included"),
    ],
)  # fmt: skip
def test_wrong_keys_are_told(folder: Path, old: str, new: str, told: str) -> None:
    put(folder, old, new)
    with pytest.raises(StudyError) as caught:
        study_files.load(folder)
    assert told in str(caught.value)


def test_studies_tells_the_keys_in_words(cli: Cli, folder: Path) -> None:
    shown = cli("studies", str(folder)).stdout
    assert "run: as it is: nothing on its standard input, and what it prints is text" in shown
    assert "leaves: predictions.csv" in shown
    assert f"data: {folder / 'data'}" in shown
    assert "working copy: may be written in" in shown
    usual = json.loads(cli("studies", str(TOY), "--json").stdout)
    assert not {"run", "leaves", "interpreter", "data", "working copy"} & set(usual)


DIGESTS = {
    "toolkit/toy/study.toml": "159b542768764f0c507d6d6c15a93c3694955809a28b3e4dd8eceb44b7e834c5",
    "studies/daybook/study.toml": "d9681e0b04983f574e0e902309edfdd5e3034dd103a6a3a8d74a578505f7601f",
    "studies/locomo/study.toml": "d7ab05927e647426517e946bafc2a53782188ecfbaa8c89b970fa93fa2c573a7",
}


@pytest.mark.parametrize("file", DIGESTS)
def test_keys_that_a_study_does_not_use_change_no_digest(file: str) -> None:
    """Runs on record go on: change a number here only where the study itself was changed."""
    assert study_files.load(ROOT / file).digest == DIGESTS[file]


@pytest.mark.slow
def test_every_new_key_is_in_the_digest(folder: Path) -> None:
    found = [study_files.load(folder).digest]
    for old, new in (
        ('["predictions.csv"]', '["predictions.csv", "more.csv"]'),
        ("more.csv", "more.csv"),
        ('data = ["data"]', 'data = ["data"]\nwritable = false'),
        ("writable = false", 'python = ".venv/bin/python"'),
        (".venv", ".venv2"),
        ('data = ["data"]', 'data = ["data", "task.py"]'),
    ):
        put(folder, old, new)
        found.append(study_files.load(folder).digest)
    assert len(set(found)) == len(found) - 1  # one line changed nothing
