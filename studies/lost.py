"""Place on the way to an answer where a question about a conversation was lost, for a researcher.

The host alone knows which turns hold the answer. What only the program knows, such as the scores
of the turns that it weighed, it may return in fields of its own beside `answer` and `retrieved`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from studies.memory import Memory, retrieved
from toolkit import Item

QUOTED = 0.6
"""share of an answer's words that a turn must hold to count as the one that was quoted"""
OWN_CHARS = 300
_WORD = re.compile(r"\w+")
_READ: WeakKeyDictionary[Memory, dict[str, Mapping[str, str]]] = WeakKeyDictionary()


def trace(task: Memory, item: Item, output: Any) -> Mapping[str, Any]:
    """Evidence with its ranks, the turn that was quoted, and in which step the answer was lost."""
    passages, ranks = passages_of(task, item.call), ranked(output)
    evidence = [turn for turn in task.evidence()[item.id] if turn in passages]
    answer = task.answer(output)
    quoted = None if task.refuses(answer) else source(answer, ranks, passages)
    asked = words(item.input["text"])
    told = {
        f"{turn}, {place(turn, ranks)}, {shared(asked, passages[turn])}": passages[turn]
        for turn in evidence
    }
    return {
        "lost": step(evidence, quoted, ranks, refused=task.refuses(answer)),
        "evidence": told or "none given",
        **_quote(quoted, evidence, ranks, asked, passages),
        **_own(output),
    }


def passages_of(task: Memory, conversation: str) -> Mapping[str, str]:
    """{turn id: its text} of a conversation, made once: all questions about it are traced."""
    known = _READ.setdefault(task, {})
    if conversation not in known:
        known[conversation] = task.passages(conversation)
    return known[conversation]


def _quote(
    quoted: str | None, evidence: Sequence[str], ranks: Mapping[str, int], asked: set[str],
    passages: Mapping[str, str],
) -> Mapping[str, Any]:  # fmt: skip
    """The turn that was quoted, where it is none of the evidence."""
    if quoted is None or quoted in evidence:
        return {}
    text = passages[quoted]
    return {"quoted": {f"{quoted}, {place(quoted, ranks)}, {shared(asked, text)}": text}}


def _own(output: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fields that the program returned beside those that are read."""
    own = {key: value for key, value in output.items() if key not in ("answer", "retrieved")}
    if not own:
        return {}
    return {"the program's own fields": json.dumps(own, ensure_ascii=False)[:OWN_CHARS]}


def step(
    evidence: Sequence[str], quoted: str | None, ranks: Mapping[str, int], *, refused: bool
) -> str:
    """The step of the way in which an answer was lost, in a sentence."""
    if not evidence:
        return "nobody knows: no turn is named as its evidence"
    found = [turn for turn in evidence if turn in ranks]
    if not found:
        return f"in retrieval: no evidence is among the {len(ranks)} turns retrieved"
    some = "" if len(found) == len(evidence) else f" ({len(found)} of {len(evidence)} turns of it)"
    if refused:
        return f"in answering: evidence was retrieved{some}, and the program declined to answer"
    if quoted is None:
        return f"in answering: evidence was retrieved{some}, and the answer is of no one turn"
    if quoted not in evidence:
        return f"in choosing: evidence was retrieved{some}, and the answer is of another turn"
    return f"in wording: the answer is of a turn of evidence{some}, and its words are not right"


def source(answer: str, ranks: Mapping[str, int], passages: Mapping[str, str]) -> str | None:
    """The retrieved turn that an answer was most likely quoted from; None where none is near."""
    said = words(answer)
    known = [turn for turn in ranks if turn in passages]
    shares = {turn: len(said & words(passages[turn])) for turn in known}
    best = max(known, key=lambda turn: (shares[turn], -ranks[turn]), default=None)
    return best if best is not None and said and shares[best] >= QUOTED * len(said) else None


def ranked(output: Any) -> dict[str, int]:
    """{turn id: its rank among the retrieved ones, from 1}"""
    return {turn: rank for rank, turn in enumerate(dict.fromkeys(retrieved(output)), 1)}


def place(turn: str, ranks: Mapping[str, int]) -> str:
    if turn not in ranks:
        return "not retrieved"
    return f"retrieved at rank {ranks[turn]} of {len(ranks)}"


def shared(asked: set[str], text: str) -> str:
    """`3 of the question's 6 words`: a score that the host can give without the program."""
    return f"{len(asked & words(text))} of the question's {len(asked)} words"


def words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))
