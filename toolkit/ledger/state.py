"""State of a run, folded from its ledger: cells with trials, assessments, findings, openings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, fields, replace
from statistics import fmean
from typing import Any, TypeVar

from ..records import Candidate, Scored, Trial, Usage
from ..study.objective import CONVERSATIONS, OVERALL, Claim, Nouns, Objective
from .cell import CellState
from .facts import HANDLERS
from .ledger import Event, Ledger
from .subjects import BASELINE, FRESH, SPLITS, Assessment, Split

Record = TypeVar("Record", "State", CellState)


@dataclass(frozen=True)
class Standing:
    """A cell's champion and the baseline, each with its scores where they decide.

    result, baseline_result: None where the host has not scored it there yet.
    """

    cell: CellState
    champion: Trial
    result: Scored | None
    baseline: Trial
    baseline_result: Scored | None

    @property
    def improved(self) -> bool:
        """True if any trial beat the baseline on the search split."""
        return self.champion.number > 0


@dataclass
class State:
    """A whole run. study: the description written when the run began (see docs/ledger.md)."""

    study: Mapping[str, Any] = field(default_factory=dict)
    secret: str = ""
    """orders items and seeds replicates (bench/secret.py); "" in older ledgers until resumed"""
    commands: list[Mapping[str, Any]] = field(default_factory=list)
    cells: dict[str, CellState] = field(default_factory=dict)
    assessments: dict[tuple[str, Split], Assessment] = field(default_factory=dict)
    findings: dict[str, Any] = field(default_factory=dict)
    openings: list[Mapping[str, Any]] = field(default_factory=list)
    opened_elsewhere: Counter[str] = field(default_factory=Counter)
    """{another study: openings of its test split}"""
    transferred: dict[str, State] = field(default_factory=dict)
    """{another study: scores of the baseline and of frozen champions there}"""
    built: dict[str, str] = field(default_factory=dict)
    """{program: why it does not build, or ""}"""
    measured: dict[tuple[str, str], Scored] = field(default_factory=dict)
    """{(program, cluster): its scores there, all 0 where it failed}"""
    measured_outputs: dict[str, list[str]] = field(default_factory=dict)
    """{program: blobs of what it returned there}, where the study has views"""
    attribution_usage: Usage = field(default_factory=Usage)
    """of all trial builds and measurements"""
    accounts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """{cell key: what its champion's gain came from}, as docs/summary.md describes it"""
    outputs: dict[tuple[str, Split], str] = field(default_factory=dict)
    """{(subject, split): blob of what the assessed program returned}"""
    viewed: dict[tuple[str, Split], Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    """{(subject, split): {view: {item: its score by it, higher is better}}}"""
    unviewed: dict[str, dict[tuple[str, Split], str]] = field(default_factory=dict)
    """{view: {(subject, split): why it could not judge that}}"""
    checks: dict[tuple[str, str], Any] = field(default_factory=dict)
    """{(check, subject): what was found}, see docs/integrity.md"""
    _lines: dict[str, tuple[tuple[int, tuple[int, ...]], tuple[tuple[int, Trial], ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """{cell key: (trials that had finished and were withdrawn, champions one after the other)}"""

    @property
    def baseline_outputs(self) -> str | None:
        """The blob of what the unchanged program returned on the search split."""
        return self.outputs.get((BASELINE, "search"))

    @property
    def budget(self) -> float:
        """Budget of the last command, in trials per cell."""
        return float(self.commands[-1]["budget"]) if self.commands else 0.0

    @property
    def baseline(self) -> Trial:
        """The unchanged program on the search split, as trial 0."""
        found = self.assessments[BASELINE, "search"]
        candidate = Candidate(note="the unchanged program")
        return Trial(number=0, candidate=candidate, share=1.0, **found.fields())

    def baseline_for(self, cell: CellState) -> Trial:
        """The unchanged program as a cell's searcher sees it: by the view that it searches for."""
        found = self.baseline
        rows = self.viewed.get((BASELINE, "search"), {}).get(cell.objective)
        if rows is None:
            return found
        return replace(
            found, score=fmean(rows[row] for row in self.counted("search")), items=rows,
            metrics={**found.metrics, **self._by_kind(rows)},
        )  # fmt: skip

    def _by_kind(self, rows: Mapping[str, float]) -> dict[str, float]:
        """{kind: mean of its items}, in the objective's own direction, as a judge gives it."""
        kinds: dict[str, list[float]] = {}
        for row, score in rows.items():
            kinds.setdefault(self.study["kinds"][row], []).append(score)
        named = {kind: some for kind, some in kinds.items() if kind}
        groups = {**named, OVERALL: list(rows.values())} if named else {}
        return {name: self.objective.shown(fmean(some)) for name, some in groups.items()}

    @property
    def isolation(self) -> str:
        """The level of isolation of the run; the weakest, where a later command went below it."""
        level: str = self.findings.get("isolation", self.study["isolation"])
        return level

    @property
    def objective(self) -> Objective:
        """The number that is searched for; older ledgers do not say more than "score"."""
        told = self.study.get("objective")
        return Objective.from_json(told) if told else Objective()

    @property
    def nouns(self) -> Nouns:
        """Nouns of the study for its items, clusters and outputs."""
        told = self.study.get("nouns")
        return Nouns.from_json(told) if told else CONVERSATIONS

    @property
    def claim(self) -> Claim:
        """Claim of a result: on sealed data, under its own noise, exactly, or as reported."""
        found: Claim = self.study.get("claim", "sealed")
        return found

    @property
    def final(self) -> Split:
        """The split whose scores decide: the sealed one, or the only one that there is."""
        return "test" if self.claim in ("sealed", "replicates") else "search"

    @property
    def splits(self) -> tuple[Split, ...]:
        """Splits that programs are scored on."""
        return SPLITS if self.final == "test" else ("search",)

    @property
    def has_fresh(self) -> bool:
        """True where a third split says what a change of data takes from a gain."""
        return FRESH in self.study["items"]

    @property
    def has_baseline(self) -> bool:
        """True once the unchanged program was scored where searchers search."""
        return (BASELINE, "search") in self.assessments

    @property
    def has_comparison(self) -> bool:
        """True once a command began and the unchanged program was scored where scores decide."""
        return bool(self.commands) and (BASELINE, self.final) in self.assessments

    @property
    def baseline_s(self) -> float:
        """Seconds of the unchanged program by the clock, on the split where it took longer.

        It is charged none of those in which it waited for answers of a language model.
        """
        return max(self.assessments[BASELINE, split].usage.own_s for split in self.splits)

    def line(self, cell: CellState) -> Sequence[tuple[int, Trial]]:
        """(items charged so far, best trial so far) of a cell, at every change of its best.

        It is worked out again only when a trial has finished, or was withdrawn, since it was asked
        for last.
        """
        now = cell.finishes, tuple(cell.withdrawn)
        known, line = self._lines.get(cell.key, ((-1, ()), ()))
        if known != now:
            line = tuple(cell.incumbents(self.baseline_for(cell)))
            self._lines[cell.key] = now, line
        return line

    def champion(self, cell: CellState) -> Trial:
        """The best trial of a cell; the baseline, number 0, where nothing beat it."""
        return self.line(cell)[-1][1]

    def result_of(self, trial: Trial) -> Scored | None:
        """A trial's scores where they decide; None where the host has not scored it there yet.

        Where no data is sealed, the scores that it was chosen by are all that there is.
        """
        if self.final == "search":
            return trial
        subject = trial.candidate.digest if trial.number else BASELINE
        return self.assessments.get((subject, self.final))

    def standing(self, cell: CellState) -> Standing:
        """Standing of a cell so far."""
        champion, baseline = self.champion(cell), self.baseline
        return Standing(
            cell, champion, self.result_of(champion), baseline, self.result_of(baseline)
        )

    def clusters(self, split: Split) -> Mapping[str, str]:
        """{item id: cluster id} of one split."""
        table: Mapping[str, str] = self.study["items"][split]
        return table

    def rows(self, split: Split) -> Mapping[str, str]:
        """{row of a score: cluster that it is counted in} of one split.

        A row is an item. Where the objective is pooled it is a cluster, and where only the noise of
        the program is claimed it is a replicate; either is its own cluster then.
        """
        if split == "test" and self.claim == "replicates":
            return {row: row for row in map(replicate, range(self.study["replicates"]["final"]))}
        if self.objective.pooled:
            return {cluster: cluster for cluster in self.clusters(split).values()}
        return self.clusters(split)

    def counted(self, split: Split) -> list[str]:
        """Rows whose mean is the objective, in the benchmark's order."""
        rows = self.rows(split)
        if rows is not self.clusters(split):
            return list(rows)
        kinds, counted = self.study["kinds"], set(self.study["counted"])
        return [item for item in rows if kinds[item] in counted]


def copied(state: State) -> State:
    """Copy of a state that stays as it is while facts are folded into the first."""
    cells = {key: _with_own_tables(cell) for key, cell in state.cells.items()}
    transferred = {name: copied(other) for name, other in state.transferred.items()}
    return replace(_with_own_tables(state), cells=cells, transferred=transferred)


def _with_own_tables(record: Record) -> Record:
    """Copy of a record with tables and lists of its own, also one inside another."""
    tables: dict[str, Any] = {
        one.name: _own(value)
        for one in fields(record)
        if one.init and isinstance(value := getattr(record, one.name), dict | list)
    }
    return replace(record, **tables)


def _own(table: Any) -> Any:
    found = copy(table)
    inner = found.items() if isinstance(found, dict) else ()
    for key, value in list(inner):
        if isinstance(value, dict | list):
            found[key] = copy(value)
    return found


def replicate(number: int) -> str:
    """The row of one replicate, from 0."""
    return f"replicate {number + 1}"


def load(ledger: Ledger) -> State:
    """Fold a ledger's events into the state they describe."""
    return fold(ledger.events(), ledger)


def fold(events: Iterable[Event], ledger: Ledger) -> State:
    """Apply events in order; the ledger is asked for the blobs that they name."""
    state = State()
    for event in events:
        apply(state, event, ledger)
    return state


def apply(state: State, event: Event, ledger: Ledger) -> None:
    """Bring a state up to one more event; a later version's event is passed over."""
    handler = HANDLERS.get(event.kind)
    if handler is not None:
        handler(state, event, ledger)
