"""Sentences of a prompt that ask for something, and what each of them asks for."""

from __future__ import annotations

import re
from typing import Any

from . import dates
from .cues import CUES
from .words import remembered

Event = tuple[str, Any]
"""a field of wishes.Wishes, or a word of cues.toml for several of them, and a value"""
LONGEST_SENTENCE = 400
QUOTED = re.compile(r"[\"“]([^\"“”\n]{1,120})[\"”]|(?<!\w)['‘`]([^\n'’`]{1,120})['’`](?!\w)")
SENTENCE = re.compile(r"(?<=[.!?;])\s+|\s+[-–—]\s+|\n+")
LABEL = re.compile(
    r"^(?:[-*•>#\s]|\d{1,2}[.)])*(?:(?:note|important|rules?|format|hint|remember|reminder|style|task"
    r"|instructions?|guidelines?|output|warning|requirements?)\s*:\s*)?[*_\s]*",
    re.I,
)
LEAD = re.compile(
    r"^(?:(?:please|also|and|then|but|finally|first|second|instead|importantly|remember(?: to"
    r"| that)?"
    r"|it is important (?:that|to)|be sure to|make sure(?: to| that)?|try to|always|only|just"
    r"|kindly"
    r"|you (?:must|should|will|need to|have to|are to|can|may))\b,?\s*)+",
    re.I,
)
HEADS = frozenset(
    """
    abbreviate absolute abstain add all always answer answers any assume avoid base be begin
    brevity brief briefly bullet calculate capital check choose cite combine commas compare
    compute concise concisely consider convert copy date dates decline deduce detailed determine
    display do don't ensure enumerate every exact exactly exceed explain express extract fewest
    find follow for format formulate full give guess however identify if ignore in include
    infer interpret invent iso keep keywords length let let's limit list lists literally long
    lower lowercase make max maximum mention mind must name never no not note nothing one
    only otherwise output paraphrase phrase pick prefer present print provide put quote quoting
    reason refer refrain refuse refusing relative rephrase replace replies reply report resolve
    respond responses return reword rewrite say sentences separate short shorten shortest
    shortly show silently single skip speculate speculating start state step stick stop
    strictly summarise summarize take tell terse tersely the think thinking translate treat try
    turn two unless use verbatim when whenever where with within without word work wrap write
    yes you your
    """.split()
)
SUBJECT = re.compile(
    r"^the (?:final |short |full )?(?:answers?|repl\w+|responses?|output|format|dates?|length"
    r"|wording"
    r"|words?|result)\b",
    re.I,
)
NEGATION = re.compile(
    r"\b(?:do not|don't|must not|should not|never|not|avoid|without|no|nor|stop|skip|omit"
    r"|refrain from"
    r"|no need to|rather than|instead of)\b[^,;:]{0,40}$",
    re.I,
)
_MISSING = (
    r"(?:\bnot\b|n't\b|\bno\b|\bcannot\b|\bunable\b|\bmissing\b|\babsent\b|\bunknown\b|\blacks?\b"
    r"|\bunless\b|\bunsure\b|\buncertain\b|\bnothing\b|\bnone\b|\bunanswerable\b|\bnowhere\b)"
)
_SAY = r"\b(?:say|answer|reply|respond|write|output|return|state|use|print|give|put)\b"
_IF = r"\b(?:if|when|whenever|where|unless|in case|should)\b"
REFUSALS = (
    re.compile(
        rf"{_IF}(?:(?!{_IF}).){{0,120}}?{_MISSING}.{{0,120}}?{_SAY}(?P<rest>.{{0,90}})", re.I
    ),
    re.compile(rf"{_SAY}(?P<rest>[^,]{{0,90}}?),? {_IF}.{{0,60}}?{_MISSING}", re.I),
    re.compile(rf"{_SAY}(?P<rest>[^,]{{0,90}}?),? (?=unless\b)", re.I),
    re.compile(rf"\b(?:otherwise|or else|else)\b.{{0,20}}?{_SAY}(?P<rest>.{{0,90}})", re.I),
)
NEVER_SAID = re.compile(rf"\b(?:never|do not|don't) {_SAY[2:]} \"(\d+)\"", re.I)
MISSED = re.compile(r"\b(?:no|not|unknown|none|don't|cannot)\b|n't\b", re.I)
ABOUT = re.compile(
    r"\b(?:f(?:ound|ind)|mention\w*|kn[eo]wn?|there|context|answer\w*|information|said|stated?|sure"
    r"|contains?|appears?|available|conversation|text|notes?|lines?|tell|told|covered|certain"
    r"|otherwise|else|evidence|support\w*|clear|given|present)\b",
    re.I,
)
PREFIX = re.compile(r"\b(?:begin|start|prefix|precede)\b.{0,40}\bwith\b:? \"(\d+)\"", re.I)
_LED = re.compile(
    r"^\W*(?:(?:exactly|with|only|just|simply|that|the (?:words?|phrase|text))\b\W*)*", re.I
)
_DENIED = re.compile(r"\b(?:never|do not|don't|not) \w+\s*$", re.I)
_FORMED = re.compile(r"\b(?:dates?|format\w*|forms?|like|such as|eg|written|write|example)\b", re.I)


@remembered
def events(text: str) -> tuple[Event, ...]:
    """Everything that a line of a prompt asks for, in order; nothing where it only tells."""
    masked, quoted = _masked(text)
    return tuple(
        event
        for sentence in SENTENCE.split(masked)
        if (told := directive(sentence))
        for event in _of_sentence(told, quoted)
    )


def directive(sentence: str) -> str:
    """The sentence without its label where it asks for something; else ""."""
    told = LABEL.sub("", sentence[:LONGEST_SENTENCE]).replace("’", "'").strip()
    if not told or told.endswith("?"):
        return ""
    bare = LEAD.sub("", told)
    first = re.match(r"[\w']+", bare)
    head = first[0].lower() if first else ""
    if bare != told or (head in HEADS - {"the"} or SUBJECT.match(bare)):
        return told
    return ""


def _masked(text: str) -> tuple[str, list[str]]:
    """The text with a number in place of each quoted piece, and these pieces."""
    quoted: list[str] = []

    def keep(found: re.Match[str]) -> str:
        quoted.append((found[1] or found[2]).strip())
        return f'"{len(quoted) - 1}"'

    plain = re.sub(r"\b(e\.g|i\.e|etc)\.", lambda found: found[1].replace(".", ""), text)
    return QUOTED.sub(keep, plain), quoted


def _of_sentence(sentence: str, quoted: list[str]) -> list[Event]:
    refusal, rest = _refusal(sentence, quoted)
    found = _cued(rest)
    if form := _sample(sentence, quoted):
        found.append(("form", form))
    if prefix := PREFIX.search(sentence):
        found.append(("prefix", quoted[int(prefix[1])]))
    return [*found, *refusal]


def _cued(sentence: str) -> list[Event]:
    matches = []
    for cue in CUES:
        if found := cue.pattern.search(sentence):
            denied = bool(NEGATION.search(sentence[: found.start()]))
            if (asked := cue.asked(found, denied=denied)) is not None:
                matches.append((found.start(), (cue.wish, asked)))
    return [event for _, event in sorted(matches, key=lambda match: match[0])]


def _refusal(sentence: str, quoted: list[str]) -> tuple[list[Event], str]:
    """(words for a missing answer, or that there are none; the other words of the sentence)"""
    if (found := NEVER_SAID.search(sentence)) and MISSED.search(quoted[int(found[1])]):
        return [("guess", "always")], sentence[: found.start()]
    for pattern in REFUSALS if ABOUT.search(sentence) else ():
        found = pattern.search(sentence)
        phrase = _phrase(found["rest"], quoted) if found else ""
        if not found or not phrase:
            continue
        said = sentence[: found.start("rest")]
        left = f"{sentence[: found.start()]} {_after(found['rest'], sentence[found.end() :])}"
        if "guess" in phrase.lower() or _DENIED.search(said):
            return [("guess", "always")], left
        return [("refusal", phrase)], left
    return [], sentence


def _after(rest: str, tail: str) -> str:
    """Words of a sentence behind those of a refusal."""
    return (re.split(r"[,;:]", rest, maxsplit=1)[1:] or [""])[0] + tail


def _phrase(rest: str, quoted: list[str]) -> str:
    """The words of a refusal: quoted ones, or the few that end the clause."""
    if number := re.search(r'"(\d+)"', rest):
        return quoted[int(number[1])]
    plain = re.split(r"[.,;!]", _LED.sub("", rest))[0].strip()
    few = 1 <= len(plain.split()) <= 6
    if re.match(r"(?:your|a) (?:best )?guess\b", plain, re.I):
        return plain
    if not few or re.match(r"(?:in|using|by|your|as|a|an|the|it|to|at|from)\b", plain, re.I):
        return ""
    return plain


def _sample(sentence: str, quoted: list[str]) -> str:
    """The form of a date that stands in an instruction as a sample; "" where there is none."""
    if not _FORMED.search(sentence):
        return ""
    pieces = [sentence, *(quoted[int(n)] for n in re.findall(r'"(\d+)"', sentence))]
    found = next((date for piece in pieces if (date := dates.find(piece))), None)
    return found.form if found else ""
