"""Lines of a conversation, in the ways in which people write them down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from . import dates
from .dates import When
from .words import remembered

BULLET = re.compile(r"^(?:[\s>*•-]|\d{1,3}[.)]\s)*")
BRACKETS = re.compile(r"^[\[(<{]([^\])>}]{1,80})[\])>}][\s:,–-]*")
CLOCK = r"(?:\d{1,2}:\d\d(?::\d\d)?(?: ?[ap]\.?m\.?)?)"
BARE = re.compile(
    rf"^(?:{CLOCK}(?: on)?,? )?(?:\d{{4}}-\d\d-\d\d|\d\d?(?:st|nd|rd"
    rf"|th)? [A-Z][a-z]{{2,8}},? \d{{4}}"
    rf"|[A-Z][a-z]{{2,8}} \d\d?,? \d{{4}})(?:[T,]? ?{CLOCK})?(?: ?[–—|,:-] ?| )"
)
NUMBER = re.compile(r"^[A-Z]?\d{1,4}(?::\d{1,4})+(?: ?[|:.–-])? +")
SPEAKER = re.compile(
    r"^\**([^\W\d_][\w.'’-]{0,30}(?: [A-Z][\w.'’-]{0,30}){0,2})\**"
    r"(?: (?:said|says|wrote|writes|replied|asked|shared|told)\b)?"
    r"(?: (?:on|at) ([^:]{3,40})| ?[\[(]([^\])]{1,80})[\])])?\**:\**\s+(?=\S)"
)
LABELS = frozenset(
    """
    question q answer a query note notes rule rules format instruction instructions important output
    example examples hint context task style reminder warning guidelines requirement requirements
    remember tip caution length tone role goal conversation dialogue memories memory date dates
    response reply input system constraint constraints summary evidence observation thought final
    facts fact text passage document documents session language limit
    """.split()
)
BESIDE_DATES = frozenset(
    """
    session date day time on at in from of the am pm utc conversation chat dialogue part
    recorded held monday tuesday wednesday thursday friday saturday sunday took place
    """.split()
)
"""words of a line that is a heading with a date"""
TRAILING = re.compile(r"\s*[\[(]([^\])]{4,60})[\])]\s*$")


@dataclass(frozen=True)
class Line:
    """One line of the context, with its speaker and date where it tells them."""

    text: str
    speaker: str = ""
    date: When | None = None


@dataclass(frozen=True)
class Utterance:
    """A line with a speaker. stamped: a date, number or the like stands before the speaker."""

    line: Line
    stamped: bool


@remembered
def utterance(text: str) -> Utterance | None:
    """The utterance in a line of text; None where nobody speaks."""
    rest, date, stamped = _stamps(BULLET.sub("", text, count=1))
    found = SPEAKER.match(rest)
    if not found or found[1].lower() in LABELS:
        return None
    if not (found[1][0].isupper() or found[1] in {"user", "assistant"} or stamped):
        return None
    inner = found[2] or found[3] or ""
    said = rest[found.end() :]
    return Utterance(Line(said, found[1], date or dates.find(inner)), stamped or bool(inner))


def _stamps(rest: str) -> tuple[str, When | None, bool]:
    """(text behind what stands before a speaker, the date in that, True if there is anything)."""
    date, whole = None, rest
    for _ in range(4):
        found = BRACKETS.match(rest) or BARE.match(rest) or NUMBER.match(rest)
        if not found:
            break
        date = date or _told(found[0])
        rest = rest[found.end() :]
    return rest, date, rest != whole


@remembered
def _told(stamp: str) -> When | None:
    """Date of a stamp, which is written as the whole stamp is."""
    made = dates.find(stamp)
    text = stamp.strip(" []()<>{},:–—|-")
    return None if made is None else When(made.year, made.month, made.day, text, made.form)


def read(texts: Iterable[str]) -> Iterator[Line]:
    """Lines of a context: a date alone on a line is that of the lines below it."""
    date: When | None = None
    speaker = ""
    for text in texts:
        if not text.strip():
            speaker = ""
            continue
        if made := utterance(text):
            speaker = made.line.speaker
            yield made.line if made.line.date else Line(made.line.text, speaker, date)
        elif heading := _heading(text):
            date, speaker = heading, ""
        else:
            yield _plain(text, speaker, date)


def _heading(text: str) -> When | None:
    """Date of a line that tells little else."""
    found = dates.find(text) if len(text) < 100 else None
    if found is None:
        return None
    others = re.findall(r"[^\W\d_]{2,}", text.replace(found.text, "").lower())
    return found if BESIDE_DATES.issuperset(others) else None


def _plain(text: str, speaker: str, date: When | None) -> Line:
    rest, own, _ = _stamps(BULLET.sub("", text, count=1))
    if (found := TRAILING.search(rest)) and (last := dates.find(found[1])):
        own, rest = own or last, rest[: found.start()]
    return Line(rest.strip(), speaker, own or date)
