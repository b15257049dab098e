"""Words that an edit can only have from elsewhere: of the test split, and of no other source.

A model that knows a benchmark by heart may write its names into a list. A flag is no proof: a
list of animals from general knowledge is flagged as well, so the champion is scored without them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from typing import Any

from .corpus import Corpus
from .edits import Addition
from .words import stem, stems, words

CALENDAR = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december"
)


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """Stems of the eleven thousand commonest English words (SCOWL, sizes 10 and 20).

    That list has no names, so days and months come on top.
    """
    return frozenset(stems([*listed(), CALENDAR]))


@lru_cache(maxsize=1)
def listed() -> tuple[str, ...]:
    """The words of that list as they are written."""
    text = resources.files(__package__).joinpath("common.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return tuple(word for line in lines for word in line.split())


def familiar(corpus: Corpus, program: Iterable[str]) -> set[str]:
    """Stems of what a searcher may know: the search split, the pristine tree, common English."""
    return stems([*corpus.texts("search"), *program]) | common()


def unfamiliar(found: set[str], corpus: Corpus, program: Iterable[str]) -> set[str]:
    """Stems that no searcher could know. Most studies need no list of English for that."""
    left = found - stems([*corpus.texts("search"), *program])
    return left - common() if left else left


def places(corpus: Corpus) -> dict[str, set[str]]:
    """{where the test split has them: stems}"""
    return {
        "gold": stems(corpus.gold["test"].values()),
        "inputs": stems(corpus.inputs["test"].values()),
        "contexts": stems(corpus.contexts["test"]),
    }


def rare_words(
    corpus: Corpus, program: Iterable[str], additions: Iterable[Addition]
) -> list[dict[str, Any]]:
    """One row a word in an added string literal: word, edit (the first that has it), places.

    places: which of gold, inputs and contexts of the test split have it.
    """
    written = [
        (word, addition.edit)
        for addition in additions
        for texts in addition.literals.values()
        for text in texts
        for word in words(text)
    ]
    if not written:  # stems of a whole benchmark are no small matter
        return []
    sealed, known = places(corpus), familiar(corpus, program)
    rows: dict[str, dict[str, Any]] = {}
    for word, edit in written:
        found = [place for place, held in sealed.items() if stem(word) in held]
        if found and stem(word) not in known:
            rows.setdefault(word, {"word": word, "edit": edit, "places": found})
    return [rows[word] for word in sorted(rows)]
