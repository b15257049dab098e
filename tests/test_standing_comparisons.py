"""Whole comparisons on digits, nanolm and packing, by the command, without the network."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.parametrize(
    ("study", "claim", "direction"),
    [
        ("digits", "sealed", "maximize"),
        ("nanolm", "sealed", "minimize"),
        ("packing", "exact", "maximize"),
    ],
)
def test_a_short_comparison_on_a_bundled_study_comes_to_a_verdict(
    tmp_path: Path,
    cli: Callable[..., subprocess.CompletedProcess[str]],
    study: str,
    claim: str,
    direction: str,
) -> None:
    asked = ("--budget", "6", "--searchers", "random,optuna", "--seeds", "1", "--after", "light")
    done = cli("compare", study, *asked)
    assert done.returncode == 0, done.stderr
    (file,) = (tmp_path / "runs").glob(f"{study}-*/summary.json")
    summary = json.loads(file.read_text())
    assert (summary["claim"], summary["objective"]["direction"]) == (claim, direction)
    assert summary["objective"]["evidence"] == "judged"
    assert {cell["searcher"]: cell["trials"] for cell in summary["cells"]} == {
        "random": 6,
        "optuna": 6,
    }
    assert not any(cell["failures"] for cell in summary["cells"])
    assert "leads" in done.stdout or "not decided" in done.stdout
