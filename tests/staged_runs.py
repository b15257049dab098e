"""Runs of the staged loop with a language model that a test writes down beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from searchers.autoresearcher import Autoresearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.ledger.cell import CellState
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load
from toolkit.llm.gateway import Channel
from toolkit.llm.provider import LlmError, Provider, Reply, Request
from toolkit.records import Trial
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan

MAIN = "toy_pipeline/main.py"
STOP = "# STOP nothing is left\n"
SURVEY = "# NOTES\nThe scale loses a fifth.\n"
Script = Callable[[int, str], str] | Sequence[str]


class Scripted(Provider):
    """Answers the number-th request, from 0; a script that has ended stops the search."""

    name, price_free = "scripted", True

    def __init__(self, script: Script, first: int = 0) -> None:
        """first: requests that an earlier command has made already."""
        self.script, self.number = script, first
        self.prompts: list[str] = []

    def complete(self, request: Request) -> Reply:
        self.prompts.append("\n\n".join(one["content"] for one in request.messages))
        number, self.number = self.number, self.number + 1
        if callable(self.script):
            return Reply(self.script(number, self.prompts[-1]), "m", 10, 5)
        if number < len(self.script):
            return Reply(self.script[number], "m", 10, 5)
        return Reply(STOP, "m", 10, 5)


class Silent(Provider):
    """Answers nothing: whatever a replay asks must be on record."""

    name, price_free = "scripted", True

    def complete(self, request: Request) -> Reply:
        raise LlmError("nothing may be asked any more")


@dataclass
class Staged:
    """A cell that has run, and all that its model was asked."""

    cell: CellState
    state: State
    prompts: Sequence[str] = field(default_factory=list)

    @property
    def best(self) -> Trial:
        return self.state.champion(self.cell)

    def told(self, stage: str) -> list[str]:
        """Outcomes of one stage, in their order."""
        return [one.outcome for one in self.cell.stages if one.stage == stage]

    @property
    def verdicts(self) -> list[str]:
        """`1 kept`, in the order in which they were decided."""
        return [
            outcome.removeprefix("experiment ").partition(",")[0].replace(":", "")
            for outcome in self.told("decide")
        ]


def staged(
    bench: Bench, folder: Path, provider: Provider | Script, budget: float = 6, seed: int = 0,
    **options: Any,
) -> Staged:  # fmt: skip
    """One cell of the staged loop."""
    model = provider if isinstance(provider, Scripted | Silent) else Scripted(provider)  # type: ignore[arg-type]
    spec = CellSpec(
        "a", "autoresearch", Autoresearch, {"loop": "stages", **options}, seed, model.name, True
    )
    plan = Plan([spec], Budget(budget), 1, 60, Channel(model), search_only=True)
    with Ledger(folder, writer=True) as ledger:
        Comparison(bench, ledger, plan).run()
        state = load(ledger)
    return Staged(state.cells[spec.key], state, getattr(model, "prompts", []))


def edit(body: str, *, label: str = "bug_fix", hypothesis: str = "h", more: str = "") -> str:
    """One edit of a reply. more: fields above its body."""
    return f"# EDIT\nLABEL: {label}\nHYPOTHESIS: {hypothesis}\n{more}{body}\n"


def block(search: str, replacement: str, path: str = MAIN) -> str:
    return f"FILE: {path}\n<<<<<<< SEARCH\n{search}\n=======\n{replacement}\n>>>>>>> REPLACE\n"
