"""One file of Mem-Gallery, read: the conversation as a program sees it, and its questions.

Whatever is not as published is refused by its file and the place in it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studies.mem_gallery.scoring import POINTS
from toolkit import DataError, short

PROFILE = "character_profile"
SESSIONS = "multi_session_dialogues"
QUESTIONS = "human-annotated QAs"
ASSISTANT = "assistant"
AGAIN = "remove it and type `toolkit data fetch mem-gallery`"
NAMES = {str: "a text", list: "a list", dict: "an object"}


class Odd(ValueError):  # noqa: N818 - says what is wrong with the file
    """Something that is not as published, and its place in the file."""


@dataclass(frozen=True)
class Topic:
    """One file, read. pictures: {id of a picture: TOPIC/FILE of its image}, for the host only."""

    conversation: Mapping[str, Any]
    questions: Sequence[Mapping[str, Any]]
    pictures: Mapping[str, str] = field(default_factory=dict)


def read_topic(path: Path) -> Topic:
    """Topic of one file; raises DataError naming the file and what is wrong with it."""
    if not path.is_file():
        raise DataError(
            f"{path} is missing: the data folder must hold {path.name}; type "
            "`toolkit data fetch mem-gallery`, or set TOOLKIT_DATA_DIR"
        )
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path} is not a topic of Mem-Gallery as published: it is no JSON ({error}), as of a "
            f"download that was cut; {AGAIN}"
        ) from error
    try:
        return made_of(raw)
    except Odd as error:
        raise DataError(
            f"{path} is not a topic of Mem-Gallery as published: {error}; {AGAIN}"
        ) from error


def made_of(raw: Any) -> Topic:
    """Topic of a file's content; raises Odd."""
    if not isinstance(raw, dict):
        raise Odd(f"the file must hold an object, not {short(raw)}")
    user = take(take(raw, PROFILE, dict, ""), "name", str, PROFILE)
    sessions = [session(one, user, at) for one, at in objects(raw, SESSIONS, "")]
    once("session_id", (one["id"] for one in sessions))
    once("round", (turn["id"] for one in sessions for turn in one["turns"][::2]))
    questions = [checked(one, at) for one, at in objects(raw, QUESTIONS, "")]
    return Topic({"speakers": [user, ASSISTANT], "sessions": sessions}, questions, files(raw))


def session(one: Mapping[str, Any], user: str, at: str) -> dict[str, Any]:
    """One session in the layout of memory_baseline/ingest.py.

    The user has the name that the official runner gives to a memory; the rest of the profile is
    left out, as that runner leaves it out.
    """
    rounds = [turns(said, user, where) for said, where in objects(one, "dialogues", at)]
    return {
        "id": take(one, "session_id", str, at),
        "date": take(one, "date", str, at),
        "turns": [turn for both in rounds for turn in both],
    }


def turns(one: Mapping[str, Any], user: str, at: str) -> list[dict[str, Any]]:
    """A round as two turns of one id; its pictures belong to the first, a line of caption each."""
    pictures, captions = texts(one, "image_id", at), texts(one, "image_caption", at, nulls=True)
    shared: dict[str, Any] = {"img_url": pictures} if pictures else {}
    if any(captions):
        shared["caption"] = "\n".join(caption or "" for caption in captions)
    name = take(one, "round", str, at)
    return [
        {"id": name, "speaker": user, "text": take(one, "user", str, at), **shared},
        {"id": name, "speaker": ASSISTANT, "text": take(one, ASSISTANT, str, at)},
    ]


def checked(qa: Mapping[str, Any], at: str) -> Mapping[str, Any]:
    """A question that has all that it is asked and scored by."""
    for name in ("question", "answer", "point"):
        take(qa, name, str, at)
    if qa["point"] not in POINTS:
        raise Odd(f"{at}.point {qa['point']!r} is none of {', '.join(POINTS)}")
    take(qa, "clue", list, at)
    texts(qa, "clue", at)
    if qa.get("image_caption") is not None:
        take(qa, "image_caption", str, at)
    return qa


def files(raw: Mapping[str, Any]) -> dict[str, str]:
    """{id of a picture of the conversation: TOPIC/FILE of its image}"""
    found: dict[str, str] = {}
    for one, at in objects(raw, SESSIONS, ""):
        for said, where in objects(one, "dialogues", at):
            names = map(place, texts(said, "input_image", where))
            found.update(zip(texts(said, "image_id", where), names, strict=False))
    return found


def place(name: str) -> str:
    """Folder and name of an image file, wherever a path says that they lie."""
    return "/".join(part for part in Path(name).parts[-2:] if part != "..")


def take(raw: Mapping[str, Any], name: str, kind: type[Any], at: str) -> Any:
    """A value that must be there and of a kind; at: the place of what holds it."""
    where = f"{at}.{name}" if at else name
    if name not in raw:
        raise Odd(f"it has no {where!r}")
    if not isinstance(raw[name], kind):
        raise Odd(f"{where} must be {NAMES[kind]}, not {short(raw[name])}")
    return raw[name]


def objects(raw: Mapping[str, Any], name: str, at: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects of a list, each with its place: `multi_session_dialogues[3]`."""
    for number, one in enumerate(take(raw, name, list, at)):
        where = f"{at}.{name}[{number}]" if at else f"{name}[{number}]"
        if not isinstance(one, dict):
            raise Odd(f"{where} must be an object, not {short(one)}")
        yield one, where


def texts(raw: Mapping[str, Any], name: str, at: str, *, nulls: bool = False) -> list[Any]:
    """A list of texts, empty where there is none. nulls: whether a text may be missing in it."""
    found = raw.get(name)
    if found is None:
        return []
    for one in take(raw, name, list, at):
        if not isinstance(one, str) and not (nulls and one is None):
            raise Odd(f"{at}.{name} must hold texts, not {short(one)}")
    return list(found)


def once(what: str, names: Iterator[str]) -> None:
    """Raise Odd where two have one name: evidence could not tell them apart."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise Odd(f"{what} {twice[0]!r} stands {'twice' if len(twice) == 1 else 'more than once'}")
