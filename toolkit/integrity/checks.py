"""The checks that need the vault or run programs; each only if it is not on record."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from .. import patch
from ..attribution.parts import pristine, take_apart
from ..bench import Bench, Result
from ..ledger import Ledger
from ..records import Candidate
from ..state import BASELINE, SPLITS, CellState, Split, State
from . import corpus, gold, plan, rare, redact
from .edits import Addition, additions

SHOWN = 10


@dataclass(frozen=True)
class Scoring:
    """A program or a rule to be scored on one split."""

    subject: str
    split: Split
    purpose: str
    run: Callable[[], Result]


@dataclass
class Checks:
    """The baseline and the champions of some cells."""

    bench: Bench
    state: State
    ledger: Ledger
    cells: Sequence[CellState]
    _champions: Mapping[str, CellState] = field(init=False)

    def __post_init__(self) -> None:
        found = [cell for cell in self.cells if plan.scored(self.state, cell)]
        self._champions = {plan.program(self.state, cell): cell for cell in found}

    def readings(self) -> Iterator[dict[str, Any]]:
        """What edits and prompts hold of the gold answers and of the test split."""
        for cell in self.cells:
            shown = list(dict.fromkeys(one.prompt for one in cell.completions.values()))
            known = self.state.checks.get((plan.PROMPTS, cell.key))
            if shown and (known is None or known["prompts"] != len(shown)):
                yield self._check(plan.PROMPTS, cell.key, self._prompts(shown))
        for program, cell in self._champions.items():
            if (plan.RARE, program) in self.state.checks:
                continue
            added = additions(take_apart(self.state, cell))
            yield self._check(plan.REPEATED, program, self._repeated(program))
            yield self._check(plan.GOLD, program, gold.passages(self._gold, added))
            yield self._check(plan.RARE, program, self._rare(added))

    def scorings(self) -> Iterator[Scoring]:
        """The baseline twice; every program asked otherwise, by the other rule, without words."""
        yield self._rerun(plan.AGAIN, BASELINE, Candidate(), "search")
        yield from self._of(BASELINE, Candidate())
        for program, cell in self._champions.items():
            champion = cell.champion(self.state.baseline).candidate
            yield from self._of(program, champion)
            rows = self.state.checks[plan.RARE, program]
            if rows:
                run = partial(self._redacted, champion, [row["word"] for row in rows])
                yield Scoring(
                    plan.subject(plan.REDACTED, program), "test", f"integrity: {plan.REDACTED}", run
                )

    def differences(self) -> Iterator[dict[str, Any]]:
        """How many answers another run of a program changed."""
        for program in (BASELINE, *self._champions):
            for check in plan.RERUNS:
                for split in SPLITS:
                    again = plan.subject(check, program)
                    name = f"{plan.DIFFERENCES} on {split}"
                    known = (name, again) in self.state.checks
                    if not known and (again, split) in self.state.predictions:
                        yield self._check(name, again, self._differing(program, again, split))

    def _of(self, program: str, candidate: Candidate) -> Iterator[Scoring]:
        for check in plan.RERUNS:
            yield self._rerun(check, program, candidate, "test")
        if self.bench.vault.symmetric:
            run = partial(self._symmetric, program)
            yield Scoring(
                plan.subject(plan.SYMMETRIC, program), "test", f"integrity: {plan.SYMMETRIC}", run
            )

    def _rerun(self, check: str, program: str, candidate: Candidate, split: Split) -> Scoring:
        run = partial(self.bench.run, candidate, split, **plan.RERUNS[check])
        return Scoring(plan.subject(check, program), split, f"integrity: {check}", run)

    def _symmetric(self, program: str) -> Result:
        found = self.bench.symmetric(self._predictions(program, "test"))
        return found or Result("invalid", detail="the task has no symmetric rule")

    def _redacted(self, champion: Candidate, words: Sequence[str]) -> Result:
        """A program that cannot be written without the words is no result, and says so."""
        base = pristine(self.state)
        try:
            tree = redact.without(patch.apply(base, champion.patch), words)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return Result("invalid", detail=f"the words cannot be taken out: {error}")
        return self.bench.run(Candidate(champion.overrides, patch.make(base, tree)), "test")

    def _differing(self, program: str, again: str, split: Split) -> dict[str, Any]:
        first, second = self._predictions(program, split), self._predictions(again, split)
        items = sorted(item for item in first if first[item][0] != second[item][0])
        retrieved = sum(first[item][1] != second[item][1] for item in first)
        return {
            "questions": len(first),
            "answers": len(items),
            "retrieved": retrieved,
            "items": items[:SHOWN],
        }

    def _predictions(self, subject: str, split: Split) -> Any:
        return self.ledger.get(self.state.predictions[subject, split])

    def _prompts(self, shown: Sequence[str]) -> dict[str, Any]:
        """unread: prompts whose text only an earlier run has, since they have changed."""
        texts = []
        for digest in shown:
            with contextlib.suppress(KeyError):
                texts.append("\n".join(message["content"] for message in self.ledger.get(digest)))
        found = gold.in_prompts(self._gold, texts)
        return {"prompts": len(shown), "unread": len(shown) - len(texts), "passages": found}

    def _repeated(self, program: str) -> dict[str, Any]:
        """{kind: the answer given most often on the test split, how often, to how many}"""
        answers: dict[str, list[str]] = {}
        for item, (answer, _) in self._predictions(program, "test").items():
            answers.setdefault(self.bench.vault.gold[item].kind, []).append(answer)
        return {kind: _most_common(given) for kind, given in sorted(answers.items())}

    def _rare(self, added: Sequence[Addition]) -> list[dict[str, Any]]:
        return rare.rare_words(self._corpus, self._program, added)

    @staticmethod
    def _check(check: str, subject: str, value: Any) -> dict[str, Any]:
        return {"check": check, "subject": subject, "value": value}

    @cached_property
    def _corpus(self) -> corpus.Corpus:
        return corpus.read(self.bench)

    @cached_property
    def _gold(self) -> gold.Index:
        return gold.index(self._corpus, self._program)

    @cached_property
    def _program(self) -> list[str]:
        """What the searchers were given: the pristine tree and the study's brief."""
        files = self.bench.study.files.values()
        return [self.bench.study.brief, *(text.decode(errors="replace") for text in files)]


def _most_common(answers: Sequence[str]) -> dict[str, Any]:
    ((answer, count),) = Counter(answers).most_common(1)
    return {"answer": answer, "count": count, "questions": len(answers)}
