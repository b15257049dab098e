"""Runs that are written by hand into a small ledger: any objective, any claim, any scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load, replicate
from toolkit.ledger.subjects import BASELINE
from toolkit.records import Candidate, Scored, Usage
from toolkit.study.objective import Claim, Nouns, Objective
from toolkit.study.space import Float, to_json

SOURCE = {"main.py": "def run(context, inputs, parameters, services):\n    return inputs\n"}
Levels = Mapping[str, float]


@dataclass(frozen=True)
class Program:
    """Levels of one program, in the objective's own direction.

    search: its level on the search split. final: {row: level} where scores decide, if data or
    seeds were held out; the mean over rows is its level. replicates: its level under each seed.
    """

    search: float
    final: Levels = field(default_factory=dict)
    replicates: Sequence[float] = ()


@dataclass(frozen=True)
class Made:
    """A run of a study. searchers: {alias: for each seed, the programs of its trials}."""

    baseline: Program
    searchers: Mapping[str, Sequence[Sequence[Program]]]
    objective: Objective = Objective()  # noqa: RUF009 - frozen
    claim: Claim = "sealed"
    nouns: Nouns = Nouns("query", "queries", "corpus", "corpora", "ranking", "rankings")  # noqa: RUF009
    clusters: Mapping[str, str] = field(default_factory=dict)
    """{item of the test split: cluster}"""

    def write(self, folder: Path) -> State:
        """The ledger in a folder; returns the state that it folds into."""
        with Ledger(folder, writer=True) as ledger:
            ledger.append("study", self._study())
            cells = [
                (f"{alias}-{seed}", alias, seed, trials)
                for alias, seeds in self.searchers.items()
                for seed, trials in enumerate(seeds)
            ]
            budget = max(len(trials) for *_, trials in cells)
            keys = [key for key, *_ in cells]
            ledger.append("command", {"budget": budget, "max_seconds": None, "cells": keys})
            self._assess(ledger, BASELINE, "search", self.baseline)
            if self._held_out:
                self._assess(ledger, BASELINE, "test", self.baseline)
            for key, alias, seed, trials in cells:
                self._cell(ledger, key, alias, seed, trials)
            return load(ledger)

    @property
    def _held_out(self) -> bool:
        return self.claim in ("sealed", "replicates")

    def _study(self) -> dict[str, Any]:
        test = dict(self.clusters) if self._held_out else {}
        if self.claim == "replicates":
            test = {"s1": "s"}
        items = {"search": {"s1": "s"}, "test": test}
        return {
            "name": "made", "title": "Made by hand", "digest": "0" * 64, "isolation": "confined",
            "items": items, "kinds": {item: "all" for table in items.values() for item in table},
            "counted": ["all"], "full": 1, "defaults": {"x": 0.0}, "parameters": ["x"],
            "space": {"x": to_json(Float(default=0.0, low=0.0, high=9.0))}, "roles": {},
            "original": SOURCE, "start": "",
            "objective": self.objective.to_json(), "nouns": self.nouns.to_json(),
            "claim": self.claim,
            "replicates": {"search": 1, "final": len(self.baseline.final) or 1},
        }  # fmt: skip

    def _scored(self, program: Program, split: str) -> dict[str, Any]:
        sign = self.objective.sign
        rows = program.final if split == "test" else {"s1": program.search}
        replicates = [sign * level for level in program.replicates]
        if split == "search" and self._held_out:
            replicates = []
        found = Scored(
            status="ok", score=sign * fmean(rows.values()),
            items={row: sign * level for row, level in rows.items()}, metrics={"size": 53120.0},
            usage=Usage(wall_s=1.0, cpu_s=1.0), replicates=replicates,
        )  # fmt: skip
        return {**found.row(), "outputs": None}

    def _assess(self, ledger: Ledger, subject: str, split: str, program: Program) -> None:
        row = {**self._scored(program, split), "subject": subject, "split": split}
        ledger.append("assessed", row)

    def _cell(
        self, ledger: Ledger, key: str, alias: str, seed: int, trials: Sequence[Program]
    ) -> None:
        row = {
            "alias": alias, "searcher": alias, "options": {}, "seed": seed, "model": None,
            "independent": False,
        }  # fmt: skip
        ledger.append("cell", row, cell=key)
        for number, program in enumerate(trials, start=1):
            candidate = Candidate({"x": number / 1000 + seed / 100 + len(alias) / 10})
            start = {
                "number": number, "candidate": ledger.put(candidate.to_json()), "share": 1.0,
                "items": 1, "smoke": False,
            }  # fmt: skip
            ledger.append("started", start, cell=key)
            end = {**self._scored(program, "search"), "number": number, "isolation": "confined"}
            ledger.append("finished", end, cell=key)
            if self._held_out:
                self._assess(ledger, candidate.digest, "test", program)
        ended = {
            "status": "finished", "detail": "", "budget": len(trials), "max_seconds": None,
            "diverged": False, "mismatches": 0, "unaccounted": {},
        }  # fmt: skip
        ledger.append("ended", ended, cell=key)


def seeds_of(*levels: float) -> dict[str, float]:
    """{row of a replicate: level}"""
    return {replicate(n): level for n, level in enumerate(levels)}
