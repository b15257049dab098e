"""Levels of isolation as `doctor` tells them, and as commands insist on them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TOY

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("layers", "canaries", "advice"),
    [
        ({"landlock": False, "seccomp": True}, ["read_ours"], "Linux 6.2 or later"),
        ({"landlock": True, "seccomp": False}, ["open_socket"], "CONFIG_SECCOMP_FILTER"),
        ({"landlock": True, "seccomp": True}, ["open_socket"], "another container runtime"),
        ({"landlock": True, "seccomp": True}, [], ""),
    ],
)
def test_doctor_says_how_to_raise_the_level(
    layers: dict[str, bool], canaries: list[str], advice: str
) -> None:
    from toolkit.cli.doctor import _advice
    from toolkit.evaluators.forkserver import Layers

    found = Layers(layers, canaries)
    assert advice in "; ".join(_advice(found))
    assert bool(_advice(found)) == (found.level == "process") == bool(found.reason)


def test_below_the_studys_level_a_run_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from toolkit.cli.main import cli
    from toolkit.evaluators import machine
    from toolkit.evaluators.unconfined import UnconfinedEvaluator

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(machine, "open_machine", lambda **_: UnconfinedEvaluator())
    refused = CliRunner().invoke(cli, ["run", str(TOY)])
    assert refused.exit_code == 2
    assert "isolated as 'confined', and here they are 'none'" in refused.output
    ran = CliRunner().invoke(cli, ["run", str(TOY), "--allow-weak", "--json"])
    assert json.loads(ran.stdout)["isolation"] == "none"
    assert ran.exit_code == 0


@pytest.mark.slow
def test_doctor_studies_data_and_completion(cli: Cli, tmp_path: Path) -> None:
    doctor = json.loads(cli("doctor", "--json", OPENAI_API_KEY="", OPENAI_BASE_URL="").stdout)
    assert doctor["plugins"]["optuna"] == "ok"
    assert doctor["isolation"]["problem"] == doctor["isolation"]["raise"] == ""
    assert (doctor["isolation"]["level"], doctor["isolation"]["command"]) == ("confined", "command")
    assert doctor["isolation"]["layers"] == "landlock, seccomp, capabilities"
    assert set(doctor["data"]) >= {"daybook", "locomo"}
    assert "none" in doctor["model"]
    assert doctor["packages"]["torch"]
    told = cli("doctor", TOOLKIT_DATA_DIR=str(tmp_path / "empty")).stdout
    assert all(line.partition(":")[2].strip() or line[0] != " " for line in told.splitlines())
    assert told.count("locomo10.json is missing") == 1
    assert "locomo" in cli("studies").stdout
    assert "steps" in cli("studies", str(TOY)).stdout
    assert "missing" in cli("data", "status", TOOLKIT_DATA_DIR=str(tmp_path)).stdout
    assert "_TOOLKIT_COMPLETE" in cli("completion", "bash").stdout
    listed = cli(_TOOLKIT_COMPLETE="bash_complete", COMP_WORDS="toolkit compare lo", COMP_CWORD="2")
    assert "locomo" in listed.stdout
