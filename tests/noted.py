"""Comparisons on the study of notes, whose searcher tries edits that a test gives."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import toolkit
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.report import integrity
from toolkit.report.summary import summarise
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

STUDY = Path(__file__).parent / "integrity_study"
MAIN = "notes/main.py"
HONEST = (
    '"yes" if "true" in question else conversation["text"].split()[2] if "go" in question else ""'
)
Run = Callable[..., State]


@pytest.fixture
def run(evaluator: LocalEvaluator, tmp_path: Path) -> Run:
    """run({path: text}, …) -> State: each argument is an edit on top of the one before."""

    def compare(*edits: dict[str, str], baseline: str = "", secret: str = "") -> State:
        folder = tmp_path / "study"
        if not folder.exists():
            shutil.copytree(STUDY, folder, ignore=shutil.ignore_patterns("*.pyc"))
            if baseline:
                (folder / MAIN).write_text(baseline)

        class Scripted:
            def run(self, lab: toolkit.Lab) -> None:
                best = lab.baseline
                for number, files in enumerate(edits):
                    edited = lab.edit(best.candidate, files)
                    label: Any = "format" if number else "architecture"
                    candidate = toolkit.Candidate(
                        edited.overrides, edited.patch, f"step {number}", label, best.number or None
                    )
                    trial = lab.evaluate(candidate)
                    if trial.ok and (trial.score or 0) > (best.score or 0):
                        best = trial

        bench = Bench(study_files.load(folder), evaluator)
        asked = Plan(
            [CellSpec("scripted", "scripted", Scripted, {}, 0)], Budget(max(1, len(edits)))
        )
        with Ledger(tmp_path / "run", writer=True) as ledger:
            if secret:
                ledger.append("secret", {"order": secret})
            return Comparison(bench, ledger, asked).run()

    return compare


def main(answer: str, *, before: str = "", during: str = "    pass") -> dict[str, str]:
    """Program that answers each question with this expression."""
    text = (
        f"{before}\n\ndef run(conversation, questions, parameters, services):\n    found = []\n{during}\n"
        "    for place, asked in enumerate(questions):\n"
        "        question = asked['text']\n"
        f"        found.append({answer})\n"
        "    return [{'answer': one, 'retrieved': []} for one in found]\n"
    )
    return {MAIN: text}


def champion(state: State) -> dict[str, Any]:
    (found,) = summarise(state)["integrity"]["champions"].values()
    return dict(found)


def shown(state: State) -> str:
    return "\n".join(integrity.lines(summarise(state)["integrity"]))


def checks(state: State, subject: str) -> dict[str, tuple[str, str]]:
    """Checks of one program: {check: (outcome, why)}."""
    rows = summarise(state)["integrity"]["checks"]
    return {row["check"]: (row["outcome"], row["why"]) for row in rows if row["subject"] == subject}
