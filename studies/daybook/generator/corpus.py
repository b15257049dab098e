"""Puts the samples together in LoCoMo's layout."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studies.daybook.generator.banks import Pool, load
from studies.daybook.generator.cast import Casting, Speaker
from studies.daybook.generator.chance import Bag, Chance
from studies.daybook.generator.dialogue import Turn, Writer
from studies.daybook.generator.plot import Plot
from studies.daybook.generator.questions import ADVERSARIAL, Examiner, Question
from studies.daybook.generator.timeline import sessions, stamp
from studies.daybook.generator.wording import Shared

SEED = "daybook 1"
BLOCK = {"search": 4, "test": 12}  # conversations of each pool in a run of sixteen


@dataclass(frozen=True)
class Sample:
    """A conversation with its questions, before it becomes JSON. turns: {turn id: turn}."""

    name: str
    pool: str
    pair: Sequence[Speaker]
    times: Sequence[str]
    turns: Mapping[str, Turn]
    questions: Sequence[Question]


def samples(scale: int = 1) -> Iterator[Sample]:
    """Conversations in runs of sixteen, the first four of each from the search pool.

    A larger scale adds runs.
    """
    seen: set[str] = set()
    studios = {name: Studio(load(name), seen) for name in BLOCK}
    number = 0
    for _ in range(scale):
        for pool, count in BLOCK.items():
            for _ in range(count):
                number += 1
                yield studios[pool].sample(f"day-{number:02}")


class Studio:
    """Makes the conversations of one pool, one after the other."""

    def __init__(self, pool: Pool, seen: set[str]) -> None:
        self._pool, self._seen = pool, seen
        self._chance = Chance(f"{SEED} {pool.name}")
        self._casting, self._plot = Casting(pool, self._chance), Plot(pool, self._chance)
        banks = {name: lines for name, lines in pool.talk.items() if name != "tags"}
        banks |= {f"tag {name}": lines for name, lines in pool.talk["tags"].items()}
        banks["chat"] = [str(number) for number in range(len(pool.chats))]
        self._bags = {name: Bag(lines, self._chance) for name, lines in banks.items()}

    def sample(self, name: str) -> Sample:
        chance, pair = self._chance, self._casting.pair()
        dates = sessions(chance.between(8, 10), chance)
        shared = Shared(self._pool, chance, self._bags, dates)
        stories = self._plot.stories(pair, shared)
        talks = Writer(pair, shared, self._seen).sessions(stories)
        turns = {
            f"D{number}:{position}": turn
            for number, talk in enumerate(talks, 1)
            for position, turn in enumerate(talk, 1)
        }
        questions = Examiner(stories, turns, chance).ask()
        times = [stamp(date, chance) for date in dates]
        return Sample(name, self._pool.name, pair, times, turns, questions)


def layout(sample: Sample) -> dict[str, Any]:
    """A sample as LoCoMo writes it."""
    first, second = (speaker.person.name for speaker in sample.pair)
    conversation: dict[str, Any] = {"speaker_a": first, "speaker_b": second}
    for number, time in enumerate(sample.times, 1):
        conversation[f"session_{number}_date_time"] = time
        conversation[f"session_{number}"] = [
            utterance(sample.name, id, turn)
            for id, turn in sample.turns.items()
            if id.startswith(f"D{number}:")
        ]
    return {
        "sample_id": sample.name,
        "conversation": conversation,
        "qa": [asked(question) for question in sample.questions],
    }


def utterance(sample: str, id: str, turn: Turn) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "speaker": turn.speaker.person.name,
        "dia_id": id,
        "text": turn.text,
    }
    if turn.photo:
        entry["img_url"] = [f"photos/{sample}/{id.replace(':', '-')}.jpg"]
        entry["blip_caption"] = turn.photo
    return entry


def asked(question: Question) -> dict[str, Any]:
    key = "adversarial_answer" if question.category == ADVERSARIAL else "answer"
    return {
        "question": question.text,
        key: question.answer,
        "evidence": list(question.evidence),
        "category": question.category,
    }


def text(scale: int = 1) -> str:
    """The whole file."""
    entries = [layout(sample) for sample in samples(scale)]
    return json.dumps(entries, indent=1, ensure_ascii=False) + "\n"
