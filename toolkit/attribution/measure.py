"""Runs the programs that an attribution asks for, each once, and keeps their scores.

A program is built by trying it on a few items of the search split. Its value is measured on the
sealed split, cluster by cluster, since a chain of parts needs no more than one cluster. Every run
is in the ledger before the next is asked for, so that the same command goes on where it was
stopped.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..bench.bench import Bench
from ..bench.tally import HOST
from ..edits import names
from ..edits.anatomy import declared, normal, settled
from ..errors import UserError
from ..ledger.journal import Journal
from ..ledger.state import State
from ..ledger.subjects import BASELINE
from ..records import Candidate, Scored
from .progress import Progress

Pair = tuple[Candidate, str]
PURPOSE = "attribution"


class Measurements:
    """Measured programs of one study; as many run at a time as there are slots."""

    def __init__(
        self, bench: Bench, journal: Journal, slots: int = 1,
        progress: Progress | None = None, by: str = "compare",
    ) -> None:  # fmt: skip
        """by: the command, for the openings of the split."""
        self.bench, self.journal, self.slots = bench, journal, slots
        self.progress, self.by = progress or Progress(), by
        self._wrong_anyway = names.problems(bench.study.sources)
        self._adopt()

    @property
    def state(self) -> State:
        return self.journal.state

    def _adopt(self) -> None:
        """Programs that were scored on the whole split already need no second run."""
        self._adopted: dict[tuple[str, str], Scored] = {}
        known, defaults = declared(self.state), self.state.study["defaults"]
        trials = [t for cell in self.state.cells.values() for t in cell.trials.values()]
        programs = {
            trial.candidate.digest: normal(settled(trial.candidate, known), defaults).digest
            for trial in trials
        }
        programs[BASELINE] = Candidate().digest
        final = self.state.final
        clusters = self.state.rows(final)
        for (subject, split), found in self.state.assessments.items():
            if split == final and found.ok and subject in programs:
                by_cluster: dict[str, dict[str, float]] = {}
                for item, score in found.items.items():
                    by_cluster.setdefault(clusters[item], {})[item] = score
                for cluster, items in by_cluster.items():
                    key = programs[subject], cluster
                    self._adopted[key] = Scored(status="ok", items=items)

    def known(self, program: str, cluster: str) -> Scored | None:
        return self._adopted.get((program, cluster)) or self.state.measured.get((program, cluster))

    def problem(self, candidate: Candidate) -> str:
        """Why a program does not build; empty if it does.

        It must be valid Python, define all names that it uses, and run on a few items.
        """
        known = self.state.built.get(candidate.digest)
        if known is not None:
            return known
        wrong = names.problems(self.bench.sources(candidate)) - self._wrong_anyway
        result = Scored(status="invalid", detail="; ".join(sorted(wrong)))
        if not wrong:
            result = self.bench.run(candidate, smoke=True, by=HOST)
        last = result.detail.strip().rpartition("\n")[2]
        problem = "" if result.status == "ok" else f"{result.status}: {last}"
        row = {"program": candidate.digest, "problem": problem, "usage": result.usage.to_json()}
        self.journal.write("built", row)
        self.progress.step(f"{len(self.state.built)} trial builds")
        return problem

    def run(self, wanted: Iterable[Pair]) -> None:
        """Measure the (program, cluster) pairs that are not known yet.

        A program runs once for all the clusters that it is wanted on, as many programs at a
        time as there are slots. Raises UserError where the machine fails one.
        """
        missing: dict[str, tuple[Candidate, dict[str, None]]] = {}
        for candidate, cluster in wanted:
            if self.known(candidate.digest, cluster) is None:
                _, clusters = missing.setdefault(candidate.digest, (candidate, {}))
                clusters[cluster] = None
        with _pool(self.slots) as pool:
            waiting = [pool.submit(self._measure, one, list(on)) for one, on in missing.values()]
            for done, future in enumerate(waiting, start=1):
                future.result()
                self.progress.step(f"{done} of {len(waiting)} programs")

    def _measure(self, candidate: Candidate, clusters: Sequence[str]) -> None:
        split = self.state.final
        if split == "test":
            opened = {"subject": candidate.digest, "by": self.by, "purpose": PURPOSE}
            self.journal.write("opened", {**opened, "clusters": list(clusters)})
        result = self.bench.run(candidate, split, only=frozenset(clusters), by=HOST)
        if result.status == "lost":
            raise UserError(
                f"the machine failed a program of the attribution ({result.detail}); type the same "
                "command again: it goes on from what is on record"
            )
        if result.status != "ok" and len(clusters) > 1:  # it may fail on one of them only
            for cluster in clusters:
                self._measure(candidate, [cluster])
            return
        homes = self.state.rows(split)
        asked = [item for item, home in homes.items() if home in clusters]
        row: dict[str, Any] = {
            "program": candidate.digest,
            "clusters": list(clusters),
            "status": result.status,
            # a program that fails on a cluster has no output for any of its items
            "items": dict(result.items) if result.status == "ok" else dict.fromkeys(asked, 0.0),
            "usage": result.usage.to_json(),
            "detail": result.detail,
        }
        self.journal.write("measured", row)

    def scores(self, candidate: Candidate) -> Mapping[str, float]:
        """{item id: score} over the clusters that were measured."""
        found: dict[str, float] = {}
        for cluster in dict.fromkeys(self.state.rows(self.state.final).values()):
            measured = self.known(candidate.digest, cluster)
            found |= measured.items if measured else {}
        return found


@contextlib.contextmanager
def _pool(size: int) -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(max_workers=max(1, size))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
