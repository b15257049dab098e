"""Gold answers inside edits: n-grams that neither a context nor the program held before.

A published memory system had test answers word for word in its prompts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..ledger.subjects import Split
from .corpus import Corpus
from .edits import Addition
from .words import tokens

LENGTH = 4  # tokens: shorter runs are common speech
Gram = tuple[str, ...]


@dataclass
class Grams:
    """Index of the n-grams of gold answers: {n-gram: {split: item ids}}."""

    origins: dict[Gram, dict[Split, list[str]]] = field(default_factory=dict)

    def find(self, text: str) -> Iterator[tuple[str, Mapping[Split, Collection[str]]]]:
        """The longest runs of a text that are made of gold n-grams, and where these are from."""
        read = tokens(text)
        start = 0
        while start <= len(read) - LENGTH:
            end, origin = self._run(read, start)
            if end:
                yield " ".join(read[start:end]), origin
            start = max(end, start + 1)

    def _run(self, read: Sequence[str], start: int) -> tuple[int, dict[Split, set[str]]]:
        """(one past the last token of the run that begins here or 0, where it is from)"""
        end, found = 0, dict[Split, set[str]]()
        for at in range(start, len(read) - LENGTH + 1):
            known = self.origins.get(tuple(read[at : at + LENGTH]))
            if known is None:
                break
            end = at + LENGTH
            for split, items in known.items():
                found.setdefault(split, set()).update(items)
        return end, found


def index(corpus: Corpus, program: Iterable[str]) -> Grams:
    """program: the texts of the pristine tree, which owes nothing to a searcher."""
    found = Grams()
    for split, answers in corpus.gold.items():
        for item, answer in answers.items():
            for gram in set(grams(answer)):
                found.origins.setdefault(gram, {}).setdefault(split, []).append(item)
    given = (text for texts in corpus.contexts.values() for text in texts)
    for text in (*given, *program):
        for gram in grams(text):
            found.origins.pop(gram, None)
    return found


def told_apart(known: Grams, split: Split) -> int:
    """Number of gold answers of a split with an n-gram by which they would be found."""
    return len({item for origin in known.origins.values() for item in origin.get(split, ())})


def grams(text: str) -> Iterator[Gram]:
    read = tokens(text)
    return zip(*(read[shift:] for shift in range(LENGTH)), strict=False)


def passages(known: Grams, additions: Iterable[Addition]) -> list[dict[str, Any]]:
    """One row a run of gold in an edit: edit, file, text, items ({split: item ids}).

    The first edit that has it is named; one that only moves the line is not.
    """
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for addition in additions:
        for path, text in texts(addition):
            for run, origin in known.find(text):
                items = {split: sorted(ids) for split, ids in origin.items()}
                row = {"edit": addition.edit, "file": path, "text": run, "items": items}
                rows.setdefault((path, run), row)
    return list(rows.values())


def in_prompts(known: Grams, prompts: Iterable[str]) -> list[dict[str, Any]]:
    """One row a run of sealed gold that a language model was shown: text, items.

    What is also in a gold answer of the search split may be shown.
    """
    rows: dict[str, dict[str, Any]] = {}
    for prompt in prompts:
        for run, origin in known.find(prompt):
            if set(origin) == {"test"}:
                rows.setdefault(run, {"text": run, "items": sorted(origin["test"])})
    return list(rows.values())


def texts(addition: Addition) -> Iterator[tuple[str, str]]:
    """(path, text); a literal over several lines is found whole, a comment by its line.

    Short literals are read side by side as well: a program may join them.
    """
    for path, literals in addition.literals.items():
        yield from ((path, text) for text in literals)
        short = [text for text in literals if len(tokens(text)) < LENGTH]
        yield from ((path, joint.join(short)) for joint in (" ", ""))
    for path, lines in addition.lines.items():
        yield from ((path, line) for line in lines)
    yield from (("", value) for value in addition.values)
