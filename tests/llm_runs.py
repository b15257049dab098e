"""Runs of the code-editing searcher on a scripted server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import TOY
from scripted import MODEL

from searchers.autoresearcher import Autoresearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.ledger.cell import CellState
from toolkit.ledger.ledger import Ledger
from toolkit.llm.gateway import Channel
from toolkit.llm.openai import OpenAiProvider
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan

Cli = Callable[..., subprocess.CompletedProcess[str]]

SERIES = """Some thoughts first.

# EDIT
LABEL: hyperparameter
HYPOTHESIS: x is far from the peak
SET: x = 0.3

# EDIT
LABEL: bug_fix
HYPOTHESIS: the scale loses a fifth
FILE: toy_pipeline/main.py
<<<<<<< SEARCH
SCALE = 0.8
=======
SCALE = 0.95
>>>>>>> REPLACE

# EDIT
LABEL: data
HYPOTHESIS: a worse value of y
SET: y = 1.0
"""

CRASH = """# EDIT
LABEL: architecture
HYPOTHESIS: parse something
FILE: toy_pipeline/main.py
<<<<<<< SEARCH
    value = SCALE * height(parameters) - context["offset"]
=======
    __import__("json").loads("no JSON")
    value = SCALE * height(parameters) - context["offset"]
>>>>>>> REPLACE
"""


@pytest.fixture
def search(bench: Bench, tmp_path: Path) -> Callable[..., CellState]:
    """search(channel, budget, **options): one cell of the code editor on the toy study."""

    def run(channel: Channel, budget: float = 3, **options: Any) -> CellState:
        spec = CellSpec("a", "autoresearch", Autoresearch, options, 0, channel.provider.name, True)
        plan = Plan([spec], Budget(budget), 1, 60, channel, search_only=True)
        with Ledger(tmp_path / "run", writer=True) as ledger:
            return Comparison(bench, ledger, plan).run().cells[spec.key]

    return run


def quick(**options: Any) -> tuple[Channel, list[float]]:
    """A channel to the scripted server that does not wait, and the waits it was asked for."""
    waits: list[float] = []
    return Channel(OpenAiProvider(MODEL), sleep=waits.append, **options), waits


def outcomes(cell: CellState) -> list[tuple[str, str]]:
    return [(trial.status, trial.detail) for _, trial in sorted(cell.trials.items())]


def compare(cli: Cli, *arguments: str, out: str = "run", **variables: str) -> dict[str, Any]:
    done = cli(
        "compare", str(TOY), "--searchers", "autoresearch", "--out", out, "--json", *arguments,
        **variables,
    )  # fmt: skip
    assert done.stdout, done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary
