"""An answer put together from the lines that were found, in the form that was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from . import dates, kinds, spans
from .evidence import Evidence, Found
from .kinds import Asked
from .wishes import Wishes
from .words import STOP

UNSURE = 0.3
CAUTIOUS = 0.6
"""share of the question's words, by weight, that the best line must have: where a refusal was
given, and where guesses were forbidden"""
ALSO = 0.6  # share of the best score that makes another line part of a list
NO_CONTEXT = "I do not have any information about that, but I am happy to help with something else!"
NOT_KNOWN = "I do not know"
SELVES = {"i": "", "me": "", "my": "'s", "mine": "'s", "i'm": " is", "i've": " has",
          "i'll": " will", "i'd": " would"}  # fmt: skip
SELF = re.compile(r"\b(?:I['’](?:m|ve|ll|d)|I|me|my|mine)(?![\w'’])", re.I)
LEADING = re.compile(r"^(?:the|an?|my|our|his|her|their|its|some) (?=\w)", re.I)
NEGATIVE = re.compile(r"\b(?:not|never|no|nobody|nothing|hardly)\b|n['’]t\b", re.I)


@dataclass(frozen=True)
class Answering:
    """A question with the evidence for it, and what the prompt asks for."""

    question: str
    evidence: Evidence
    wishes: Wishes

    @property
    def found(self) -> Sequence[Found]:
        """The lines that are read: two where the reader thinks."""
        return self.evidence.found[: 2 if self.wishes.steps else 1]

    @property
    def asked(self) -> Asked:
        return Asked(kinds.kind(self.question), self.evidence.asked, self.evidence.weights)

    def text(self) -> str:
        """The answer, or a refusal, with the words around it."""
        wishes = self.wishes
        if not self.found or (not self.found[0].score and wishes.guess != "always"):
            return wishes.refusal or (NO_CONTEXT if wishes.wrap else NOT_KNOWN)
        if self.found[0].coverage < needed(wishes):
            return wishes.refusal or NOT_KNOWN
        text = limited(self._answer(), wishes.limit)
        if wishes.steps and wishes.aloud:
            return aloud(self.found, text)
        if wishes.wrap:
            return f"Based on the conversation, it seems that {text} I hope this helps!"
        return text

    def _answer(self) -> str:
        text = self._body()
        if not self.wishes.yes_no or self.asked.kind != "truth":
            return text
        verdict = self._verdict()
        return verdict if self.wishes.extent == "phrase" else f"{verdict}, {text}"

    def _verdict(self) -> str:
        """Yes, unless one of question and line is negative, or the line hardly fits."""
        best = self.found[0]
        differ = bool(NEGATIVE.search(best.line.text)) != bool(NEGATIVE.search(self.question))
        return "No" if differ or best.coverage < UNSURE else "Yes"

    def _body(self) -> str:
        if self.asked.kind == "time" and (date := self._date()):
            return self._dated(date)
        line = self.found[0].line
        if self.wishes.extent == "line":
            speaker = f"{line.speaker} said" if line.speaker else "it was said"
            return f'{speaker}: "{line.text}"'
        if self.wishes.extent == "sentence":
            sentence = spans.best_sentence(line.text, self.asked).strip()
            return f'"{sentence}"' if self.wishes.quote else retold(sentence, line.speaker)
        if self.wishes.listing and kinds.PLURAL.search(self.question):
            return self._list()
        span = self._span()
        return span if self.wishes.quote else LEADING.sub("", span) or span

    def _date(self) -> str:
        """The time that the lines tell, as it was asked for; "" where none is wanted."""
        lines = [one.line for one in self.found]
        for line in lines:
            told = dates.find(line.text)
            if told and told.form != "year":
                return told.written(self.wishes.form)
            moved = dates.resolve(line.text, line.date) if line.date else None
            if moved and self.wishes.resolve:
                return moved.written(self.wishes.form)
        told = next((line.date for line in lines if line.date), None)
        return told.written(self.wishes.form) if told and self.wishes.dates else ""

    def _dated(self, date: str) -> str:
        """A date in as many words as are wanted."""
        if self.wishes.extent == "phrase":
            return date
        if self.wishes.extent == "sentence":
            return f"It was {date}."
        line = self.found[0].line
        return f'it was {date}: {line.speaker or "someone"} said: "{line.text}"'

    def _span(self) -> str:
        """The first piece of the kind that is asked for; else the run of words that fits best."""
        texts = [one.line.text for one in self.found]
        typed = (spans.typed(text, self.asked) for text in texts)
        runs = (spans.phrase(text, self.asked) for text in texts)
        return next(filter(None, typed), "") or next(filter(None, runs), "") or texts[0]

    def _list(self) -> str:
        """Pieces of all lines that are nearly as good as the best, each once."""
        best = self.evidence.found[0]
        near = [one for one in self.evidence.found[:5] if one.score >= ALSO * best.score]
        pieces = [piece for one in near for piece in spans.several(one.line.text, self.asked)]
        return self.wishes.listing.join(dict.fromkeys(pieces)) or best.line.text


def needed(wishes: Wishes) -> float:
    """Coverage below which the reader refuses."""
    if wishes.guess == "always":
        return 0.0
    if wishes.guess == "never":
        return CAUTIOUS
    return UNSURE if wishes.refusal else 0.0


def aloud(found: Sequence[Found], text: str) -> str:
    steps = " ".join(
        f'{first} {one.line.speaker or "one line"} says: "{one.line.text}"'
        for first, one in zip(("First,", "Then,"), found, strict=False)
    )
    return f"Let us think step by step. {steps}\nAnswer: {text}"


def retold(text: str, speaker: str) -> str:
    """A sentence in the third person; as it is where nobody is known to speak it."""
    if not speaker:
        return text
    return SELF.sub(lambda found: speaker + SELVES[found[0].lower().replace("’", "'")], text)


def limited(text: str, limit: int) -> str:
    """At most so many words (0: all), without small ones at the end."""
    kept = text.split()
    if not limit or len(kept) <= limit:
        return text
    kept = kept[:limit]
    while len(kept) > 1 and kept[-1].lower().strip(",.;") in STOP:
        kept.pop()
    return " ".join(kept).rstrip(" ,;:")
