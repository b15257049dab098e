"""Reads a conversation as its author wrote it: the talk, the pictures, and the questions.

title: two anglers who once shared an office
speakers: Marta, Joachim

== 7:42 pm on 14 March, 2023
Marta: I sold the green canoe last Friday. #canoe
^ a photo of a car boot with a blue tarpaulin

== questions
2: When did Marta sell her canoe? = {last Friday} @canoe
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from studies.daybook.generator.dates import resolve

STAMP = "%I:%M %p on %d %B, %Y"
SINGLE, ADVERSARIAL = 4, 5
TURN = re.compile(r"([^\s:][^:]*?): (.+?)(?:\s+#([\w-]+))?")
QUESTION = re.compile(r"([1-5c]): (.+\?) = (.+?)((?: @[\w-]+)+)")


@dataclass(frozen=True)
class Turn:
    """One turn of a talk. id: as LoCoMo counts, D2:5. photo: what its picture shows, or ""."""

    id: str
    speaker: str
    text: str
    photo: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Session:
    stamp: str
    turns: Sequence[Turn]

    @property
    def date(self) -> date:
        return datetime.strptime(self.stamp, STAMP).date()


@dataclass(frozen=True)
class Question:
    """A question. said: the phrase that points at the date which its answer is, if it is one."""

    category: int
    text: str
    answer: str
    evidence: Sequence[str]
    caption: bool = False
    said: str = ""


@dataclass(frozen=True)
class Script:
    """One conversation. bank: name of its author's folder."""

    bank: str
    title: str
    speakers: Sequence[str]
    sessions: Sequence[Session]
    questions: Sequence[Question]

    @property
    def turns(self) -> Mapping[str, Turn]:
        """{turn id: turn}, in order."""
        return {turn.id: turn for session in self.sessions for turn in session.turns}


def read(path: Path) -> Script:
    """A conversation from its file; raises ValueError with the line that cannot be read."""
    head, *blocks = re.split(r"^== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    fields = dict(line.split(": ", 1) for line in head.strip().splitlines())
    speakers = [name.strip() for name in fields["speakers"].split(",")]
    *talks, asked = blocks
    sessions = [_session(talk, number) for number, talk in enumerate(talks, 1)]
    title, lines = asked.split("\n", 1)
    if title.strip() != "questions":
        raise ValueError(f"the last block must be '== questions', it is {title!r}")
    marks = {turn.mark: (turn, one.date) for one in sessions for turn in one.turns if turn.mark}
    questions = [_question(line.strip(), marks) for line in lines.splitlines() if line.strip()]
    return Script(path.parent.name, fields["title"], speakers, sessions, questions)


def _session(talk: str, number: int) -> Session:
    stamp, *lines = (line.strip() for line in talk.splitlines() if line.strip())
    datetime.strptime(stamp, STAMP)
    return Session(stamp, list(_spoken(lines, number)))


def _spoken(lines: Sequence[str], number: int) -> Iterator[Turn]:
    turns: list[Turn] = []
    for line in lines:
        if line.startswith("^ ") and turns and not turns[-1].photo:
            turns[-1] = replace(turns[-1], photo=line[2:])
        elif found := TURN.fullmatch(line):
            id = f"D{number}:{len(turns) + 1}"
            turns.append(Turn(id, found[1], found[2], mark=found[3] or ""))
        else:
            raise ValueError(f"cannot read the line {line!r}")
    yield from turns


def _question(line: str, marks: Mapping[str, tuple[Turn, date]]) -> Question:
    found = QUESTION.fullmatch(line)
    if not found:
        raise ValueError(f"cannot read the question {line!r}")
    names = found[4].split(" @")[1:]
    if unknown := [name for name in names if name not in marks]:
        raise ValueError(f"no turn has the mark #{unknown[0]}, which {line!r} points at")
    answer, said = found[3], ""
    if phrase := re.fullmatch(r"\{(.+)\}", answer):
        said = phrase[1]
        answer = resolve(said, marks[names[-1]][1])
    category = SINGLE if found[1] == "c" else int(found[1])
    evidence = [marks[name][0].id for name in names]
    return Question(category, found[2], answer, evidence, found[1] == "c", said)
