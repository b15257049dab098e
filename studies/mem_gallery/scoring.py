"""The official Mem-Gallery rule: token F1 after stemming, the same for all nine points.

Follows the rule of YuanchenBei/Mem-Gallery, benchmark/memengine/evaluate/evaluation.py; the tests
compare with sums that the official code gave.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import regex  # the standard library's \b sees combining marks differently

from studies.locomo.scoring import ARTICLES, f1, stem
from studies.memory.views import TextRule, rules

if TYPE_CHECKING:
    from toolkit import Gold

POINTS = {
    "FR": "factual retrieval",
    "VS": "visual search",
    "TTL": "test-time learning",
    "TR": "temporal reasoning",
    "VR": "visual reasoning",
    "MR": "multi-entity reasoning",
    "KR": "knowledge resolution",
    "CD": "conflict detection",
    "AR": "answer refusal",
}
"""{point: its name}: nine kinds of questions"""

# ids of pictures (D8:IMG_009) keep their underscore, numbers their decimal point
MARKS = regex.escape("".join(mark for mark in string.punctuation if mark not in "._"))
SEPARATORS = regex.compile(rf"(?<!\d)\.|\.(?!\d)|[{MARKS}]")


def score(gold: Gold, prediction: str) -> float:
    """F1 of a prediction's tokens, in [0, 1]; 0 where either text has none, or both."""
    return f1(stems(prediction), stems(str(gold.answer)))


def stems(text: str) -> list[str]:
    """Stemmed tokens of a text in lower case, without articles; punctuation parts words."""
    words = SEPARATORS.sub(" ", ARTICLES.sub(" ", text.lower())).split()
    return [stem(word) for word in words]


VIEWS: dict[str, TextRule] = rules(lambda gold: [str(gold.answer)], stems)
"""{name: rule} of an answer's text, beside the official one"""
