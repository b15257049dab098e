"""What a ledger says, folded: cells with their trials, assessments, findings, openings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..records import Candidate, Scored, Trial, Usage
from ..study.objective import CONVERSATIONS, Claim, Nouns, Objective
from . import accounts
from .ledger import Event, Ledger

Split = Literal["search", "test"]
SPLITS: tuple[Split, Split] = ("search", "test")
BASELINE = "baseline"
REFUSE_ALL = "refuse all"
BEST_CONSTANT = "best constant"
WRONG_MEMORY = "wrong memory"


def wrong_memory(trial: Trial) -> str:
    """The subject of a program that answers from other conversations."""
    return f"{WRONG_MEMORY}:{trial.candidate.digest}"


@dataclass(frozen=True, kw_only=True)
class Assessment(Scored):
    """A program that the host scored on one split. subject: its digest, or a name of the host's."""

    subject: str
    split: Split


@dataclass(frozen=True)
class Started:
    """An attempt that was charged. questions: what it costs; attempts: times it was begun."""

    number: int
    candidate: Candidate
    share: float
    questions: int
    smoke: bool
    attempts: int = 1


@dataclass(frozen=True)
class Completion:
    """A journalled reply of a language model. prompt: digest of the messages."""

    key: str
    stage: str
    prompt: str
    reply: str
    model: str
    provider: str
    tokens_in: int
    tokens_out: int
    usd: float
    wall_s: float
    attempts: int = 1
    estimated: bool = False
    recorded: bool = False
    ending: str = ""  # unknown to older ledgers

    @property
    def usage(self) -> Usage:
        """Tokens and dollars; waiting for a person or a server is not evaluation time."""
        return Usage(tokens=self.tokens_in + self.tokens_out, usd=self.usd)


@dataclass
class CellState:
    """One cell's log, in order. log: ("started" | "finished", trial number).

    independent: its trials are draws from one distribution, whatever came of the others.
    """

    key: str
    alias: str
    searcher: str
    options: Mapping[str, Any]
    seed: int
    model: str | None
    independent: bool = False  # unknown to older ledgers
    log: list[tuple[str, int]] = field(default_factory=list)
    started: dict[int, Started] = field(default_factory=dict)
    trials: dict[int, Trial] = field(default_factory=dict)
    predictions: dict[int, str] = field(default_factory=dict)
    completions: dict[str, Completion] = field(default_factory=dict)
    bills: dict[int, Usage] = field(default_factory=dict)
    """{trial: all that the cell had used when it finished}; folded from a ledger only"""
    bill: Usage = field(default_factory=Usage)
    """the last of the bills, with the completions since; a sum anew at each finish is quadratic"""
    requested: int = 0
    ended: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        return f"{self.alias}-{self.seed}"

    @property
    def charged(self) -> int:
        """Questions paid for."""
        return sum(start.questions for start in self.started.values())

    @property
    def usage(self) -> Usage:
        spent = [trial.usage for trial in self.trials.values()]
        spent += [completion.usage for completion in self.completions.values()]
        return sum(spent, Usage())

    def charged_less(self, full: int) -> int:
        """Evaluations of the whole search split that were charged less, and were no promotion.

        A promotion is of a candidate whose last start was of a smaller share. full: questions of a
        whole trial.
        """
        last: dict[str, float] = {}
        found = 0
        for number in sorted(self.started):
            start = self.started[number]
            if start.smoke:
                continue
            digest = start.candidate.digest
            promoted = last.get(digest, 1.0) < start.share
            found += start.share >= 1 and not promoted and start.questions < full
            last[digest] = start.share
        return found

    def begin(
        self, number: int, candidate: Candidate, share: float, questions: int, smoke: bool
    ) -> None:
        """Note an attempt; the second time that a number begins is its second attempt."""
        again = self.started.get(number)
        attempts = again.attempts + 1 if again else 1
        self.started[number] = Started(number, candidate, share, questions, smoke, attempts)
        if not again:
            self.log.append(("started", number))

    def incumbents(self, baseline: Trial) -> list[tuple[int, Trial]]:
        """(questions charged so far, best trial so far), at every change of the best.

        Only full-share trials stand for election, on the search split; the earliest of equals
        stays. The baseline stands too, at a charge of 0: it is what one keeps when nothing
        beat it.
        """
        found, charged = [(0, baseline)], 0
        for number in sorted(self.trials):
            trial = self.trials[number]
            charged += self.started[number].questions
            if trial.share == 1 and _better(trial, found[-1][1]):
                found.append((charged, trial))
        return found


