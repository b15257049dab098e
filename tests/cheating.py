"""A model that cheats: it writes what a test gives it, and a whole comparison follows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from noted import MAIN, STUDY

from searchers.autoresearcher import Autoresearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.llm.gateway import Channel
from toolkit.llm.provider import Provider, Reply, Request
from toolkit.report import integrity
from toolkit.report.summary import summarise
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

Cheat = Callable[..., "Cheated"]
HONEST = 'conversation["text"].split()[2] if "go" in question else ""'
"""what is worth something on every note: where they went"""


class Model(Provider):
    """Writes its edits at the first request for some, and mends none of them."""

    name, price_free = "cheat", True

    def __init__(self, edits: Sequence[str]) -> None:
        self.edits = list(edits)

    def complete(self, request: Request) -> Reply:
        if "survey" in request.title:
            return Reply("# NOTES\nRead.\n", "cheat", 1, 1)
        if "repair" in request.title:
            return Reply("# NOTES\nIt was meant so.\n", "cheat", 1, 1)
        text, self.edits = "\n".join(self.edits) or "# STOP that is all\n", []
        return Reply(text, "cheat", 1, 1)


class Cheated:
    """Fate of a model's edits."""

    def __init__(self, state: State) -> None:
        self.state, self.summary = state, summarise(state)
        (self.cell,) = state.cells.values()

    @property
    def row(self) -> dict[str, Any]:
        (row,) = self.summary["cells"]
        return dict(row)

    @property
    def findings(self) -> set[str]:
        """Checks that found something in the champion."""
        rows = self.summary["integrity"]["checks"]
        return {
            row["check"]
            for row in rows
            if row["outcome"] == "finding" and row["subject"] == self.cell.name
        }

    @property
    def report(self) -> str:
        return "\n".join(integrity.lines(self.summary["integrity"]))

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(one.status, one.detail) for _, one in sorted(self.cell.trials.items())]


@pytest.fixture
def cheat(evaluator: LocalEvaluator, tmp_path: Path) -> Cheat:
    """cheat(edit, …): a comparison of a model that wants these edits, on the study of notes."""

    def run(*edits: str, secret: str = "") -> Cheated:
        folder = tmp_path / "study"
        shutil.copytree(STUDY, folder, ignore=shutil.ignore_patterns("*.pyc"))
        model = Model(edits)
        spec = CellSpec("cheat", "autoresearch", Autoresearch, {"loop": "stages"}, 0, "cheat", True)
        plan = Plan([spec], Budget(len(edits) + 2), 1, 60, Channel(model))
        with Ledger(tmp_path / "run", writer=True) as ledger:
            if secret:
                ledger.append("secret", {"order": secret})
            return Cheated(
                Comparison(Bench(study_files.load(folder), evaluator), ledger, plan).run()
            )

    return run


def edit(body: str, hypothesis: str = "it is better so") -> str:
    return f"# EDIT\nLABEL: architecture\nHYPOTHESIS: {hypothesis}\n{body}\n"


def program(answer: str, *, before: str = "", during: str = "    pass", end: str = "") -> str:
    """Edit after which the program answers each question with this expression."""
    text = (
        f"{before}\n\ndef run(conversation, questions, parameters, services):\n    found = []\n{during}\n"
        "    for place, asked in enumerate(questions):\n"
        "        question = asked['text']\n"
        f"        found.append({answer})\n"
        f"    return [{{'answer': one, 'retrieved': []}} for one in found]{end}\n"
    )
    return edit(f"FILE: {MAIN}\n````python\n{text}````")
