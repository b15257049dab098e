"""The official LoCoMo rule: token F1 after stemming, with a variant for three categories.

Follows the rule of snap-research/locomo, task_eval/evaluation.py; the tests compare with sums
that the official code gave.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import regex  # the standard library's \b sees combining marks differently

import toolkit
from studies.memory.views import TextRule, known, rules

if TYPE_CHECKING:
    from toolkit import Gold

KINDS = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
REFUSALS = ("no information available", "not mentioned")
ARTICLES = regex.compile(r"\b(?:a|an|the|and)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)
STEMMER = toolkit.porter_stemmer()


def score(gold: Gold, prediction: str) -> float:
    """Score of a prediction, in [0, 1]; gold.kind is one of KINDS."""
    if gold.kind == "adversarial":
        return float(refuses(prediction))
    answer = str(gold.answer)  # some are numbers: 2022
    if gold.kind == "multi-hop":
        return token_f1_of_parts(prediction, answer)
    if gold.kind == "open-domain":  # what follows the first ";" explains the answer
        answer = answer.split(";")[0]
    return token_f1(prediction, answer)


def symmetric(gold: Gold, prediction: str) -> float:
    """`score`, but for multi-hop questions parts that nobody asked for count against an answer.

    Officially each part of the gold answer counts its best predicted part and all others are
    free, so that a list of ten guesses pays, and one of every n-gram of a conversation as well.
    Here: the harmonic mean of that and of the same mean over the predicted parts, of which a
    repeated one counts once. Both must be high, so that a long list of guesses earns next to
    nothing, however many gold parts are in it.
    """
    if gold.kind != "multi-hop":
        return score(gold, prediction)
    wanted = token_f1_of_parts(prediction, str(gold.answer))
    asked_for = mean_best(different(parts(prediction)), parts(str(gold.answer)))
    return 2 * wanted * asked_for / (wanted + asked_for) if wanted + asked_for else 0.0


def wanted(gold: Gold) -> list[str]:
    """Texts that an answer should hold: each part of a list, else the whole gold answer."""
    answer = str(gold.answer)
    if gold.kind == "multi-hop":
        return answer.split(",")
    return [answer.split(";")[0] if gold.kind == "open-domain" else answer]


def _unless_unanswerable(rule: TextRule) -> TextRule:
    """A view of a question that has no answer is the official rule."""

    def view(gold: Gold, prediction: str) -> float:
        return score(gold, prediction) if gold.kind == "adversarial" else rule(gold, prediction)

    return view


def refuses(answer: str) -> bool:
    """True if an answer declines to answer, in one of the two phrases that count."""
    lowered = answer.lower()
    return any(phrase in lowered for phrase in REFUSALS)


def token_f1_of_parts(prediction: str, answer: str) -> float:
    """Mean over the answer's parts, split at commas, of the best predicted part."""
    return mean_best(parts(answer), parts(prediction))


def parts(text: str) -> list[list[str]]:
    return [stems(part) for part in text.split(",")]


def different(some: Sequence[list[str]]) -> list[list[str]]:
    """Parts of an answer, each once, whatever the order of its words."""
    return list({tuple(sorted(part)): part for part in some}.values())


def mean_best(some: Sequence[Sequence[str]], others: Sequence[Sequence[str]]) -> float:
    """Mean over some parts of the F1 with the best of the others."""
    return sum(max(f1(part, other) for other in others) for part in some) / len(some)


def token_f1(prediction: str, answer: str) -> float:
    return f1(stems(prediction), stems(answer))


def f1(predicted: Sequence[str], wanted: Sequence[str]) -> float:
    """Harmonic mean of precision and recall over tokens, repeated ones counted."""
    shared = sum((Counter(predicted) & Counter(wanted)).values())
    return 2 * shared / (len(predicted) + len(wanted)) if shared else 0.0


def stems(text: str) -> list[str]:
    """Stemmed tokens of a text in lower case, without punctuation and articles."""
    words = ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split()
    return [stem(word) for word in words]


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    return STEMMER.stem(word)


VIEWS: dict[str, TextRule] = {
    **{name: _unless_unanswerable(rule) for name, rule in rules(wanted, stems).items()},
    "symmetric": known(symmetric),
}
"""{name: rule} of an answer's text, beside the official one"""
