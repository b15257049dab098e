"""Programs without isolation: where study and person both ask for it, and nowhere else."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TOY

from toolkit.evaluators import bundled
from toolkit.ledger.journal import Journal
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import load
from toolkit.places import note

Cli = Callable[..., subprocess.CompletedProcess[str]]

OUTSIDE = """
import os, socket

def run(conversation, questions, parameters, services):
    open({file!r}).read()
    socket.socket().close()
    return [{{"answer": "0.5", "retrieved": []}} for _ in questions]
"""


@pytest.fixture
def outside(toy_folder: Path, tmp_path: Path) -> Path:
    """A study whose program needs a file that lies elsewhere, and a socket."""
    (tmp_path / "elsewhere").write_text("what it needs")
    program = OUTSIDE.format(file=str(tmp_path / "elsewhere"))
    (toy_folder / "toy_pipeline" / "main.py").write_text(program)
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace("[limits]", '[limits]\nisolation = "none"'))
    return file


def test_no_isolation_is_none_where_study_and_person_ask_for_it(cli: Cli, outside: Path) -> None:
    done = cli("run", str(outside), "--allow-weak", "--json")
    found = json.loads(done.stdout)
    assert (found["status"], found["isolation"]) == ("ok", "none"), found["detail"]
    assert "isolation" not in done.stderr


def test_a_study_alone_takes_no_isolation_away_and_says_so(cli: Cli, outside: Path) -> None:
    done = cli("run", str(outside), "--json")
    found = json.loads(done.stdout)
    assert (found["status"], found["isolation"]) == ("crashed", "confined")
    assert "asks for isolation = \"none\", and its programs run 'confined' until you" in done.stderr


def test_nor_does_a_person_alone(cli: Cli) -> None:
    done = cli("run", str(TOY), "--allow-weak", "--json")
    assert json.loads(done.stdout)["isolation"] == "confined"


def test_a_run_is_at_the_weakest_level_that_it_has_come_down_to(tmp_path: Path) -> None:
    levels = []
    with Ledger(tmp_path / "run", writer=True) as ledger:
        journal = Journal(ledger)
        journal.write("study", {"isolation": "confined"})
        for confine in (True, False, True):
            with bundled.local(confine=confine) as evaluator:
                note(journal, evaluator)
            levels.append(load(ledger).isolation)
    assert levels == ["confined", "none", "none"]


@pytest.mark.slow
def test_the_table_shows_the_weakest_level_of_a_run(
    cli: Cli, outside: Path, toy_folder: Path
) -> None:
    original = (TOY / "toy_pipeline" / "main.py").read_text()
    (toy_folder / "toy_pipeline" / "main.py").write_text(original)
    first = cli("compare", str(outside), "--budget", "2", "--out", "here", "--json")
    assert json.loads(first.stdout)["isolation"] == "confined", first.stderr
    weaker = cli("compare", str(outside), "--budget", "3", "--out", "here", "--allow-weak")
    assert "isolation: none" in weaker.stdout, weaker.stderr


def test_doctor_says_how_a_program_runs_without_isolation() -> None:
    from toolkit.cli.doctor import _isolation

    assert 'isolation = "none" and the command --allow-weak' in _isolation()["none"]


@pytest.mark.ray
@pytest.mark.timeout(300)
def test_on_ray_too(cli: Cli, outside: Path) -> None:
    done = cli("run", str(outside), "--evaluator", "ray", "--allow-weak", "--json")
    assert json.loads(done.stdout)["isolation"] == "none", done.stderr
    assert json.loads(done.stdout)["status"] == "ok"
    done = cli("run", str(outside), "--evaluator", "ray", "--json")
    assert json.loads(done.stdout)["isolation"] == "confined", done.stderr
