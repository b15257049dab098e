"""Views: further rules, by which stored outputs are judged once more. No program runs.

A gain may be made of what one rule rewards and another does not, such as brevity under token F1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..bench.bench import Bench
from ..bench.judge import Unscored
from ..errors import UserError, unknown
from ..ledger.cell import CellState
from ..ledger.journal import Journal
from ..ledger.state import State
from ..ledger.subjects import (
    BASELINE,
    FITTED,
    FLOOR,
    INPUT_ONLY,
    WRONG_CONTEXT,
    Split,
    wrong_context,
)
from ..search.cells import CellSpec
from ..study import task as tasks

Scores = dict[str, dict[str, float]]
"""{rule: {item: score}}, higher is better"""


def require(bench: Bench, asked: Iterable[CellSpec]) -> None:
    """Raises UserError where a searcher is to search for what the study does not declare."""
    for spec in asked:
        if spec.objective:
            _require(bench, spec)


def _require(bench: Bench, spec: CellSpec) -> None:
    view, views, name = spec.objective, bench.vault.views, bench.study.name
    asked = f"-o {spec.alias}.objective={view}"
    if spec.wished:
        asked = f"searcher {spec.alias!r}, whose options ask for scores by the view {view!r}"
    if not views:
        raise UserError(
            f"{asked}: study {name!r} declares no views; its task does, by "
            "toolkit.Vault(gold, scorer, views={name: rule})"
        )
    if view not in views and spec.wished:
        raise UserError(
            f"{asked}: study {name!r} declares {', '.join(views)}, and not that one; leave the "
            f"option out, or name another by -o {spec.alias}.objective=VIEW"
        )
    if view not in views:
        goal = bench.study.objective.name
        raise UserError(f"-o {spec.alias}.objective: {unknown('view', view, [goal, *views])}")
    if bench.study.claim != "sealed":
        raise UserError(
            f"{asked}: study {name!r} seals no test split, so that what was searched for another "
            "view has no score of its own; leave it out"
        )
    if (times := bench.study.replicates.search) > 1:
        raise UserError(
            f"{asked}: [replicates] search = {times} runs each trial {times} times, and the "
            "unchanged program has the outputs of one run only, so that it has no score by a view "
            "to compare with; leave it out"
        )


class Views:
    """Judges what is on record by the study's views, each program once."""

    def __init__(self, bench: Bench, journal: Journal) -> None:
        self.bench, self.journal = bench, journal

    @property
    def state(self) -> State:
        return self.journal.state

    def before(self) -> None:
        """Judge the unchanged program on the search split, as a search for a view sees it."""
        if has_views(self.bench):
            self._judge(BASELINE, "search", self._stored(BASELINE, "search"))

    def after(self, cells: Sequence[CellState]) -> None:
        """Judge the baseline, champions and floors where scores decide, and wrong contexts."""
        if not has_views(self.bench):
            return
        final = self.state.final
        for subject in self._subjects(cells):
            self._judge(subject, final, self._stored(subject, final))
        for name, outputs in self._constants():
            self._judge(name, final, outputs)
        for cell in cells:
            champion = self.state.champion(cell)
            if cell.objective and champion.number and cell.outputs.get(champion.number):
                own = self._get(cell.outputs[champion.number])
                self._judge(champion.candidate.digest, "search", own, official=True)

    def _subjects(self, cells: Sequence[CellState]) -> Iterator[str]:
        yield BASELINE
        for floor in (WRONG_CONTEXT, INPUT_ONLY, FITTED):  # whose outputs are on record
            yield f"{FLOOR}{floor}"
        for champion in map(self.state.champion, cells):
            if champion.number:
                yield champion.candidate.digest
                yield wrong_context(champion)

    def _stored(self, subject: str, split: Split) -> Mapping[str, Any]:
        """Outputs of a subject on a split; empty where there are none on record."""
        known = self.state.outputs.get((subject, split))
        if known is None and split == "search":  # nothing is sealed: a trial's own score decides
            known = next(self._own(subject), None)
        return self._get(known) if known else {}

    def _own(self, subject: str) -> Iterator[str]:
        for cell in self.state.cells.values():
            champion = self.state.champion(cell)
            if champion.candidate.digest == subject and champion.number in cell.outputs:
                yield cell.outputs[champion.number]

    def _get(self, blob: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.journal.ledger.get(blob)
        return found

    def _constants(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Floors that are one output for every item, under the names that they are assessed by."""
        given, final = dict(tasks.floors(self.bench.task)), self.state.final
        items = [item.id for call in self.bench.items[final] for item in call]
        for subject, split in list(self.state.assessments):
            name = subject.removeprefix(FLOOR)
            if subject.startswith(FLOOR) and split == final and name in given:
                yield subject, dict.fromkeys(items, given[name])

    def _judge(
        self, subject: str, split: Split, outputs: Mapping[str, Any], *, official: bool = False
    ) -> None:
        """Put a subject's scores by every view on record, unless they are.

        official: also those by the study's own rule, of what was searched for another.
        """
        if not outputs or (subject, split) in self.state.viewed:
            return
        scores, problems = judged(self.bench, outputs)
        if official:
            scores[self.state.objective.name] = self.bench.judge.scores(outputs)
        row = {"subject": subject, "split": split, "scores": self.journal.ledger.put(scores)}
        self.journal.write("viewed", {**row, **({"problems": problems} if problems else {})})


def has_views(bench: Bench) -> bool:
    """True where a study has views, and rows of a score are items that they can judge."""
    return bool(bench.vault.views) and bench.study.claim != "replicates"


def judged(bench: Bench, outputs: Mapping[str, Any]) -> tuple[Scores, dict[str, str]]:
    """Scores of outputs by each view, and why there are none by others.

    It opens no split: what is judged was run, scored and recorded before.
    """
    scores, problems = Scores(), {}
    for view in bench.vault.views:
        try:
            scores[view] = bench.judge.by(view).scores(outputs)
        except Unscored as error:
            problems[view] = str(error)
    return scores, problems
