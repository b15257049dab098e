"""The page on studies, sample by sample: each is put into the page's own study and run."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from textwrap import indent

import pytest
from conftest import ROOT

from toolkit.study import study as study_files

PAGE = (ROOT / "docs" / "write-a-study.md").read_text()
FILES = dict(re.findall(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```", PAGE, re.M | re.S))
BLOCKS = re.findall(r"^```toml\n(.*?)^```", PAGE, re.M | re.S)
TABLES = [text for text in BLOCKS if text != FILES["study.toml"]]
CODE = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
MEMBERS = indent(next(text for text in CODE if "def check" in text), "    ")
FOLDS = next(text for text in CODE if "left_out" in text)
POOL = next(text for text in CODE if text.startswith("def pool"))
CALL = next(text for text in CODE if text.startswith("toolkit.Item"))
POOLED = ["vault(self)", "toolkit.Vault(answers, score)"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def replaced(tables: str) -> str:
    """The page's study with some of its tables in place of its own."""
    given = tomllib.loads(tables)
    kept = re.split(r"^(?=\[)", FILES["study.toml"], flags=re.M)
    return "".join(part for part in kept if part.split("]")[0][1:] not in given) + "\n" + tables


def test_the_page_holds_a_whole_study() -> None:
    assert set(FILES) == {"study.toml", "task.py", "forecast/main.py"}
    assert len(TABLES) > 10


@pytest.mark.parametrize("tables", TABLES, ids=lambda text: re.sub(r"\W+", "-", text[:40]))
def test_every_table_of_the_page_is_read(folder: Path, tables: str) -> None:
    (folder / "study.toml").write_text(replaced(tables))
    if 'aggregate = "pooled"' in tables:
        task = FILES["task.py"].replace("Vault(answers, score)", "Vault(answers, score, pool=pool)")
        (folder / "task.py").write_text(f"{task}\n\n{POOL}")
    study_files.load(folder).task()


@pytest.mark.slow
def test_the_pages_study_runs_as_its_commands_say(
    folder: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert cli("studies", ".").returncode == 0
    ran = cli("run", ".")
    assert ran.returncode == 0, ran.stderr
    done = cli("compare", ".", "--budget", "4", "--searchers", "random,optuna")
    assert done.returncode == 0, done.stderr
    assert "bicycles" in done.stdout


def test_the_optional_members_of_the_page_work(
    folder: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    whole = FILES["task.py"].replace("\n\ndef score", f"\n{MEMBERS}\n\ndef score", 1)
    (folder / "task.py").write_text(whole)
    ran = cli("run", ".", "--json")
    assert ran.returncode == 0, ran.stderr
    assert '"largest_error"' in ran.stdout


def test_each_fold_of_the_page_learns_from_the_other_stations_of_the_search(folder: Path) -> None:
    task = FILES["task.py"].replace("\n\ndef score", f"\n{FOLDS}\n\ndef score", 1)
    (folder / "task.py").write_text(task)
    folds = study_files.load(folder).task().contexts()
    assert [len(rows) for rows in folds.values()] == [15] * 4 + [20] * 4
    assert [7, 21] not in folds["north"]
    assert [7, 21] in folds["harbour"]


def test_the_pages_item_is_one() -> None:
    import toolkit

    item = eval(CALL, {"toolkit": toolkit})
    assert (item.cluster, item.call) == ("query-17", "corpus")
