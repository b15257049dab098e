"""Seed that a program takes itself: each run that has a seed of its own hands it over."""

from __future__ import annotations

import subprocess
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from toolkit.bench.bench import Bench
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.records import Candidate, Scored
from toolkit.scaffold import options, seeds, survey
from toolkit.scaffold.answers import Answers
from toolkit.study import study as study_files

Cli = Callable[..., subprocess.CompletedProcess[str]]

MAIN = """import argparse
import os

SEED = 3  # of everything
MODE = "calm"
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=5)
parser.add_argument("--fast", action="store_true")
args = parser.parse_args()
print("constant:", SEED)
print("option:", args.seed)
print("variable:", int(os.environ.get("LUCK", "7")))
print("setting:", open("config.yaml").read().split()[-1])
"""
STUDY = """name = "mine"
objective = {{ name = "number", direction = "minimize" }}
splits = {{ test = "{test}" }}
limits = {{ cpu_s = 10 }}

[code]
path = "."
script = ["python", "main.py"]
seed = "{seed}"
editable = ["main.py"]

[parameters]
MODE = {{ choices = ["calm", "wild"], at = "main.py:MODE" }}
{more}

[task]
kind = "printed"
pattern = '{shown}: (\\d+)'
"""


@pytest.fixture(scope="module")
def evaluator() -> Iterator[LocalEvaluator]:
    with LocalEvaluator(command=True) as running:
        yield running


def write(root: Path, seed: str, shown: str = "option", test: str = "replicates",
          more: str = "") -> Path:  # fmt: skip
    (root / "main.py").write_text(MAIN)
    (root / "config.yaml").write_text("# a comment\nseed: 9\n")
    text = STUDY.format(seed=seed, shown=shown, test=test, more=more)
    (root / "study.toml").write_text(text)
    return root


def ran(root: Path, evaluator: LocalEvaluator, candidate: Candidate = Candidate()) -> Scored:  # noqa: B008
    return Bench(study_files.load(root), evaluator).run(candidate)


@pytest.mark.parametrize(
    ("seed", "shown"),
    [
        ("--seed", "option"),
        ("main.py:SEED", "constant"),
        ("env:LUCK", "variable"),
        ("config.yaml:seed", "setting"),
    ],
)
def test_a_run_hands_its_seed_to_the_place_that_the_study_names(
    tmp_path: Path, evaluator: LocalEvaluator, seed: str, shown: str
) -> None:
    bench = Bench(study_files.load(write(tmp_path, seed, shown)), evaluator)
    given = bench.run(Candidate(), seed=1234)
    assert given.score == -1234.0
    own = bench.run(Candidate()).score
    assert own is not None
    assert -own not in (3, 5, 7, 9)  # 31 bits of the run's secret


