"""Searchers of plugins: wrong ones are told, and `plugins new` writes a right one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import expect_contract
from plugin_rows import TOY, rows

Cli = Callable[..., subprocess.CompletedProcess[str]]

Install = Callable[..., Path]

SEARCHER = """
import toolkit, random
class Wrong:
    def __init__(self, *{arguments}) -> None: pass
    def run(self, lab):
        {body}
@toolkit.hookimpl
def register_searchers(register):
    register("wrong", Wrong)
"""

FAULTS = {
    "raises at once": ("raise RuntimeError('no idea')", "RuntimeError: no idea (wrong.py:6)"),
    "spins": ("while True: pass", "did nothing for 1 s"),
    "asks for ever": (
        "while True:\n            try: lab.evaluate(toolkit.Candidate())\n"
        "            except toolkit.BudgetSpent: pass",
        "asked for more after its budget was spent",
    ),
    "rubbish": ("lab.evaluate('better code')", "proposed a str; propose a toolkit.Candidate"),
    "nothing": ("pass", "proposed nothing"),
}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(f, marks=pytest.mark.slow) if f in ("spins", "rubbish", "nothing") else f
        for f in FAULTS
    ],
)
def test_a_wrong_searcher_gets_a_clear_message(cli: Cli, install: Install, fault: str) -> None:
    body, message = FAULTS[fault]
    site = install("wrong", SEARCHER.format(arguments="", body=body).replace("self, *)", "self)"))
    done = cli(
        "compare", TOY, "--budget", "3", "--searchers", "wrong,random", "--stall-seconds", "1",
        path=site,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert message in " ".join(done.stdout.split()), done.stdout
    assert "Traceback" not in done.stdout
    assert "random" in done.stdout


def test_a_missing_option_says_what_to_type(cli: Cli, install: Install) -> None:
    site = install("wrong", SEARCHER.format(arguments=", table: str", body="pass"))
    done = cli("compare", TOY, "--budget", "3", "--searchers", "wrong", path=site)
    assert done.returncode == 2
    assert "add -o wrong.table=VALUE" in done.stderr


@pytest.mark.slow
def test_a_heavy_import_is_named(cli: Cli, install: Install) -> None:
    site = install("heavy", "import time\ntime.sleep(0.6)\nimport sklearn.cluster, pandas\n")
    row = rows(cli, site)["heavy"]
    assert "import what is heavy inside functions" in str(row["slow"])
    done = cli("compare", TOY, "--budget", "1", path=site)
    assert "plugin 'heavy' is slow" in done.stderr


@pytest.mark.slow
def test_a_searcher_that_ignores_its_seed_is_named_when_resumed(
    cli: Cli, install: Install, tmp_path: Path
) -> None:
    body = "while True: lab.evaluate(toolkit.Candidate({'x': random.random()}))"
    site = install("wrong", SEARCHER.format(arguments="", body=body).replace("self, *)", "self)"))
    for budget in ("3", "6"):
        done = cli(
            "compare", TOY, "--budget", budget, "--searchers", "wrong", "--out", "here", path=site
        )
    assert "lab.rng or lab.seed" in " ".join(done.stdout.split())
    assert done.returncode == 0


@pytest.mark.slow
def test_new_writes_a_distribution_that_works(cli: Cli, install: Install, tmp_path: Path) -> None:
    done = cli("plugins", "new", "annealing")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "toolkit-annealing"
    site = install("annealing", (folder / "toolkit_annealing.py").read_text())
    run = cli("compare", TOY, "--budget", "4", "--searchers", "annealing", "--json", path=site)
    assert json.loads(run.stdout)["cells"][0]["trials"] == 4, run.stderr
    again = cli("plugins", "new", "annealing")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert cli("plugins", "new", "Simulated Annealing").returncode == 2


@pytest.mark.slow
def test_new_installs_and_keeps_the_contract(cli: Cli, tmp_path: Path) -> None:
    cli("plugins", "new", "annealing")
    folder = tmp_path / "toolkit-annealing"
    expect_contract(folder, tmp_path / "site")
    assert rows(cli, tmp_path / "site")["annealing"]["distribution"] == "toolkit-annealing"
