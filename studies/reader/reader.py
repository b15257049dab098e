"""`complete(messages, max_tokens)`: what the reader writes for a prompt. A pure function."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from . import dates, kinds, prompt, spans
from .evidence import Evidence, Found, search
from .kinds import Asked
from .prompt import Messages, Prompt, TooLong
from .wishes import Wishes, read
from .words import STOP, cut, words

__all__ = ["MAX_TOKENS", "Completion", "TooLong", "complete", "completion"]

MAX_TOKENS = 256
NO_QUESTION = "I do not see a question here. What would you like to know?"
NO_CONTEXT = "I do not have any information about that, but I am happy to help with something else!"
UNSURE = 0.3
CAUTIOUS = 0.6
"""share of the question's words, by weight, that the best line must have: where a refusal was
given, and where guesses were forbidden"""
ALSO = 0.6  # share of the best score that makes another line part of a list
FEW_WORDS = 10  # answers of examples up to here are phrases
REFUSING = re.compile(
    r"^(?:(?:i )?(?:do not|don't|cannot|can't) \w+|unknown|not (?:\w+ )?\w+|no (?:\w+ )?information"
    r"|n/?a|none|unanswerable)\b.{0,40}$",
    re.I,
)


SELVES = {"i": "", "me": "", "my": "'s", "mine": "'s", "i'm": " is", "i’m": " is", "i've": " has",
          "i’ve": " has", "i'll": " will", "i’ll": " will", "i'd": " would",
          "i’d": " would"}  # fmt: skip
SELF = re.compile(rf"\b(?:{'|'.join(sorted(SELVES, key=len, reverse=True))})(?![\w'’])", re.I)
LEADING = re.compile(r"^(?:the|an?|my|our|his|her|their|its|some) (?=\w)", re.I)


@dataclass(frozen=True)
class Completion:
    """ending: "length" where max_tokens cut the text off."""

    text: str
    tokens_in: int
    tokens_out: int
    ending: str = ""


def complete(messages: Messages, max_tokens: int = MAX_TOKENS) -> str:
    """Raises TooLong for a prompt above the context length."""
    return completion(messages, max_tokens).text


def completion(messages: Messages, max_tokens: int = MAX_TOKENS) -> Completion:
    """The text with its tokens counted. Raises TooLong."""
    asked = prompt.parse(messages)
    text, count, missing = cut(answer(asked), max_tokens)
    return Completion(text, asked.tokens, count, "length" if missing else "")


def answer(asked: Prompt) -> str:
    wishes = read(tuple(asked.instructions), imitated(asked.examples))
    if not asked.question:
        return NO_QUESTION
    return _finished(_said(asked, wishes), wishes)


def imitated(examples: Sequence[tuple[str, str]]) -> Wishes:
    """What the answers of examples have in common."""
    wishes, answers = Wishes(), [text.strip() for _, text in examples if text.strip()]
    refusals = [text for text in answers if REFUSING.match(text)]
    told = [text for text in answers if text not in refusals]
    if refusals:
        wishes = replace(wishes, refusal=refusals[-1])
    if not told:
        return wishes
    size = statistics.median(len(words(text)) for text in told)
    extent = "phrase" if size <= FEW_WORDS else "sentence"
    wishes = replace(wishes, extent=extent, wrap=False, stop=told[-1].endswith("."))
    if all(text == text.lower() for text in told) and any(map(str.isalpha, "".join(told))):
        wishes = replace(wishes, case="lower")
    if any(re.match(r"(?:yes|no)\b", text, re.I) for text in told):
        wishes = replace(wishes, yes_no=True)
    dated = [found for text in told if (found := dates.find(text)) and found.form != "year"]
    return replace(wishes, dates=True, form=dated[-1].form) if dated else wishes


def _said(asked: Prompt, wishes: Wishes) -> str:
    evidence = search(asked.question, asked.lines)
    found = list(evidence.found[: 2 if wishes.steps else 1])
    if not found or (not found[0].score and wishes.guess != "always"):
        return wishes.refusal or ("I do not know" if not wishes.wrap else NO_CONTEXT)
    if found[0].coverage < _needed(wishes):
        return wishes.refusal or "I do not know"
    question = Asked(kinds.kind(asked.question), evidence.asked, evidence.weights)
    text = _answer(asked, question, found, evidence, wishes)
    if wishes.steps and wishes.aloud:
        return _aloud(found, text)
    return (
        f"Based on the conversation, it seems that {text} I hope this helps!"
        if (wishes.wrap)
        else text
    )


def _needed(wishes: Wishes) -> float:
    if wishes.guess == "always":
        return 0.0
    if wishes.guess == "never":
        return CAUTIOUS
    return UNSURE if wishes.refusal else 0.0


def _aloud(found: Sequence[Found], text: str) -> str:
    steps = " ".join(
        f'{first} {one.line.speaker or "one line"} says: "{one.line.text}"'
        for first, one in zip(("First,", "Then,"), found, strict=False)
    )
    return f"Let us think step by step. {steps}\nAnswer: {text}"


def _answer(
    asked: Prompt, question: Asked, found: list[Found], evidence: Evidence, wishes: Wishes
) -> str:
    text = _body(asked, question, found, evidence, wishes)
    if wishes.yes_no and question.kind == "truth":
        verdict = _verdict(asked.question, found[0])
        return verdict if wishes.extent == "phrase" else f"{verdict}, {text}"
    return text


def _verdict(question: str, found: Found) -> str:
    negative = re.compile(r"\b(?:not|never|no|nobody|nothing|hardly)\b|n['’]t\b", re.I)
    denied = bool(negative.search(found.line.text)) != bool(negative.search(question))
    return "No" if denied or found.coverage < UNSURE else "Yes"


def _body(
    asked: Prompt, question: Asked, found: list[Found], evidence: Evidence, wishes: Wishes
) -> str:
    if question.kind == "time" and (date := _date(found, wishes)):
        return _around(date, found[0], wishes)
    if wishes.extent == "line":
        return _quoted(found[0])
    if wishes.extent == "sentence":
        sentence = spans.best_sentence(found[0].line.text, question).strip()
        return f'"{sentence}"' if wishes.quote else retold(sentence, found[0].line.speaker)
    if wishes.listing and kinds.PLURAL.search(asked.question):
        return _list(question, evidence, wishes.listing)
    span = _span(question, found)
    return span if wishes.quote else LEADING.sub("", span) or span


def retold(text: str, speaker: str) -> str:
    """A sentence in the third person; as it is where nobody is known to speak it."""
    return SELF.sub(lambda found: speaker + SELVES[found[0].lower()], text) if speaker else text


def _quoted(found: Found) -> str:
    speaker = f"{found.line.speaker} said" if found.line.speaker else "it was said"
    return f'{speaker}: "{found.line.text}"'


def _date(found: Sequence[Found], wishes: Wishes) -> str:
    """The time that the lines tell, as exactly as it was asked for; "" where none is wanted."""
    for line in (one.line for one in found):
        told = dates.find(line.text)
        if told and told.form != "year":
            return told.written(wishes.form)
        if wishes.resolve and line.date and (moved := dates.resolve(line.text, line.date)):
            return moved.written(wishes.form)
    if wishes.dates:
        told = next((one.line.date for one in found if one.line.date), None)
        return told.written(wishes.form) if told else ""
    return ""


def _around(date: str, found: Found, wishes: Wishes) -> str:
    """The date in as many words as are wanted."""
    if wishes.extent == "phrase":
        return date
    if wishes.extent == "sentence":
        return f"It was {date}."
    return f'it was {date}: {found.line.speaker or "someone"} said: "{found.line.text}"'


def _span(question: Asked, found: Sequence[Found]) -> str:
    typed = (spans.typed(one.line.text, question) for one in found)
    runs = (spans.phrase(one.line.text, question) for one in found)
    return next(filter(None, typed), "") or next(filter(None, runs), "") or found[0].line.text


def _list(question: Asked, evidence: Evidence, between: str) -> str:
    """Pieces of all lines that are nearly as good as the best, each once."""
    best = evidence.found[0].score
    lines = [one.line.text for one in evidence.found[:5] if one.score >= ALSO * best]
    pieces = dict.fromkeys(piece for text in lines for piece in spans.several(text, question))
    return between.join(pieces).strip("\n") if pieces else evidence.found[0].line.text


def _finished(text: str, wishes: Wishes) -> str:
    """The text at its length, in its case, with its first words."""
    if wishes.limit:
        text = _limited(text, wishes.limit)
    if not wishes.stop:
        text = text.rstrip(".!")
    if wishes.case:
        text = text.lower() if wishes.case == "lower" else text.upper()
    return f"{wishes.prefix} {text}" if wishes.prefix else text


def _limited(text: str, limit: int) -> str:
    """At most so many words, without small ones at the end."""
    kept = text.split()
    if len(kept) <= limit:
        return text
    kept = kept[:limit]
    while len(kept) > 1 and kept[-1].lower().strip(",.;") in STOP:
        kept.pop()
    return " ".join(kept).rstrip(" ,;:")
