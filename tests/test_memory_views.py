"""Views of an answer in the studies of a memory."""

from __future__ import annotations

import pytest

from studies.locomo.scoring import VIEWS, score
from toolkit import Gold

LONG = "well so it was on the one hand a trip with her dog to the wide green hills of Wales"


@pytest.mark.parametrize(
    ("kind", "gold", "answer", "span", "recall", "precision", "contains"),
    [
        # articles are no tokens; three of the gold's tokens stand side by side
        ("single-hop", "the red fox ran", "I saw a red fox ran off", 1, 1, 3 / 6, 1),
        # 2 of 3, apart from each other: the best span is one token, 2 / (1 + 3), or all of
        # "red cat fox", 4 / (3 + 3)
        ("single-hop", "red fox ran", "red cat fox", 4 / 6, 2 / 3, 2 / 3, 0),
        # each part of a list is looked for in the whole answer
        ("multi-hop", "red fox, blue jay", "red fox or green jay", (1 + 2 / 3) / 2, 3 / 4, 3 / 5, 1 / 2),
        # what follows the first ";" explains the answer
        ("open-domain", "yes; she said so", "yes", 1, 1, 1, 1),
        # beyond the first 16 tokens nothing is found
        ("single-hop", "Wales", LONG, 0, 1, 1 / 17, 1),
        ("temporal", "2022", "", 0, 0, 0, 0),
    ],
)  # fmt: skip
def test_views_of_an_answer_by_hand(
    kind: str, gold: str, answer: str, span: float, recall: float, precision: float, contains: float
) -> None:
    wanted = {
        "best_span": span, "token_recall": recall, "token_precision": precision,
        "contains_gold": contains,
    }  # fmt: skip
    found = {name: VIEWS[name](Gold(gold, kind), answer) for name in wanted}
    assert found == pytest.approx(wanted)


def test_the_best_span_is_never_below_f1_within_the_cap() -> None:
    gold = Gold("the red fox ran", "single-hop")
    for answer in ("red", "a red dog and the fox ran", "fox ran red", "no"):
        assert VIEWS["best_span"](gold, answer) >= score(gold, answer)


def test_a_question_without_an_answer_is_judged_as_officially() -> None:
    gold = Gold(None, "adversarial")
    assert {rule(gold, "That is not mentioned.") for rule in VIEWS.values()} == {1.0}
    assert {rule(gold, "Wales") for rule in VIEWS.values()} == {0.0}
