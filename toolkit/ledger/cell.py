"""A cell as its part of the ledger tells it: what was started, what finished, what it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..records import Candidate, Trial, Usage


@dataclass(frozen=True)
class Started:
    """An attempt that was charged. items: what it costs; attempts: times it was begun."""

    number: int
    candidate: Candidate
    share: float
    items: int
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
    outputs: dict[int, str] = field(default_factory=dict)
    """{trial: blob of what its program returned}"""
    completions: dict[str, Completion] = field(default_factory=dict)
    bills: dict[int, Usage] = field(default_factory=dict)
    """{trial: all that the cell had used when it finished}"""
    bill: Usage = field(default_factory=Usage)
    """the last of the bills, with the completions since; a sum anew at each finish is quadratic"""
    requested: int = 0
    ended: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        return f"{self.alias}-{self.seed}"

    @property
    def charged(self) -> int:
        """Items paid for."""
        return sum(start.items for start in self.started.values())

    @property
    def usage(self) -> Usage:
        spent = [trial.usage for trial in self.trials.values()]
        spent += [completion.usage for completion in self.completions.values()]
        return sum(spent, Usage())

    def charged_less(self, full: int) -> int:
        """Evaluations of the whole search split that were charged less, and were no promotion.

        A promotion is of a candidate whose last start was of a smaller share. full: items of a
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
            found += start.share >= 1 and not promoted and start.items < full
            last[digest] = start.share
        return found

    def begin(self, start: Started) -> None:
        """Note an attempt; the second time that a number begins is its second attempt."""
        again = self.started.get(start.number)
        attempts = again.attempts + 1 if again else 1
        self.started[start.number] = replace(start, attempts=attempts)
        if not again:
            self.log.append(("started", start.number))

    def finish(self, trial: Trial, outputs: str | None) -> None:
        """Note how an attempt came out. outputs: the blob of what its program returned."""
        self.log.append(("finished", trial.number))
        self.trials[trial.number] = trial
        self.bill += trial.usage
        self.bills[trial.number] = self.bill
        if outputs:
            self.outputs[trial.number] = outputs

    def answer(self, completion: Completion) -> None:
        """Note a language model's reply."""
        self.completions[completion.key] = completion
        self.bill += completion.usage

    def incumbents(self, baseline: Trial) -> list[tuple[int, Trial]]:
        """(items charged so far, best trial so far), at every change of the best.

        Only full-share trials stand for election, on the search split; the earliest of equals
        stays. The baseline stands too, at a charge of 0: it is what one keeps when nothing
        beat it.
        """
        found, charged = [(0, baseline)], 0
        for number in sorted(self.trials):
            trial = self.trials[number]
            charged += self.started[number].items
            if trial.share == 1 and _better(trial, found[-1][1]):
                found.append((charged, trial))
        return found


def _better(trial: Trial, best: Trial) -> bool:
    if not trial.ok or trial.score is None:
        return False
    return best.score is None or trial.score > best.score
