"""Runs the programs that an attribution asks for, each once, and keeps their scores.

A program is built by trying it on a few items of the search split. Its value is measured on the
split that decides, group by group (groups.py), since a chain of parts needs no more than one. Every
run is in the ledger before the next is asked for, so that the same command goes on where it was
stopped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ..bench.bench import Bench
from ..bench.tally import HOST
from ..bench.threads import run_all
from ..edits import names
from ..edits.anatomy import declared, defaults_of, normal, settled
from ..errors import PatchError, UserError
from ..ledger.journal import Journal
from ..ledger.state import State
from ..ledger.subjects import BASELINE
from ..records import Candidate, Scored
from ..study.space import switched
from . import groups
from .groups import Group
from .progress import Progress

Pair = tuple[Candidate, Group]
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
        self.groups = groups.of(self.state)
        self._adopted_outputs: dict[str, str] = {}
        self._adopted = dict(self._adopt())

    @property
    def state(self) -> State:
        return self.journal.state

    def _adopt(self) -> Iterator[tuple[tuple[str, str], Scored]]:
        """Programs that were scored where scores decide already need no second run."""
        homes = self.state.rows(self.state.final)
        for program, found, outputs in self._scored():
            if found.ok:
                if outputs:
                    self._adopted_outputs[program] = outputs
                by_cluster: dict[str, dict[str, float]] = {}
                for row, score in found.items.items():
                    by_cluster.setdefault(homes[row], {})[row] = score
                for cluster, rows in by_cluster.items():
                    known = Scored(status="ok", items=rows, replicates=found.replicates)
                    yield (program, cluster), known

    def _scored(self) -> Iterator[tuple[str, Scored, str | None]]:
        """(program, its scores, blob of its outputs), champions and the baseline last: they hold.

        Where no data is held out, whole trials have the scores that decide.
        """
        state, known = self.state, declared(self.state)
        cells = state.cells.values()
        whole = [(c, t) for c in cells for t in c.trials.values() if t.share == 1]
        champions = [(cell, state.champion(cell)) for cell in cells]
        for cell, trial in (*whole, *((cell, one) for cell, one in champions if one.number)):
            found = state.result_of(trial)
            if found:
                defaults = defaults_of(state, edited=bool(trial.candidate.patch))
                name = normal(settled(trial.candidate, known), defaults).digest
                kept = state.outputs.get((trial.candidate.digest, state.final))
                own = cell.outputs.get(trial.number) if state.final == "search" else None
                yield name, found, own or kept
        base = state.assessments.get((BASELINE, state.final))
        if base:
            yield Candidate().digest, base, state.outputs.get((BASELINE, state.final))

    def outputs(self, program: str) -> Sequence[str]:
        """Blobs of what a program returned where scores decide."""
        adopted = self._adopted_outputs.get(program)
        return [adopted] if adopted else self.state.measured_outputs.get(program, [])

    def known(self, program: str, cluster: str) -> Scored | None:
        return self._adopted.get((program, cluster)) or self.state.measured.get((program, cluster))

    def knows(self, program: str, group: Group) -> bool:
        return all(self.known(program, cluster) is not None for cluster in group)

    def replicates(self, program: str) -> Sequence[float]:
        """Scores of a program in each replicate, where they stand beside its rows.

        Such a program has only ever run on the whole split (groups.is_whole).
        """
        if self.state.claim == "replicates":
            return ()
        found = self.known(program, self.groups[0][0])
        return found.replicates if found and len(found.replicates) > 1 else ()

    def switched(self, candidate: Candidate) -> Mapping[str, str]:
        """Patches that a program's switches put in, by what a message calls them."""
        return switched(self.bench.study.space, candidate.overrides)

    def problem(self, candidate: Candidate) -> str:
        """Why a program does not build; empty if it does.

        It must be valid Python, define all names that it uses, and run on a few items.
        """
        known = self.state.built.get(candidate.digest)
        if known is not None:
            return known
        wrong: Collection[str]
        try:
            wrong = names.problems(self.bench.sources(candidate)) - self._wrong_anyway
        except PatchError as error:  # a switch and these edits, out of all, do not go together
            wrong = {str(error)}
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
        """Measure the (program, group) pairs that are not known yet.

        A program runs once for all the groups that it is wanted on, as many programs at a
        time as there are slots. Raises UserError where the machine fails one.
        """
        missing: dict[str, tuple[Candidate, dict[Group, None]]] = {}
        for candidate, group in wanted:
            if not self.knows(candidate.digest, group):
                _, on = missing.setdefault(candidate.digest, (candidate, {}))
                on[group] = None
        jobs = [partial(self._measure, one, list(on)) for one, on in missing.values()]
        run_all(jobs, self.slots, self.progress.step, wait=True)

    def _measure(self, candidate: Candidate, on: Sequence[Group]) -> None:
        split, clusters = self.state.final, [cluster for group in on for cluster in group]
        if split == "test":
            opened = {"subject": candidate.digest, "by": self.by, "purpose": PURPOSE}
            self.journal.write("opened", {**opened, "clusters": clusters})
        only = None if groups.is_whole(self.state) else frozenset(clusters)
        result = self.bench.run(candidate, split, only=only, by=HOST)
        if result.status == "lost":
            raise UserError(
                f"the machine failed a program of the attribution ({result.detail}); type the same "
                "command again: it goes on from what is on record"
            )
        if result.status != "ok" and len(on) > 1:  # it may fail on one of them only
            for group in on:
                self._measure(candidate, [group])
            return
        row: dict[str, Any] = {
            "program": candidate.digest,
            "clusters": clusters,
            "status": result.status,
            "items": dict(result.items) if result.status == "ok" else self._least(clusters),
            "usage": result.usage.to_json(),
            "detail": result.detail,
            "replicates": list(result.replicates),
        }
        if self.bench.vault.views and result.outputs:  # judged by them without another run
            row["outputs"] = self.journal.ledger.put(result.outputs)
        self.journal.write("measured", row)

    def _least(self, clusters: Sequence[str]) -> dict[str, float]:
        """Rows of a program that fails there, and so has no output for any of its items.

        They are 0, as of a program that gets nothing right; where the baseline is below that (a
        loss, an error), they are the baseline's: what fails is no improvement.
        """
        homes = self.state.rows(self.state.final)
        asked = [row for row, home in homes.items() if home in clusters]
        base = self.state.result_of(self.state.baseline)
        rows = {row: base.items[row] for row in asked} if base and base.ok else {}
        return rows if sum(rows.values()) < 0 else dict.fromkeys(asked, 0.0)

    def scores(self, candidate: Candidate) -> Mapping[str, float]:
        """{row: score} over the clusters that were measured."""
        found: dict[str, float] = {}
        for cluster in dict.fromkeys(self.state.rows(self.state.final).values()):
            measured = self.known(candidate.digest, cluster)
            found |= measured.items if measured else {}
        return found
