"""Cells that ask for requests of the staged loop and answer them with programs of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import toolkit
from searchers.autoresearcher.edit import Edit
from searchers.autoresearcher.experiment import Experiment, Verdict
from searchers.autoresearcher.requests.messages import Request, Requests
from searchers.autoresearcher.requests.now import Now, Settings
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators import bundled
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.llm.varying import sent
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files


@dataclass
class Asked:
    """A cell as it stands. requests: what was asked for so far."""

    lab: toolkit.Lab
    settings: Settings
    best: toolkit.Trial
    experiments: list[Experiment] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    now: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.made = Requests(self.lab, self.settings)

    def standing(self) -> Now:
        return Now(self.best, tuple(self.experiments), **self.now)

    def survey(self) -> str:
        self.requests.append(self.made.survey(self.standing()))
        return text(self.requests[-1])

    def round(self) -> str:
        self.requests.append(self.made.round(self.standing()))
        return text(self.requests[-1])

    def try_out(
        self,
        edit: Edit,
        overrides: Mapping[str, Any] | None = None,
        files: Mapping[str, str | None] | None = None,
        verdict: Verdict | None = None,
        **more: Any,
    ) -> Experiment:
        """One experiment, kept where its score rises."""
        lab, parent = self.lab, self.best
        candidate = toolkit.Candidate(
            {**parent.candidate.overrides, **(overrides or {})}, parent.candidate.patch
        )
        trial = lab.evaluate(lab.edit(candidate, files) if files else candidate)
        found = lab.compare(trial, parent)
        is_kept = trial.score is not None and trial.score > (parent.score or 0)
        marks, before = lab.marks(trial), lab.marks(parent)
        gains = {
            item: (mark.score or 0) - (before[item].score or 0)
            for item, mark in marks.items()
            if item in before
        }
        sign = lab.objective.sign
        kinds = {kind: level - lab.kinds(parent)[kind] for kind, level in lab.kinds(trial).items()}
        ends = sorted(sign * end for end in (found.low, found.high) if end is not None)
        low, high = ends if ends else (None, None)
        made = Experiment(
            len(self.experiments) + 1, edit, [trial.number],
            verdict or ("kept" if is_kept else "rejected" if trial.ok else "failed"),
            outcome=more.pop("outcome", trial.detail), change=None if found.gain is None else sign * found.gain,
            low=low, high=high, noise=found.noise, kinds=kinds,
            fixed=[item for item, gain in gains.items() if sign * gain > 1e-9],
            broken=[item for item, gain in gains.items() if sign * gain < -1e-9],
            parent=parent.number, trial=trial.number if trial.ok else None, **more,
        )  # fmt: skip
        self.experiments.append(made)
        self.best = trial if made.verdict == "kept" else parent
        return made


def text(request: Request) -> str:
    """Messages of a request, one below the other, each under its role."""
    return "\n\n".join(
        f"=== {message['role']}\n{message['content']}" for message in sent(request.messages)
    )


def cell(
    bench: Bench,
    folder: Path,
    play: Callable[[Asked], None],
    *,
    budget: float = 6,
    hide: Callable[[toolkit.Lab], Sequence[str]] = lambda lab: (),
    **settings: Any,
) -> Asked:
    """A cell in which `play` is the searcher."""
    found: list[Asked] = []

    class Player:
        def run(self, lab: toolkit.Lab) -> None:
            asked = Asked(lab, Settings(hidden=frozenset(hide(lab)), **settings), lab.baseline)
            found.append(asked)
            play(asked)
            lab.evaluate(toolkit.Candidate())

    spec = CellSpec("player", "player", Player, {}, 0)
    plan = Plan([spec], Budget(budget), 1, 600, search_only=True)
    with Ledger(folder, writer=True) as ledger:
        state = Comparison(bench, ledger, plan).run()
    ended = state.cells[spec.key].ended or {}
    assert ended["status"] == "finished", ended
    return found[-1]


def opened(path: Path) -> LocalEvaluator:
    """Evaluator for a study, as a comparison opens it."""
    study = study_files.load(path)
    return bundled.local(
        slots=1, hidden=[study.folder, *study.hidden], command=bool(study.command),
        python=study.python, readable=study.readable, preload=study.preload,
    )  # fmt: skip
