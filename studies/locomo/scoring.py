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
from nltk.stem.porter import PorterStemmer

if TYPE_CHECKING:
    from toolkit import Gold

KINDS = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
REFUSALS = ("no information available", "not mentioned")
ARTICLES = regex.compile(r"\b(?:a|an|the|and)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)
STEMMER = PorterStemmer()


def score(gold: Gold, prediction: str) -> float:
    """How right the prediction is, in [0, 1]; gold.kind is one of KINDS."""
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
    free, so that a list of ten guesses pays. Here: half the official mean over the gold parts,
    half the same mean over the predicted parts,
    (mean_g max_p f1(p, g) + mean_p max_g f1(p, g)) / 2.
    """
    if gold.kind != "multi-hop":
        return score(gold, prediction)
    answer = str(gold.answer)
    wanted, extra = token_f1_of_parts(prediction, answer), token_f1_of_parts(answer, prediction)
    return (wanted + extra) / 2


def refuses(answer: str) -> bool:
    """Whether an answer declines to answer, in one of the two phrases that count."""
    lowered = answer.lower()
    return any(phrase in lowered for phrase in REFUSALS)


def token_f1_of_parts(prediction: str, answer: str) -> float:
    """Both split at commas: the mean over the answer's parts of the best predicted part."""
    predicted = [stems(part) for part in prediction.split(",")]
    wanted = [stems(part) for part in answer.split(",")]
    return sum(max(f1(part, want) for part in predicted) for want in wanted) / len(wanted)


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
