"""Where on the way an answer about a conversation was lost, from its output alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from studies.lost import trace
from studies.memory import Memory
from toolkit import Item

TURNS = {
    "D1:1": "[1 May 2023] Ann: I bought a blue kayak in Oban yesterday.",
    "D1:2": "[1 May 2023] Bob: My sister sails a small red boat.",
    "D2:1": "[9 May 2023] Ann: The kayak is a joy on calm water.",
}
ITEM = Item("q", "talk", {"text": "What did Ann buy in Oban?"})


class Talk(Memory):
    def evidence(self) -> Mapping[str, Sequence[str]]:
        return {"q": ["D1:1"], "two": ["D1:1", "D2:1"], "none": ["D9:9"]}

    def refuses(self, answer: str) -> bool:
        return "not mentioned" in answer

    def passages(self, conversation: str) -> Mapping[str, str]:
        return TURNS


def told(answer: str, retrieved: list[str], item: Item = ITEM, **more: Any) -> Mapping[str, Any]:
    return trace(Talk(), item, {"answer": answer, "retrieved": retrieved, **more})


@pytest.mark.parametrize(
    ("answer", "retrieved", "says"),
    [
        ("small red boat", ["D1:2"], "in retrieval: no evidence is among the 1 turns retrieved"),
        ("small red boat", [], "in retrieval: no evidence is among the 0 turns retrieved"),
        (
            "My sister sails a small red boat.",
            ["D1:2", "D1:1"],
            "in choosing: evidence was retrieved, and the answer is of another turn",
        ),
        (
            "I bought a blue kayak",
            ["D1:1"],
            "in wording: the answer is of a turn of evidence, and its words are not right",
        ),
        (
            "Not found, so not mentioned",
            ["D1:1"],
            "in answering: evidence was retrieved, and the program declined to answer",
        ),
        (
            "perhaps some oars or paddles",
            ["D1:1"],
            "in answering: evidence was retrieved, and the answer is of no one turn",
        ),
    ],
)
def test_the_step_in_which_an_answer_was_lost(answer: str, retrieved: list[str], says: str) -> None:
    assert told(answer, retrieved)["lost"] == says


def test_evidence_has_its_rank_and_its_words_and_so_has_the_turn_that_was_quoted() -> None:
    found = told("My sister sails a small red boat.", ["D1:2", "D2:1", "D1:2", "D1:1"])
    assert found["evidence"] == {
        "D1:1, retrieved at rank 3 of 3, 3 of the question's 6 words": TURNS["D1:1"]
    }
    assert found["quoted"] == {
        "D1:2, retrieved at rank 1 of 3, 0 of the question's 6 words": TURNS["D1:2"]
    }
    missed = told("small red boat", ["D1:2"])["evidence"]
    assert list(missed) == ["D1:1, not retrieved, 3 of the question's 6 words"]


def test_a_part_of_the_evidence_is_told_and_evidence_that_is_none_too() -> None:
    two = Item("two", "talk", ITEM.input)
    assert "(1 of 2 turns of it)" in told("a joy on calm water", ["D2:1"], two)["lost"]
    none = told("red", ["D1:2"], Item("none", "talk", ITEM.input))
    assert none["lost"] == "nobody knows: no turn is named as its evidence"
    assert none["evidence"] == "none given"


def test_fields_that_a_program_adds_are_shown_and_cut() -> None:
    weighed = [{"turn": "D1:2", "score": 0.75}, {"turn": "D1:1", "score": 0.7}]
    found = told("red boat", ["D1:2"], weighed=weighed)
    assert '"turn": "D1:1", "score": 0.7' in found["the program's own fields"]
    assert len(told("x", [], weighed="y" * 999)["the program's own fields"]) == 300
    assert "the program's own fields" not in told("x", [])
