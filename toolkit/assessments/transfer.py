"""Champions, frozen, scored once on other studies that run the same code.

Nothing of it is told to a searcher. The baseline stands beside them there, and each opening of
another study's test split is on record before it happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ..attribution.progress import Progress
from ..bench import cost
from ..bench.bench import Bench
from ..bench.tally import HOST
from ..bench.threads import run_all
from ..errors import DataError, UserError
from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE, Split
from ..records import Candidate, Scored, canonical, digest
from ..study.task import contexts
from .programs import Assessments

PURPOSE = "transfer"
MISSING = "not_transferred"
"""name of the finding: {another study: why nothing was scored there}"""
DESCRIBED = (
    "name", "title", "digest", "objective", "nouns", "claim", "replicates", "kinds", "counted",
)  # fmt: skip


def score(
    assessments: Assessments, cells: Sequence[CellState], note: Callable[[str], None]
) -> None:
    """Score the final champions of these cells on every study that theirs names."""
    study, missing = assessments.bench.study, {}
    for other in study.others:
        try:
            bench = assessments.bench.beside(other)
        except UserError as error:
            # what is wrong with another study is no reason to lose what follows of this one
            what = "its data is not here" if isinstance(error, DataError) else "it does not load"
            missing[other.name] = f"{what}: {' '.join(str(error).split())}"
            note(f"transfer to {other.name}: not scored, {missing[other.name]}")
        else:
            _Transfer(assessments, bench, note).score(cells)
    if missing != assessments.state.findings.get(MISSING, {}):
        assessments.journal.write("finding", {"name": MISSING, "value": missing})


class _Transfer:
    """Programs of a run on the test split of one other study."""

    def __init__(self, assessments: Assessments, bench: Bench, note: Callable[[str], None]) -> None:
        self._run, self._bench, self._note = assessments, bench, note
        self._described = _described(bench, assessments.bench)
        self._split: Split = "test"

    def score(self, cells: Sequence[CellState]) -> None:
        """Score the baseline first: the limit by the clock is derived from its time."""
        champions = (self._run.state.champion(cell) for cell in cells)
        programs = {one.candidate.digest: one.candidate for one in champions if one.number}
        if not programs:
            return
        base = self._once(BASELINE, Candidate())
        if base is None or not base.ok:
            return
        self._bench.expect(cost.rate(base).seconds)
        progress = Progress(self._note)
        progress.begin(f"transfer to {self._bench.study.name}", "champions, frozen")
        jobs = [partial(self._once, name, one) for name, one in programs.items()]
        run_all(jobs, self._run.slots, progress.step, wait=False)

    def _once(self, subject: str, candidate: Candidate) -> Scored | None:
        """Score a program that is not on record there yet; None where the run was stopped."""
        known = self._known(subject)
        if known is not None and known.status != "lost":
            return known
        study, journal = self._bench.study.name, self._run.journal
        opened = {"subject": subject, "by": "compare", "purpose": PURPOSE, "study": study}
        if not self._run.write("opened", opened):
            return None
        found = self._bench.run(candidate, self._split, by=HOST)
        outputs = journal.ledger.put(found.outputs) if found.outputs else None
        row = {**found.row(), "subject": subject, "outputs": outputs}
        of = journal.ledger.put(self._described)
        return found if self._run.write("transferred", {**row, "of": of}) else None

    def _known(self, subject: str) -> Scored | None:
        state: State | None = self._run.state.transferred.get(self._bench.study.name)
        if state is None or state.study["digest"] != self._described["digest"]:
            return None
        return state.assessments.get((subject, self._split))


def _described(bench: Bench, own: Bench) -> Mapping[str, Any]:
    """Description of another study, as far as a report of the scores there needs it.

    searched: number of its items that lie in the own search split, under whatever name.
    """
    whole = bench.description()
    test = whole["items"]["test"]
    kinds = {item: kind for item, kind in whole["kinds"].items() if item in test}
    searched = set(_cases(own, "search"))
    shared = sum(case in searched for case in _cases(bench, "test"))
    found = {**{key: whole[key] for key in DESCRIBED}, "kinds": kinds, "items": {"test": test}}
    return {**found, "searched": shared} if shared else found


def _cases(bench: Bench, split: Split) -> Iterator[str]:
    """Items that count, as what a program gets of them: two with one text are the same case."""
    known = contexts(bench.task)
    for items in bench.items[split]:
        context = digest(canonical(known[items[0].call]))
        for item in items:
            if bench.vault.gold[item.id].kind in bench.vault.counted:
                yield canonical([context, item.input])
