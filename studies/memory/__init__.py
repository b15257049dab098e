"""Turns, evidence, refusals, answers: the share of every study of a memory for conversations.

An output is {"answer": text, "retrieved": [turn ids]}.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from toolkit import Gold, Item, Row, short

MAX_RETRIEVED = 10_000
REFUSE_ALL = "refuse all"
ASKS_WHETHER = frozenset(
    "is are was were am do does did has have had can could will would shall should may".split()
)
"""first words of questions that a yes or a no answers"""

TextRule = Callable[[Gold, str], float]


class Memory:
    """Optional members of a task (see toolkit.Task) whose programs answer from conversations.

    A study derives from it and gives items() and vault(), contexts() by conversation, evidence(),
    refuses(answer) and passages(conversation).
    """

    wrong_context = True  # another conversation's turns
    named_floors = (REFUSE_ALL,)
    constants: Mapping[str, str] = {}
    """{name: answer} of the floors"""
    uncounted: Sequence[str] = ()
    """kinds that are no part of the objective"""

    def evidence(self) -> Mapping[str, Sequence[str]]:
        """{item id: ids of the turns that hold its answer}"""
        raise NotImplementedError

    def refuses(self, answer: str) -> bool:
        """True if an answer declines to answer."""
        raise NotImplementedError

    def passages(self, conversation: str) -> Mapping[str, str]:
        """{turn id: text}, where evidence is resolved for people."""
        raise NotImplementedError

    def empty(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        """A conversation in which nobody says a word; its sessions keep their dates."""
        sessions = [{**session, "turns": []} for session in context["sessions"]]
        return {**context, "sessions": sessions}

    def form(self, item: Item) -> str:
        """First word of a question, or "yes/no"; a "how" with the word behind it."""
        return form(item.input["text"])

    def as_output(self, gold: Gold) -> Mapping[str, Any]:
        return output(str(gold.answer))

    def floors(self) -> Mapping[str, Any]:
        return {name: output(answer) for name, answer in self.constants.items()}

    def check(self, output: Any) -> str:
        if not isinstance(output, dict) or not isinstance(output.get("answer"), str):
            shape = '{"answer": text, "retrieved": [turn ids]}'
            return f"each answer must be {shape}, got {short(output)}"
        turns = output.get("retrieved", [])
        if not isinstance(turns, list) or not all(isinstance(turn, str) for turn in turns):
            return f'"retrieved" must be a list of turn ids, got {short(turns)}'
        return ""

    def answer(self, output: Any) -> str:
        text: str = output["answer"]
        return text

    def metrics(self, rows: Sequence[Row]) -> Mapping[str, float]:
        """Numbers of the kinds that make up the objective; recall where a question has evidence."""
        counted = [row for row in rows if row.gold.kind not in self.uncounted]
        if not counted:
            return {}
        turns, answers = self.evidence(), [self.answer(row.output) for row in counted]
        known = [row for row in counted if turns[row.item.id]]
        recalls = [recall(turns[row.item.id], retrieved(row.output)) for row in known]
        return {
            **({"evidence_recall": fmean(recalls)} if recalls else {}),
            "false_refusals": fmean(bool(self.refuses(answer)) for answer in answers),
            "answer_words": fmean(len(answer.split()) for answer in answers),
            "answer_parts": fmean(len(answer.split(",")) for answer in answers),
            "retrieved_turns": fmean(len(retrieved(row.output)) for row in counted),
        }

    def explain(self, item: Item, output: Any) -> Mapping[str, Any]:
        """Evidence of a question, and which of it was not retrieved."""
        found, passages = retrieved(output), self.passages(item.call)
        turns = [turn for turn in self.evidence()[item.id] if turn in passages]
        told = {
            turn if turn in found else f"{turn} (not retrieved)": passages[turn] for turn in turns
        }
        return {"evidence": told or "none given"}


def form(question: str) -> str:
    """`when`, `how many`, `yes/no`: the form of a question."""
    words = [word.strip(string.punctuation) for word in question.lower().split()] or [""]
    if words[0] in ASKS_WHETHER:
        return "yes/no"
    return " ".join(words[: 1 + (words[0] == "how")])


def output(answer: str) -> dict[str, Any]:
    """Output with an answer that was made from no turn."""
    return {"answer": answer, "retrieved": []}


def retrieved(output: Any) -> list[str]:
    turns: list[str] = output.get("retrieved", [])
    return turns[:MAX_RETRIEVED]


def recall(evidence: Sequence[str], turns: Sequence[str]) -> float:
    return len(set(evidence) & set(turns)) / len(set(evidence))


def of_answers(rule: TextRule) -> Callable[[Gold, Any], float]:
    """A rule for texts, as one for outputs."""

    def score(gold: Gold, output: Any) -> float:
        return rule(gold, output["answer"])

    return score
