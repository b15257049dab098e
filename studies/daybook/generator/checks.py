"""Rules that a conversation keeps before it becomes part of the benchmark."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from studies.daybook.generator.script import ADVERSARIAL, SINGLE, Question, Script

QUESTIONS = 30
QUOTA = {1: (5, 5), 2: (6, 6), 3: (2, 2), SINGLE: (11, 12), ADVERSARIAL: (5, 6)}
"""{category: fewest and most of its questions}"""
CAPTIONS = (3, 4)
SESSIONS, TURNS, PHOTOS = (8, 9), (90, 112), (11, 19)
LONGEST = 60  # words of a turn


def problems(script: Script) -> list[str]:
    """Sentences that say what is wrong with a conversation; none where it is sound."""
    return [*_sizes(script), *_talk(script), *_quotas(script), *_answers(script)]


def _sizes(script: Script) -> Iterator[str]:
    counts = {
        "sessions": (len(script.sessions), SESSIONS),
        "turns": (len(script.turns), TURNS),
        "photos": (sum(bool(turn.photo) for turn in script.turns.values()), PHOTOS),
        "questions": (len(script.questions), (QUESTIONS, QUESTIONS)),
    }
    for name, (count, (low, high)) in counts.items():
        if not low <= count <= high:
            yield f"{count} {name}; {low} to {high} are wanted"


def _talk(script: Script) -> Iterator[str]:
    days = [session.date for session in script.sessions]
    for one, other in pairwise(days):
        if not 6 <= (other - one).days <= 26:
            yield f"{(other - one).days} days lie between the sessions of {one} and {other}"
    for turn in script.turns.values():
        if turn.speaker not in script.speakers:
            yield f"{turn.id} is said by {turn.speaker!r}, who is no speaker"
        if len(turn.text.split()) > LONGEST:
            yield f"{turn.id} has more than {LONGEST} words"
        if re.search(r"[{}|\[\]#]|  | [,.!?]", turn.text):
            yield f"{turn.id} holds a stray sign: {turn.text!r}"
    marks = Counter(turn.mark for turn in script.turns.values() if turn.mark)
    for mark in (mark for mark, count in marks.items() if count > 1):
        yield f"the mark #{mark} stands at several turns"
    texts = Counter(turn.text for turn in script.turns.values())
    for text in (text for text, count in texts.items() if count > 1):
        yield f"this is said twice: {text!r}"
    for session in script.sessions:
        for one, other in pairwise(session.turns):
            if one.speaker == other.speaker:
                yield f"{one.id} and {other.id} are said by the same speaker: join them"


def _quotas(script: Script) -> Iterator[str]:
    kinds = Counter(question.category for question in script.questions)
    for category, (low, high) in QUOTA.items():
        if not low <= kinds[category] <= high:
            yield (
                f"{kinds[category]} questions of kind {category} (c counts as 4); "
                f"{low} to {high} are wanted"
            )
    captions = sum(question.caption for question in script.questions)
    if not CAPTIONS[0] <= captions <= CAPTIONS[1]:
        yield f"{captions} questions of kind c; {CAPTIONS[0]} to {CAPTIONS[1]} are wanted"
    for text, count in Counter(question.text for question in script.questions).items():
        if count > 1:
            yield f"this is asked twice: {text!r}"


def _answers(script: Script) -> Iterator[str]:
    for question in script.questions:
        if wrong := _wrong(script, question):
            yield f"{question.text!r} = {question.answer!r}: {wrong}"


def _wrong(script: Script, question: Question) -> str:
    """Fault of a question; "" if none is seen."""
    turns = [script.turns[id] for id in question.evidence]
    told = " ".join(words(" ".join(turn.text for turn in turns)))
    wanted = words(question.answer)
    if question.category == 1 and len({turn.id.split(":")[0] for turn in turns}) < 2:
        return "its evidence is of one session"
    if question.category == 2 and not question.said:
        return "its answer is no phrase in braces"
    if question.said and f" {' '.join(words(question.said))} " not in f" {told} ":
        return f"its evidence does not say {question.said!r}"
    if question.caption:
        return _seen(script, question)
    if question.category == SINGLE and len(set(wanted) & set(told.split())) < 0.6 * len(
        set(wanted)
    ):
        return "fewer than 60 % of the answer's words stand in its evidence"
    return ""


def _seen(script: Script, question: Question) -> str:
    photo = words(script.turns[question.evidence[0]].photo)
    wanted = [word for word in words(question.answer) if word not in EMPTY]
    if not set(wanted) <= set(photo):
        return "its picture's caption does not hold the answer"
    for turn in script.turns.values():
        if set(wanted) <= set(words(turn.text)) and len(wanted) > 1:
            return f"{turn.id} says the answer, which only a caption may"
    named = script.turns[question.evidence[0]]
    if set(wanted) <= set(words(named.text)):
        return "its turn says the answer, which only the caption may"
    return ""


EMPTY = ("a", "an", "the", "of", "in", "from", "with", "and")


def words(text: str) -> list[str]:
    return re.findall(r"[\w'-]+", text.lower())