def test_a_program_keeps_its_own_seed_where_runs_have_none(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    assert ran(write(tmp_path, "--seed", test="none"), evaluator).score == -5.0
    assert ran(write(tmp_path, "main.py:SEED", "constant", "none"), evaluator).score == -3.0


def test_an_edit_that_removes_the_place_of_the_seed_is_told(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = Bench(study_files.load(write(tmp_path, "main.py:SEED", "constant")), evaluator)
    text = MAIN.replace("SEED = 3", "LUCK = 3").replace(", SEED)", ", LUCK)")
    edit = bench.study.pristine.edited("", {"main.py": text})
    found = bench.run(Candidate(patch=edit))
    assert found.status == "invalid"
    assert found.detail == ("the place of the seed is gone: main.py has no constant SEED any more")


def test_an_option_in_one_word_is_the_seed_s_own_place(tmp_path: Path) -> None:
    root = write(tmp_path, "--seed", "option")
    file = root / "study.toml" if root.is_dir() else root
    text = file.read_text()
    assert "[parameters]" in text
    extra = '[parameters]\nluck = { int = [0, 9], at = "--seed=" }\n'
    file.write_text(text.replace("[parameters]\n", extra))
    with pytest.raises(StudyError, match=r"code\.seed: --seed is the place of the parameter luck"):
        study_files.load(root)


@pytest.mark.parametrize(
    ("seed", "says"),
    [
        ("--sed", "code.seed: no Python file takes --sed; did you mean '--seed'?"),
        ("env:SEDE", "code.seed: no Python file takes env:SEDE (known: env:LUCK)"),
        ("main.py:SED", "code.seed: main.py has no constant SED"),
        ("main.py:MODE", "code.seed: main.py:MODE is the place of the parameter MODE, too"),
        ("--fast", "code.seed: False stands at --fast, and a seed is a whole number"),
        ("seed", "code.seed: must be a place like"),
    ],
)  # fmt: skip
def test_a_place_that_takes_no_seed_is_refused_when_the_study_is_loaded(
    tmp_path: Path, seed: str, says: str
) -> None:
    with pytest.raises(StudyError) as caught:
        study_files.load(write(tmp_path, seed))
    assert says in str(caught.value)


def test_the_place_of_the_seed_is_part_of_the_study_and_its_absence_changes_nothing(
    tmp_path: Path,
) -> None:
    with_seed = study_files.load(write(tmp_path, "--seed"))
    text = (tmp_path / "study.toml").read_text().replace('seed = "--seed"\n', "")
    (tmp_path / "study.toml").write_text(text)
    without = study_files.load(tmp_path)
    assert without.seed_at is None
    assert with_seed.digest != without.digest


LUCKY = """
    import argparse
    import random

    parser = argparse.ArgumentParser()
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    data = {data}
    print("loss:", args.depth + random.Random(args.seed).random())
    """


def lucky(tmp_path: Path, data: str = "[]") -> Path:
    root = tmp_path / "mine"
    root.mkdir()
    (root / "main.py").write_text(textwrap.dedent(LUCKY).format(data=data))
    return root


def test_init_finds_the_seed_and_decides_by_runs_under_other_seeds(
    cli: Cli, tmp_path: Path
) -> None:
    root = lucky(tmp_path)
    done = cli("init", "mine", "--yes")
    assert done.returncode == 0, done.stderr
    assert "(standard deviation of 3 runs, each under a seed of its own: --seed)" in done.stdout
    study = study_files.load(root)
    assert study.claim == "replicates"
    assert study.seed_at is not None
    assert study.seed_at.at == "--seed"
    assert "if this seed also splits the data, take the line out" in (
        (root / "study.toml").read_text()
    )


@pytest.mark.slow
def test_a_comparison_is_decided_over_the_seeds_that_a_script_is_handed(
    cli: Cli, tmp_path: Path
) -> None:
    lucky(tmp_path)
    assert cli("init", "mine", "--yes", "--runs", "2").returncode == 0
    more = ("--budget", "4", "--searchers", "random", "--after", "none", "--no-plots")
    done = cli("compare", "mine", *more)
    assert done.returncode == 0, done.stderr
    (table,) = (tmp_path / "runs").glob("mine-*/table.txt")
    assert "other seeds (standard deviation over 5" in " ".join(table.read_text().split())


def test_init_hands_over_no_seed_that_also_splits_the_data(cli: Cli, tmp_path: Path) -> None:
    data = "random_split(range(9), seed=args.seed)"
    root = lucky(tmp_path, data)
    assert cli("init", "mine", "--yes", "--runs", "0").returncode == 0
    assert study_files.load(root).seed_at is None
    told = "nothing is held out; --seed is not handed over, since it decides the data (main.py, line 9)"
    assert told in (root / "study.toml").read_text()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("SEED = 3\n", "main.py:SEED"),
        ("random_state = 3\n", "main.py:random_state"),
        ("SEED = 3\nSEED = 4\n", ""),
        ("import os\nSEED = int(os.environ.get('SEED', '3'))\n", "env:SEED"),
        ("SEEDS = [1, 2]\n", ""),
        ("def made(seed=3):\n    return seed\nmade()\n", "main.py:made.seed"),
        ("def made(seed=3):\n    return seed\nmade(seed=4)\n", ""),
        ("import click\n@click.option('--seed', default=None, type=int)\ndef f(seed):\n    pass\n",
         "--seed"),
    ],
)  # fmt: skip
def test_the_seed_is_found_where_one_value_decides_it(tmp_path: Path, text: str, at: str) -> None:
    (tmp_path / "main.py").write_text(f'DEPTH = 3\n{text}print("loss:", DEPTH)\n')
    found = survey.read(tmp_path)
    seed = seeds.found(found, options.chosen(found, Answers()))
    assert (seed.at if seed else "") == at
