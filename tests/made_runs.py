"""Runs that are written by hand into a small ledger: any objective, any claim, any scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from toolkit.ledger.ledger import Event, Ledger
from toolkit.ledger.state import State, fold, load, replicate
from toolkit.ledger.subjects import BASELINE
from toolkit.records import Candidate, Scored, Usage, canonical, digest
from toolkit.study.objective import Claim, Nouns, Objective
from toolkit.study.space import Float, to_json

SOURCE = {"main.py": "def run(context, inputs, parameters, services):\n    return inputs\n"}
Levels = Mapping[str, float]
Fact = tuple[str, dict[str, Any], str]
"""kind, data and cell of an event"""


@dataclass(frozen=True)
class Program:
    """Levels of one program, in the objective's own direction.

    search: its level on the search split. final: {row: level} where scores decide, if data or
    seeds were held out; the mean over rows is its level, and without any it was not scored there.
    replicates: its level under each seed, where scores decide. again: its level in a second run.
    tried: its level under each seed of the search, where other runs decide.
    """

    search: float
    final: Levels = field(default_factory=dict)
    replicates: Sequence[float] = ()
    again: float | None = None
    tried: Sequence[float] = ()


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
            for kind, data, cell in self._facts(ledger.put):
                ledger.append(kind, data, cell=cell)
            return load(ledger)

    def state(self) -> State:
        """The same state without a file, for thousands of runs."""
        store = Blobs()
        facts = enumerate(self._facts(store.put))
        return fold((Event(n, cell, kind, data, 0.0) for n, (kind, data, cell) in facts), store)

    def _facts(self, put: Callable[[Any], str]) -> Iterator[Fact]:
        yield "study", self._study(), ""
        cells = [
            (f"{alias}-{seed}", alias, seed, trials)
            for alias, seeds in self.searchers.items()
            for seed, trials in enumerate(seeds)
        ]
        budget = max(len(trials) for *_, trials in cells)
        keys = [key for key, *_ in cells]
        yield "command", {"budget": budget, "max_seconds": None, "cells": keys}, ""
        yield self._assess(BASELINE, "search", self.baseline)
        if self._held_out:
            yield self._assess(BASELINE, "test", self.baseline)
        yield from self._once_more(BASELINE, self.baseline)
        for key, alias, seed, trials in cells:
            yield from self._cell(put, key, alias, seed, trials)

    @property
    def _held_out(self) -> bool:
        return self.claim in ("sealed", "replicates")

    @property
    def _times(self) -> int:
        """Replicates of a program where scores decide."""
        rows = self.baseline.final if self.claim == "replicates" else self.baseline.replicates
        return len(rows) or 1

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
            "replicates": {"search": 1, "final": self._times},
        }  # fmt: skip

    def _scored(self, program: Program, split: str) -> dict[str, Any]:
        sign = self.objective.sign
        rows = program.final if split == "test" else {"s1": program.search}
        replicates = [sign * level for level in program.replicates]
        if split == "search" and self._held_out:
            replicates = [sign * level for level in program.tried]
        if split == "test" and self.claim == "replicates":
            replicates = [sign * level for level in rows.values()]
        found = Scored(
            status="ok", score=sign * fmean(rows.values()),
            items={row: sign * level for row, level in rows.items()}, metrics={"size": 53120.0},
            usage=Usage(wall_s=1.0, cpu_s=1.0), replicates=replicates,
        )  # fmt: skip
        return {**found.row(), "outputs": None}

    def _assess(self, subject: str, split: str, program: Program) -> Fact:
        row = {**self._scored(program, split), "subject": subject, "split": split}
        return "assessed", row, ""

    def _once_more(self, subject: str, program: Program) -> Iterator[Fact]:
        if program.again is not None:
            yield self._assess(f"A/A run:{subject}", "search", Program(program.again))

    def _cell(
        self, put: Callable[[Any], str], key: str, alias: str, seed: int,
        trials: Sequence[Program],
    ) -> Iterator[Fact]:  # fmt: skip
        row = {
            "alias": alias, "searcher": alias, "options": {}, "seed": seed, "model": None,
            "independent": False,
        }  # fmt: skip
        yield "cell", row, key
        for number, program in enumerate(trials, start=1):
            candidate = Candidate({"x": number / 1e6 + seed / 1e3 + len(alias) / 10})
            start = {
                "number": number, "candidate": put(candidate.to_json()), "share": 1.0,
                "items": 1, "smoke": False,
            }  # fmt: skip
            yield "started", start, key
            end = {**self._scored(program, "search"), "number": number, "isolation": "confined"}
            yield "finished", end, key
            yield from self._once_more(candidate.digest, program)
            if self._held_out and program.final:
                yield self._assess(candidate.digest, "test", program)
        ended = {
            "status": "finished", "detail": "", "budget": len(trials), "max_seconds": None,
            "diverged": False, "mismatches": 0, "unaccounted": {},
        }  # fmt: skip
        yield "ended", ended, key


class Blobs:
    """A ledger's store of blobs, kept in memory."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def put(self, value: Any) -> str:
        name = digest(canonical(value))
        self._known[name] = value
        return name

    def get(self, name: str) -> Any:
        return self._known[name]


def seeds_of(*levels: float) -> dict[str, float]:
    """{row of a replicate: level}"""
    return {replicate(n): level for n, level in enumerate(levels)}
