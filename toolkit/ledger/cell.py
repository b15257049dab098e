"""A cell as its part of the ledger tells it: what was started, what finished, what it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..records import Status, Trial, Usage
from .entries import Completion, Looked, Stage, Started
from .session import HIDDEN, OPEN, Session

CUT_OFF: Status = "answer_limit"


@dataclass
class CellState:
    """One cell's log, in order. log: ("started" | "finished", trial number).

    independent: its trials are draws from one distribution, whatever came of the others. live: its
    searcher cannot be replayed, and goes on from the record.
    """

    key: str
    alias: str
    searcher: str
    options: Mapping[str, Any]
    seed: int
    model: str | None
    independent: bool = False  # unknown to older ledgers
    live: bool = False
    objective: str = ""
    """the view that it searches for, by whose scores its trials are known; "" for the objective"""
    log: list[tuple[str, int]] = field(default_factory=list)
    started: dict[int, Started] = field(default_factory=dict)
    trials: dict[int, Trial] = field(default_factory=dict)
    outputs: dict[int, str] = field(default_factory=dict)
    """{trial: blob of what its program returned}"""
    completions: dict[str, Completion] = field(default_factory=dict)
    bills: dict[int, Usage] = field(default_factory=dict)
    """{trial: all that the cell had used when it finished}"""
    bill: Usage = field(default_factory=Usage)
    """the last of the bills, with what came since; a sum anew at each finish is quadratic"""
    sessions: dict[int, Session] = field(default_factory=dict)
    silent: dict[int, frozenset[str]] = field(default_factory=dict)
    """{trial: fields of its bill that a session had not told by then}; told ones are left out"""
    controls: Mapping[str, Any] = field(default_factory=dict)
    """{option: value} that holds its searcher back in one respect each; unknown to older ledgers"""
    looks: dict[Looked, frozenset[str]] = field(default_factory=dict)
    """{look: items whose answers it showed}"""
    times: Counter[Looked] = field(default_factory=Counter)
    """{look: times that it was told}"""
    stages: list[Stage] = field(default_factory=list)
    withdrawn: dict[int, str] = field(default_factory=dict)
    """{trial that its searcher does not stand for: why}; none of them is the champion"""
    failures: int = 0
    """failures that all looks handed over, each as often as it was"""
    showings: int = 0
    """gold answers that all looks handed over, each as often as it was"""
    unpriced: bool = False
    """nobody knows what a reply of its language model cost"""
    requested: int = 0
    ended: Mapping[str, Any] | None = None
    finishes: int = 0
    """ends of attempts; one that was cut off has another when it has run again"""

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
        spent += [session.usage for session in self.sessions.values()]
        return sum(spent, Usage())

    @property
    def paid_usd(self) -> float:
        """Dollars that are known to be paid for this cell; a recorded reply was paid for once."""
        replies = (one.usd or 0.0 for one in list(self.completions.values()) if not one.recorded)
        return sum(replies) + sum(one.usd or 0.0 for one in list(self.sessions.values()))

    @property
    def answers(self) -> int:
        """Number of items whose answers its searcher was shown."""
        return len(frozenset[str]().union(*self.looks.values()))

    @property
    def untold(self) -> frozenset[str]:
        """Fields of its usage that are unknown: a session does not tell them, or nobody does."""
        unpriced = frozenset({"usd"} if self.unpriced else ())
        return unpriced.union(*(one.untold for one in self.sessions.values()))

    @property
    def scores(self) -> int:
        """Number of trials whose score its searcher was told."""
        return sum(trial.score is not None for trial in self.trials.values())

    @property
    def waited_s(self) -> float | None:
        """Seconds that were waited for its language model; None where a recording lacks them."""
        known = [one.waited_s for one in self.completions.values()]
        told = [seconds for seconds in known if seconds is not None]
        return sum(told) if len(told) == len(known) else None

    @property
    def estimated(self) -> bool:
        """True if tokens of a reply are estimated from its characters."""
        return any(one.estimated for one in self.completions.values())

    @property
    def reach(self) -> str:
        """Reach of its processes outside, the weakest of them; "" where it had none."""
        if not self.sessions:
            return ""
        return HIDDEN if all(one.reach == HIDDEN for one in self.sessions.values()) else OPEN

    @property
    def continued(self) -> bool:
        """True if its searcher, which cannot be replayed, went on from the record."""
        went_on = bool(self.ended and self.ended.get("continued"))
        return went_on or any(one.continued for one in self.sessions.values())

    def used(self, number: int, what: str) -> float | None:
        """Amount of its usage when a trial had finished; None where that is unknown.

        A session that tells late is taken at its next word: it had used at most that by then.
        """
        later = list(self.bills) if what in self.silent.get(number, ()) else [number]
        for one in later[later.index(number) :]:
            if what not in self.silent.get(one, ()):
                return float(getattr(self.bills[one], what))
        return None

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

    def is_done(self, number: int) -> bool:
        """True if an attempt has come to its end."""
        return number in self.trials and self.trials[number].status != CUT_OFF

    def begin(self, start: Started) -> None:
        """Note an attempt; the second time that a number begins is its second attempt."""
        again = self.started.get(start.number)
        attempts = again.attempts + 1 if again else 1
        self.started[start.number] = replace(start, attempts=attempts)
        if not again:
            self.log.append(("started", start.number))

    def finish(self, trial: Trial, outputs: str | None) -> None:
        """Note how an attempt came out. outputs: the blob of what its program returned.

        One that the limit of dollars for answers cut off is not over: it runs again where a command
        allows for more, and the second time it is done.
        """
        self.trials[trial.number] = trial
        self.finishes += 1
        if trial.status == CUT_OFF:
            self.started[trial.number] = replace(self.started[trial.number], attempts=0)
        else:
            self.log.append(("finished", trial.number))
        self.bill += trial.usage
        self.bills[trial.number] = self.bill
        if untold := self.untold:
            self.silent[trial.number] = untold
        if outputs:
            self.outputs[trial.number] = outputs

    def answer(self, completion: Completion) -> None:
        """Note a language model's reply."""
        self.completions[completion.key] = completion
        self.bill += completion.usage
        self.unpriced = self.unpriced or completion.usd is None

    def look(self, look: Looked, golds: frozenset[str], failures: int) -> None:
        """Note a look. golds: items whose answers it showed; failures: how many items it showed."""
        self.looks[look] = self.looks.get(look, frozenset()) | golds
        self.times[look] += 1
        self.failures += failures
        self.showings += len(golds)

    def hear(self, session: Session) -> None:
        """Note what a session says of itself; its last word counts."""
        known = self.sessions.get(session.number)
        before, now = known.usage if known else Usage(), session.usage
        self.sessions[session.number] = session
        self.bill += Usage(tokens=now.tokens - before.tokens, usd=now.usd - before.usd)

    def incumbents(self, baseline: Trial) -> list[tuple[int, Trial]]:
        """(items charged so far, best trial so far), at every change of the best.

        Only full-share trials stand for election, on the search split; the earliest of equals
        stays. The baseline stands too, at a charge of 0: it is what one keeps when nothing
        beat it. Neither a replicate stands, which would be chosen for its luck, nor what was
        withdrawn.
        """
        found, charged = [(0, baseline)], 0
        for number in sorted(self.trials):
            trial = self.trials[number]
            start = self.started[number]
            charged += start.items
            stands = not start.again and number not in self.withdrawn
            if stands and is_better(trial, found[-1][1]):
                found.append((charged, trial))
        return found


def is_better(trial: Trial, best: Trial) -> bool:
    """True if a trial takes the place of the best one so far: on the whole search split."""
    if trial.share != 1 or not trial.ok or trial.score is None:
        return False
    return best.score is None or trial.score > best.score
