"""daybook: people, places and stories of search and test have nothing in common."""

from __future__ import annotations

import re
from datetime import datetime

from daybook_samples import made, names

from studies.daybook.generator.banks import load

FRAMES = ("did", "happened", "plan")


def test_plans_lie_ahead() -> None:
    for sample in made():
        days = {f"D{n}": time for n, time in enumerate(sample.times, 1)}
        for question in sample.questions:
            if question.moved and re.fullmatch(r"\d+ \w+ \d+", question.answer):
                stamp = days[question.evidence[-1].split(":")[0]]
                said = datetime.strptime(stamp, "%I:%M %p on %d %B, %Y")
                assert datetime.strptime(question.answer, "%d %B %Y") > said.replace(hour=0)


def test_pools_share_no_name_or_place() -> None:
    one, other = load("search"), load("test")
    assert not names(one) & names(other)
    assert not set(one.people["lists"]["town"]) & set(other.people["lists"]["town"])


def test_pools_share_no_way_of_speaking() -> None:
    one, other = load("search"), load("test")
    for name in one.talk:
        if name != "tags":
            assert not set(one.talk[name]) & set(other.talk[name]), name
    for pool in (one, other):
        assert len({line for frame in FRAMES for line in pool.talk[frame]}) >= 40
    first, second = ({line.text for chat in p.chats for line in chat.lines} for p in (one, other))
    assert not first & second


def test_pools_share_no_story() -> None:
    one, other = load("search"), load("test")
    assert not set(one.talk["tags"]) & set(other.talk["tags"])  # hobbies and objects
    for part in (lambda scene: scene.title, lambda scene: scene.verb[1] or scene.title):
        assert not {part(s) for s in one.scenes} & {part(s) for s in other.scenes}
    first, second = ({ask.question for s in p.scenes for ask in s.asks} for p in (one, other))
    assert not first & second
    first, second = (
        {line.text for s in p.scenes for part in s.parts for line in part.lines}
        for p in (one, other)
    )
    assert not first & second


def test_pools_share_no_object() -> None:
    """Numbers, colours and other single words may be in both."""
    first, second = (
        {value for s in load(name).scenes for values in s.slots.values() for value in values}
        for name in ("search", "test")
    )
    assert not {value for value in first & second if " " in value}


def test_no_two_people_of_a_conversation_share_a_name() -> None:
    for sample in made():
        people = [who.name for one in sample.pair for who in (one.person, *one.circle.values())]
        assert len(set(people)) == len(people), sample.name
