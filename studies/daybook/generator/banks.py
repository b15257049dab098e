"""Reads the phrase banks: the scenes, the small talk and the people of one pool."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "banks"
ASK = re.compile(r"([1-5c])(\*?): (.+\?|.+\.) = (.+?)((?: @[\d.]+)+)")
TAG = re.compile(r"tag (\w+): (.+?)((?: @[\d.]+)+)")
PHOTO = re.compile(r"photo( @[\d.]+): (.+)")
DATE = re.compile(r"date (\w+): (\d) \+(\d+)\.\.(\d+)")

Spot = tuple[int, int]  # part and line of a scene, both from 0


@dataclass(frozen=True)
class Line:
    voice: str  # A, whose story it is, or B; X and Y in small talk
    text: str
    photo: str = ""


@dataclass(frozen=True)
class Part:
    place: str  # "start"; "next", "later" or "past d2": the session of a continuation
    lines: Sequence[Line]


@dataclass(frozen=True)
class Ask:
    """A question with its answer. kind: LoCoMo's category, or c where only a caption tells."""

    kind: str
    swaps: bool  # asked about the other speaker it has no answer
    question: str
    answer: str
    spots: Sequence[Spot]


@dataclass(frozen=True)
class Tag:
    """An entry of a list that is spread over sessions."""

    name: str
    value: str
    spots: Sequence[Spot]


@dataclass
class Scene:
    """A small story, told by one speaker in one session, perhaps continued in later ones."""

    title: str
    headers: Mapping[str, str]
    verb: tuple[str, str] = ("past", "")
    slots: dict[str, list[str]] = field(default_factory=dict)
    dates: dict[str, tuple[int, int, int]] = field(default_factory=dict)  # part, from, to in days
    photos: dict[Spot, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)

    @property
    def length(self) -> int:
        return sum(len(part.lines) for part in self.parts)

    def listed(self, option: str) -> list[str]:
        """A header that is a list: needs=kid,partner."""
        return [word for word in self.headers.get(option, "").split(",") if word]

    def asks_of_photo(self, spot: Spot) -> bool:
        return any(ask.kind == "c" and spot in ask.spots for ask in self.asks)


@dataclass(frozen=True)
class Chat:
    """Small talk. season: winter or summer, if it needs one."""

    lines: Sequence[Line]
    season: str = ""


@dataclass(frozen=True)
class Pool:
    name: str
    scenes: Sequence[Scene]
    chats: Sequence[Chat]
    talk: Mapping[str, Any]
    people: Mapping[str, Any]


@cache
def load(name: str) -> Pool:
    folder = FOLDER / name
    scenes = [
        parse(block)
        for path in sorted(folder.glob("*.txt"))
        if path.stem != "chat"
        for block in re.split(r"^== ", path.read_text(encoding="utf-8"), flags=re.M)[1:]
    ]
    chats = (folder / "chat.txt").read_text(encoding="utf-8").strip().split("\n\n")
    return Pool(name, scenes, [small(chat) for chat in chats], *tables(folder))


def tables(folder: Path) -> Iterator[Mapping[str, Any]]:
    for name in ("talk.toml", "people.toml"):
        yield tomllib.loads((folder / name).read_text(encoding="utf-8"))


def small(text: str) -> Chat:
    found = re.match(r"\((\w+)\)\n", text)
    return Chat(tuple(spoken(text[found.end() :] if found else text)), found[1] if found else "")


def parse(block: str) -> Scene:
    """A scene from its text; raises ValueError at a line that cannot be read."""
    head, _, body = block.partition("\n")
    title, *pairs = (piece.strip() for piece in head.split(";"))
    scene = Scene(title, dict(pair.split("=") for pair in pairs))
    place, lines = "start", list[str]()
    for line in [*body.strip().splitlines(), "-- end"]:
        if line.startswith("-- "):
            scene.parts.append(Part(place, tuple(spoken("\n".join(lines)))))
            place, lines = line[3:], []
        elif re.match(r"[AB]: |\^ ", line):
            lines.append(line)
        else:
            note(scene, line)
    return scene


def note(scene: Scene, line: str) -> None:
    """Read a line that nobody speaks: slots, dates, the verb of the event, questions and tags."""
    word, _, rest = line.partition(" ")
    if word in ("past:", "clause:", "plan:"):
        scene.verb = (word[:-1], rest)
    elif word == "slot":
        name, _, values = rest.partition(": ")
        if name in scene.slots:
            raise ValueError(f"scene {scene.title!r}: slot {name} twice")
        scene.slots[name] = [value.strip() for value in values.split(" | ")]
    elif found := PHOTO.fullmatch(line):
        scene.photos[spots(found[1])[0]] = found[2]
    elif found := DATE.fullmatch(line):
        scene.dates[found[1]] = (int(found[2]) - 1, int(found[3]), int(found[4]))
    elif found := TAG.fullmatch(line):
        scene.tags.append(Tag(found[1], found[2], spots(found[3])))
    elif found := ASK.fullmatch(line):
        scene.asks.append(Ask(found[1], bool(found[2]), found[3], found[4], spots(found[5])))
    else:
        raise ValueError(f"scene {scene.title!r}: cannot read {line!r}")


def spots(text: str) -> Sequence[Spot]:
    """Positions from " @1 @2.3", where a missing part is the first."""
    pairs = (["1", *mark.split(".")][-2:] for mark in text.split(" @")[1:])
    return [(int(part) - 1, int(line) - 1) for part, line in pairs]


def spoken(text: str) -> Iterator[Line]:
    for utterance in re.split(r"\n(?=\w: )", text):
        words, _, photo = utterance.partition("\n^ ")
        yield Line(words[0], words[3:], photo)
