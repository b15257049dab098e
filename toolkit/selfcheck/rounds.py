"""Rounds of the check: runs of made programs whose truth is known, and what was made of them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ..assessments.programs import Assessments
from ..attribution.measure import Measurements
from ..bench.bench import Bench
from ..compare import Comparison
from ..evaluators.cached import CachedEvaluator
from ..ledger.ledger import Ledger
from ..ledger.state import State
from ..ledger.subjects import BASELINE
from ..llm.gateway import Channel
from ..search.budget import Budget
from ..search.cells import CellSpec, Plan
from ..study.claim import Replicates
from ..study.study import Study
from .edits import NullEdits, anchor, chain, copies
from .instrument import CONCEPTS, Instrument, decided, excludes_zero, kept
from .made import BETTER, NULL, Luck, MadePrograms
from .pool import Pool

Counts = Mapping[str, tuple[int, int]]
"""{row: (false findings, findings that could have been)} of one round"""
MEMORY = Path("/dev/shm")
EDITS = 11
ARM_TRIALS, ARM_SEEDS = 3, 3
REPLICATES = 3
PARTS = (f"{BETTER}_1", f"{NULL}_1", f"{NULL}_2", f"{BETTER}_2")
MANY_PARTS = (f"{BETTER}_1", *(f"{NULL}_{n}" for n in range(1, 9)), f"{BETTER}_2")
"""so many that their orders are drawn"""


@dataclass(frozen=True)
class Check:
    """Everything that a round needs. times: replicates of a program whose noise is measured."""

    study: Study
    pool: Pool
    instrument: Instrument
    seed: int = 0
    times: int = REPLICATES

    def round(self, number: int) -> dict[str, tuple[int, int]]:
        """Counts of all rows."""
        found: dict[str, tuple[int, int]] = {}
        for name, play in PLAYS.items():
            for row, (hits, of) in play(self, f"{self.seed}:{number}:{name}", number).items():
                before = found.get(row, (0, 0))
                found[row] = before[0] + hits, before[1] + of
        return found

    def run(
        self, luck: Luck, seed: str, cells: Sequence[CellSpec], budget: float, *,
        times: int = 1, accounts: bool = False,
    ) -> State:  # fmt: skip
        """A comparison of made programs; the champions' accounts as well where they are asked."""
        study = replace(self.study, replicates=Replicates(times, times))
        with (
            tempfile.TemporaryDirectory(prefix="toolkit-selfcheck-", dir=_memory()) as name,
            CachedEvaluator(MadePrograms(self.pool, luck, seed), Path(name)) as evaluator,
            Ledger(Path(name) / "run", writer=True) as ledger,
        ):
            bench = Bench(study, evaluator)
            channel = Channel(NullEdits(anchor(study.sources)))
            plan = Plan(cells, Budget(budget * times), channel=channel, search_only=True)
            comparison = Comparison(bench, ledger, plan)
            state, journal = comparison.run(), comparison.journal
            champions = [state.champion(cell) for cell in state.cells.values()]
            better = (one.candidate for one in champions if one.number)
            Assessments(bench, journal, 1, _quiet).candidates(better, "selfcheck")
            if accounts:
                self.instrument.accounts(Measurements(bench, journal))
            return state


def _memory() -> str | None:
    """Folder in memory, where there is one: a round waits for the disk ten times as long as it
    computes."""
    return str(MEMORY) if os.access(MEMORY, os.W_OK | os.X_OK) else None


def _quiet(text: str) -> None:
    """Progress of a round that takes a moment."""


def _copies(check: Check, seed: str, number: int) -> Counts:
    """One program under two names, whose outputs waver."""
    cells = [CellSpec(name, name, copies(f"{NULL}_1 = 1"), {}, 0) for name in ("one", "two")]
    found = check.instrument.pairs(check.run("items", seed, cells, 1))
    return {"copies": (decided(found, "one", "two"), 1)}


def _arms(check: Check, seed: str, number: int) -> Counts:
    """One searcher as two arms, each with seeds of its own; its programs do differ in worth."""
    cells = [
        CellSpec(alias, alias, check.instrument.arm, {}, (number * 2 + arm) * ARM_SEEDS + one)
        for arm, alias in enumerate(("one", "two"))
        for one in range(ARM_SEEDS)
    ]
    found = check.instrument.pairs(check.run("steady", seed, cells, ARM_TRIALS))
    return {"arms": (decided(found, "one", "two"), 1)}


def _nulls(luck: Luck, measured: bool, check: Check, seed: str, number: int) -> Counts:
    """Edits that change nothing, through the gate, the verdict and the account of the champion."""
    gate = check.instrument.gate
    cells = [CellSpec("gate", "gate", gate, {}, number, "selfcheck", uses_llm=True)]
    times = check.times if measured else 1
    state = check.run(luck, seed, cells, EDITS, times=times, accounts=True)
    (cell,) = state.cells.values()
    name = _name(luck, measured)
    found = {f"gate {name}": kept(cell), f"parts {name}": null_parts(state)}
    if luck != "steady":
        wrong = decided(check.instrument.pairs(state), "gate", BASELINE)
        found[f"verdict {name}"] = wrong, 1
    return found


def _chain(luck: Luck, measured: bool, check: Check, seed: str, number: int) -> Counts:
    """Edits that change nothing beside others that gain, in one champion."""
    state = _chained(PARTS, luck, check.times if measured else 1, check, seed)
    return {f"parts {_name(luck, measured)}": null_parts(state)}


def _long_chain(check: Check, seed: str, number: int) -> Counts:
    """The same with more parts than all subsets can run of."""
    return {"parts items, orders drawn": null_parts(_chained(MANY_PARTS, "items", 1, check, seed))}


def _chained(names: Sequence[str], luck: Luck, times: int, check: Check, seed: str) -> State:
    cells = [CellSpec("chain", "chain", chain([f"{name} = 1" for name in names]), {}, 0)]
    return check.run(luck, seed, cells, len(names), times=times, accounts=True)


def null_parts(state: State) -> tuple[int, int]:
    """(parts that add nothing and are said to, parts that add nothing), by both concepts."""
    parts = list(_nothing(state))
    return sum(parts), len(parts)


def _nothing(state: State) -> Iterator[bool]:
    for cell in state.cells.values():
        account = state.accounts.get(cell.key)
        for part in account["parts"] if account else ():
            patch = cell.trials[part["trial"]].candidate.patch
            if _is_null(patch, part["trial"], state, cell.key):
                yield any(excludes_zero(part[name]) for name in CONCEPTS)


def _is_null(patch: str, trial: int, state: State, key: str) -> bool:
    """True where a trial added no line that makes a program better to what it was built on."""
    cell = state.cells[key]
    parent = cell.trials[trial].candidate.parent
    before = cell.trials[parent].candidate.patch if parent else ""
    return patch.count(BETTER) == before.count(BETTER)


def _name(luck: Luck, measured: bool) -> str:
    return f"{luck}, measured" if measured else luck


Play = Callable[[Check, str, int], Counts]
PLAYS: Mapping[str, Play] = {
    "copies": _copies,
    "arms": _arms,
    "null edits, steady": partial(_nulls, "steady", False),
    "null edits, items": partial(_nulls, "items", False),
    "null edits, items, measured": partial(_nulls, "items", True),
    "null edits, runs, measured": partial(_nulls, "runs", True),
    "chain, items": partial(_chain, "items", False),
    "chain, runs, measured": partial(_chain, "runs", True),
    "long chain": _long_chain,
}
