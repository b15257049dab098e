"""Checks that need the vault or run programs; each is made only if it is not on record."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import Any

from ..bench.bench import Bench
from ..bench.scoring import Scoring
from ..bench.tally import HOST
from ..edits.anatomy import pristine, take_apart
from ..ledger.cell import CellState
from ..ledger.ledger import Ledger
from ..ledger.state import State
from ..ledger.subjects import BASELINE, SPLITS, Split
from ..patches import diff, patch
from ..records import Candidate, Scored, canonical
from ..study import task as tasks
from . import corpus, gold, opaque, parts, plan, rare, redact, searched
from .edits import additions
from .readable import Vocabulary
from .reruns import alike
from .words import has_text

SHOWN = 10
SAMPLE = 100_000  # characters, enough to know a language by


@dataclass
class Checks:
    """Checks of the baseline and of the champions of some cells."""

    bench: Bench
    state: State
    ledger: Ledger
    cells: Sequence[CellState]
    _champions: Mapping[str, CellState] = field(init=False)

    def __post_init__(self) -> None:
        found = [cell for cell in self.cells if plan.scored(self.state, cell)]
        self._champions = {plan.program(self.state, cell): cell for cell in found}

    def readings(self) -> Iterator[dict[str, Any]]:
        """Contents of edits and prompts: gold answers and words of the test split in them."""
        for cell in self.cells:
            shown = list(dict.fromkeys(one.prompt for one in cell.completions.values()))
            known = self.state.checks.get((plan.PROMPTS, cell.key))
            if shown and (known is None or known["prompts"] != len(shown)):
                yield self._check(plan.PROMPTS, cell.key, self._prompts(shown))
        yield from self._unless_known(plan.STUDY, {plan.REACH: self._reach})
        for program in (BASELINE, *self._champions):
            if plan.outputs(self.state, program, self.state.final):
                yield from self._unless_known(program, {plan.PARTS: partial(self._parts, program)})
        for program, cell in self._champions.items():
            yield from self._unless_known(program, self._of_edits(program, cell))

    def _unless_known(
        self, subject: str, checks: Mapping[str, Callable[[], Any]]
    ) -> Iterator[dict[str, Any]]:
        for check, read in checks.items():
            if (check, subject) not in self.state.checks:
                yield self._check(check, subject, read())

    def _of_edits(self, program: str, cell: CellState) -> dict[str, Callable[[], Any]]:
        champion = cache(partial(take_apart, self.state, cell))
        added = cache(lambda: additions(champion()))
        return {
            plan.REPEATED: lambda: self._repeated(program),
            plan.GOLD: lambda: gold.passages(self._gold, added()),
            plan.RARE: lambda: rare.rare_words(self._corpus, self._program, added()),
            plan.SEARCHED: lambda: searched.passages(self._searched, added()),
            plan.HELD: lambda: opaque.findings(champion(), self._vocabulary, self._sealed),
        }

    def scorings(self, *, runs: bool = True) -> Iterator[Scoring]:
        """Runs to make: the baseline again, and each program otherwise: order, rule, rare words.

        runs: programs may run; without, what is on record is scored by the other rule.
        """
        if not runs:
            for program in (BASELINE, *self._champions):
                yield from self._other_rule(program)
            return
        if plan.AGAIN in plan.reruns(self.state) and self.state.final == "test":
            yield self._rerun(plan.AGAIN, BASELINE, Candidate(), "search")
        yield from self._of(BASELINE, Candidate())
        for program, cell in self._champions.items():
            champion = self.state.champion(cell).candidate
            yield from self._of(program, champion)
            rows = self.state.checks[plan.RARE, program]
            if rows:
                run = partial(self._redacted, champion, [row["word"] for row in rows])
                yield Scoring(
                    plan.subject(plan.REDACTED, program), "test", f"integrity: {plan.REDACTED}", run
                )

    def differences(self) -> Iterator[dict[str, Any]]:
        """Number of outputs that another run of a program changed."""
        for program in (BASELINE, *self._champions):
            for check in plan.RERUNS:
                for split in self.state.splits:
                    again = plan.subject(check, program)
                    name = f"{plan.DIFFERENCES} on {split}"
                    known = (name, again) in self.state.checks
                    if not known and (again, split) in self.state.outputs:
                        yield self._check(name, again, self._differing(program, again, split))

    def _of(self, program: str, candidate: Candidate) -> Iterator[Scoring]:
        for check in plan.reruns(self.state):
            yield self._rerun(check, program, candidate, self.state.final)
        yield from self._other_rule(program)

    def _other_rule(self, program: str) -> Iterator[Scoring]:
        if self.bench.vault.symmetric:
            run, final = partial(self._symmetric, program), self.state.final
            purpose = f"integrity: {plan.SYMMETRIC}"
            yield Scoring(plan.subject(plan.SYMMETRIC, program), final, purpose, run)

    def _rerun(self, check: str, program: str, candidate: Candidate, split: Split) -> Scoring:
        """One run, also where there are replicates: it stands beside the first of them."""
        how = plan.RERUNS[check]
        run = partial(self.bench.run, candidate, split, by=HOST, once=True, **how)
        return Scoring(plan.subject(check, program), split, f"integrity: {check}", run)

    def _symmetric(self, program: str) -> Scored:
        found = self.bench.symmetric(self._outputs(program, self.state.final))
        return found or Scored(status="invalid", detail="the task has no symmetric rule")

    def _redacted(self, champion: Candidate, words: Sequence[str]) -> Scored:
        """A program that cannot be written without the words is no result, and says so."""
        base = pristine(self.state)
        try:
            tree = redact.without(patch.apply(base, champion.patch), words)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return Scored(status="invalid", detail=f"the words cannot be taken out: {error}")
        changed = Candidate(champion.overrides, diff.make(base, tree))
        return self.bench.run(changed, "test", by=HOST)

    def _differing(self, program: str, again: str, split: Split) -> dict[str, Any]:
        first, second = self._outputs(program, split), self._outputs(again, split)
        answer = self.bench.judge.answer
        items = sorted(
            item for item in first if not alike(answer(first[item]), answer(second[item]))
        )
        return {
            "asked": len(first),
            "answers": len(items),
            "outputs": sum(not alike(first[item], second[item]) for item in first),
            "items": items[:SHOWN],
        }

    def _outputs(self, subject: str, split: Split) -> Any:
        blob = plan.outputs(self.state, subject, split)
        return self.ledger.get(blob) if blob else {}

    def _answers(self, program: str) -> dict[str, Any]:
        """{item id: answer} of a program on the split that decides."""
        answer, found = self.bench.judge.answer, self._outputs(program, self.state.final)
        return {item: answer(output) for item, output in found.items()}

    def _prompts(self, shown: Sequence[str]) -> dict[str, Any]:
        """unread: prompts whose text only an earlier run has, since they have changed."""
        texts = []
        for digest in shown:
            with contextlib.suppress(KeyError):
                texts.append("\n".join(message["content"] for message in self.ledger.get(digest)))
        found = gold.in_prompts(self._gold, texts)
        return {"prompts": len(shown), "unread": len(shown) - len(texts), "passages": found}

    def _repeated(self, program: str) -> dict[str, Any]:
        """{kind: the answer given most often where scores decide, how often, to how many}"""
        answers: dict[str, list[str]] = {}
        for item, answer in self._answers(program).items():
            text = answer if isinstance(answer, str) else canonical(answer)
            answers.setdefault(self.bench.vault.gold[item].kind, []).append(text)
        return {kind: _most_common(given) for kind, given in sorted(answers.items())}

    def _parts(self, program: str) -> dict[str, Any]:
        """Number of outputs with more list items than any gold answer, and the longest of them."""
        most_of_gold = max(parts.count(one.answer) for one in self.bench.vault.gold.values())
        answers = self._answers(program)
        # a list, such as a ranking, is as long as the study wants it: the check is of texts
        texts = {item: answer for item, answer in answers.items() if isinstance(answer, str)}
        counts = dict.fromkeys(answers, 0) | {item: parts.count(one) for item, one in texts.items()}
        counted = [one for item, one in answers.items() if self.bench.vault.counts(item)]
        above = [item for item, count in counts.items() if count > most_of_gold]
        return {
            "asked": len(counts),
            "answers": len(above),
            "most": max(counts.values()),
            "gold": most_of_gold,
            "items": sorted(above)[:SHOWN],
            **({"lengths": parts.lengths(counted)} if counted else {}),
        }

    def _reach(self) -> dict[str, Any]:
        """Figures that tell whether the checks could find anything in this study."""
        words = set().union(*rare.places(self._corpus).values())
        asked: Split = "test" if self._corpus.texts("test") else "search"
        texts = "\n".join(self._corpus.texts(asked))[:SAMPLE]
        return {
            "gold": {split: gold.told_apart(self._gold, split) for split in SPLITS},
            "answers": {split: len(self._corpus.gold[split]) for split in SPLITS},
            "texts": sum(map(has_text, self._answers(BASELINE).values())),
            "words": len(rare.unfamiliar(words, self._corpus, self._program)),
            "readable": self._vocabulary.share(texts),
            "symmetric": self.bench.vault.symmetric is not None,
            "floors": bool(tasks.floors(self.bench.task))
            or self.bench.has_wrong_context(self.state.final)
            or self.bench.has_empty_context,
        }

    @staticmethod
    def _check(check: str, subject: str, value: Any) -> dict[str, Any]:
        return {"check": check, "subject": subject, "value": value}

    @cached_property
    def _corpus(self) -> corpus.Corpus:
        return corpus.read(self.bench)

    @cached_property
    def _gold(self) -> gold.Grams:
        return gold.index(self._corpus, self._program)

    @cached_property
    def _searched(self) -> searched.Known:
        return searched.index(self._corpus, self._program)

    @cached_property
    def _sealed(self) -> list[str]:
        return [text for text in self._corpus.gold["test"].values() if text]

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary([*self._corpus.texts("search"), *self._program])

    @cached_property
    def _program(self) -> list[str]:
        """Texts that the searchers were given: the pristine tree and the study's brief."""
        files = self.bench.study.files.values()
        return [self.bench.study.brief, *(text.decode(errors="replace") for text in files)]


def _most_common(answers: Sequence[str]) -> dict[str, Any]:
    ((answer, count),) = Counter(answers).most_common(1)
    return {"answer": answer, "count": count, "asked": len(answers)}