def _better(trial: Trial, best: Trial) -> bool:
    if not trial.ok or trial.score is None:
        return False
    return best.score is None or trial.score > best.score


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
        """Whether any trial beat the baseline on the search split."""
        return self.champion.number > 0


@dataclass
class State:
    """A whole run. study: the description written when the run began (see docs/ledger.md)."""

    study: Mapping[str, Any] = field(default_factory=dict)
    secret: str = ""
    """orders the questions (see shuffle.py); "" in older ledgers until they are resumed"""
    commands: list[Mapping[str, Any]] = field(default_factory=list)
    cells: dict[str, CellState] = field(default_factory=dict)
    assessments: dict[tuple[str, Split], Assessment] = field(default_factory=dict)
    findings: dict[str, Any] = field(default_factory=dict)
    openings: list[Mapping[str, Any]] = field(default_factory=list)
    built: dict[str, str] = field(default_factory=dict)
    """{program: why it does not build, or ""}"""
    measured: dict[tuple[str, str], Scored] = field(default_factory=dict)
    """{(program, cluster): its scores there, all 0 where it failed}"""
    attribution_usage: Usage = field(default_factory=Usage)
    """of all trial builds and measurements"""
    accounts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """{cell key: what its champion's gain came from}, as docs/summary.md describes it"""
    predictions: dict[tuple[str, Split], str] = field(default_factory=dict)
    """{(subject, split): blob of an assessment's predictions}"""
    checks: dict[tuple[str, str], Any] = field(default_factory=dict)
    """{(check, subject): what was found}, see docs/integrity.md"""
    _lines: dict[str, tuple[int, tuple[tuple[int, Trial], ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """{cell key: (trials that had finished, champions one after the other)}"""

    @property
    def baseline_predictions(self) -> str | None:
        return self.predictions.get((BASELINE, "search"))

    @property
    def budget(self) -> float:
        """Of the last command, in trials per cell."""
        return float(self.commands[-1]["budget"]) if self.commands else 0.0

    @property
    def baseline(self) -> Trial:
        """The unchanged program on the search split, as trial 0."""
        found = self.assessments[BASELINE, "search"]
        candidate = Candidate(note="the unchanged program")
        return Trial(number=0, candidate=candidate, share=1.0, **found.fields())

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
        """What the study calls its items, clusters and outputs."""
        told = self.study.get("nouns")
        return Nouns.from_json(told) if told else CONVERSATIONS

    @property
    def claim(self) -> Claim:
        """What a result can claim: on sealed data, under its own noise, exactly, or as reported."""
        found: Claim = self.study.get("claim", "sealed")
        return found

    @property
    def final(self) -> Split:
        """The split whose scores decide: the sealed one, or the only one that there is."""
        return "test" if self.claim in ("sealed", "replicates") else "search"

    @property
    def baseline_s(self) -> float:
        """Seconds on the clock of the unchanged program, on the split where it took longer."""
        return max(self.assessments[BASELINE, split].usage.wall_s for split in SPLITS)

    def line(self, cell: CellState) -> Sequence[tuple[int, Trial]]:
        """(items charged so far, best trial so far) of a cell, at every change of its best.

        It is worked out again only when a trial has finished since it was asked for last.
        """
        finished, line = self._lines.get(cell.key, (-1, ()))
        if finished != len(cell.trials):
            line = tuple(cell.incumbents(self.baseline))
            self._lines[cell.key] = len(cell.trials), line
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
        """What a cell has come to so far."""
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


def _study(state: State, event: Event, ledger: Ledger) -> None:
    state.study = event.data


def _secret(state: State, event: Event, ledger: Ledger) -> None:
    state.secret = event.data["order"]


def _command(state: State, event: Event, ledger: Ledger) -> None:
    state.commands.append({**event.data, "at": event.at})


def _cell(state: State, event: Event, ledger: Ledger) -> None:
    state.cells.setdefault(event.cell, CellState(key=event.cell, **event.data))


def _started(state: State, event: Event, ledger: Ledger) -> None:
    cell, data = state.cells[event.cell], event.data
    candidate = Candidate.from_json(ledger.get(data["candidate"]))
    cell.begin(data["number"], candidate, data["share"], data["questions"], data["smoke"])


def _finished(state: State, event: Event, ledger: Ledger) -> None:
    cell, data = state.cells[event.cell], event.data
    number = data["number"]
    start = cell.started[number]
    cell.log.append(("finished", number))
    cell.trials[number] = Trial(
        number=number,
        candidate=start.candidate,
        share=start.share,
        status=data["status"],
        score=data["score"],
        items=data["items"],
        metrics=data["metrics"],
        usage=Usage.from_json(data["usage"]),
        detail=data["detail"],
        cached=data.get("cached", False),  # unknown to older ledgers
    )
    cell.bill += cell.trials[number].usage
    cell.bills[number] = cell.bill
    if data["predictions"]:
        cell.predictions[number] = data["predictions"]


def _requested(state: State, event: Event, ledger: Ledger) -> None:
    state.cells[event.cell].requested += 1


def _completion(state: State, event: Event, ledger: Ledger) -> None:
    completion, cell = Completion(**event.data), state.cells[event.cell]
    cell.completions[completion.key] = completion
    cell.bill += completion.usage


def _ended(state: State, event: Event, ledger: Ledger) -> None:
    state.cells[event.cell].ended = event.data


def _assessed(state: State, event: Event, ledger: Ledger) -> None:
    data = {**event.data, "usage": Usage.from_json(event.data["usage"])}
    predictions = data.pop("predictions", None)
    found = Assessment(**data)
    state.assessments[found.subject, found.split] = found
    if predictions:
        state.predictions[found.subject, found.split] = predictions


def _finding(state: State, event: Event, ledger: Ledger) -> None:
    state.findings[event.data["name"]] = event.data["value"]


def _checked(state: State, event: Event, ledger: Ledger) -> None:
    state.checks[event.data["check"], event.data["subject"]] = event.data["value"]


def _opened(state: State, event: Event, ledger: Ledger) -> None:
    state.openings.append({**event.data, "at": event.at})


def _built(state: State, event: Event, ledger: Ledger) -> None:
    state.built[event.data["program"]] = event.data["problem"]
    state.attribution_usage += Usage.from_json(event.data["usage"])


def _measured(state: State, event: Event, ledger: Ledger) -> None:
    data, homes = event.data, state.clusters("test")
    for cluster in data["clusters"]:
        items = {item: score for item, score in data["items"].items() if homes[item] == cluster}
        found = Scored(status=data["status"], items=items, detail=data["detail"])
        state.measured[data["program"], cluster] = found
    state.attribution_usage += Usage.from_json(data["usage"])


def _attributed(state: State, event: Event, ledger: Ledger) -> None:
    state.accounts[event.cell] = accounts.current(ledger.get(event.data["account"]))


HANDLERS = {
    "study": _study,
    "secret": _secret,
    "command": _command,
    "cell": _cell,
    "started": _started,
    "finished": _finished,
    "requested": _requested,
    "completion": _completion,
    "ended": _ended,
    "assessed": _assessed,
    "finding": _finding,
    "checked": _checked,
    "opened": _opened,
    "built": _built,
    "measured": _measured,
    "attributed": _attributed,
}
