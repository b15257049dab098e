"""Inputs and contexts of the search split inside edits: what a table of seen answers is keyed by.

Gold answers of a word or two are told from common speech by nothing, but the text that they answer
is. A text that occurs once, and not in the test split, belongs to one item or context.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .corpus import Corpus
from .edits import Addition
from .gold import LENGTH, Gram, grams, texts
from .words import tokens

SHOWN_CHARS = 100


@dataclass
class Known:
    """Texts by their first tokens: {first LENGTH tokens: [(all tokens, what it is of)]}."""

    begun: dict[Gram, list[tuple[Gram, str]]] = field(default_factory=dict)

    @property
    def number(self) -> int:
        return sum(map(len, self.begun.values()))

    def find(self, text: str) -> Iterator[tuple[str, str]]:
        """(words, what they are of) of each known text that a text holds whole."""
        read = tuple(tokens(text))
        for at in range(len(read) - LENGTH + 1):
            for whole, origin in self.begun.get(read[at : at + LENGTH], ()):
                if read[at : at + len(whole)] == whole:
                    yield " ".join(whole), origin


def index(corpus: Corpus, program: Iterable[str]) -> Known:
    """program: the texts of the pristine tree and of the brief, which owe nothing to a search."""
    held = {split: _of(corpus, split) for split in ("search", "test")}
    times = Counter(whole for _, whole in (*held["search"], *held["test"]))
    given = {gram for text in program for gram in grams(text)}
    found = Known()
    for origin, whole in held["search"]:
        is_own = times[whole] == 1 and whole[:LENGTH] not in given
        if len(whole) >= LENGTH and is_own:
            found.begun.setdefault(whole[:LENGTH], []).append((whole, origin))
    return found


def passages(known: Known, additions: Iterable[Addition]) -> dict[str, Any]:
    """known: how many texts could be found. rows: edit, file, text, of; the first edit is named."""
    rows: dict[tuple[str, str], Mapping[str, Any]] = {}
    for addition in additions:
        for path, text in texts(addition):
            for words, origin in known.find(text):
                row = {"edit": addition.edit, "file": path, "text": words[:SHOWN_CHARS]}
                rows.setdefault((path, words), {**row, "of": origin})
    return {"known": known.number, "rows": list(rows.values())}


def _of(corpus: Corpus, split: Any) -> Sequence[tuple[str, Gram]]:
    """(what it is of, its tokens) of each input and each text of a context of a split."""
    inputs = [(f"input {item}", text) for item, text in corpus.inputs[split].items()]
    contexts = [("a context", text) for text in corpus.contexts[split]]
    return [(origin, tuple(tokens(text))) for origin, text in (*inputs, *contexts)]
