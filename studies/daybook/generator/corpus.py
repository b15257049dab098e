"""Puts the conversations of all banks together in LoCoMo's layout."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studies.daybook.generator.chance import Chance
from studies.daybook.generator.script import ADVERSARIAL, Question, Script, Turn, read

BANKS = Path(__file__).parent / "banks"
SEED = "daybook 2"
SEARCHED = ("dorm", "kelp", "monsoon")
"""banks of the search split; the last conversation of each is of the split `fresh`"""


@dataclass(frozen=True)
class Sample:
    """A conversation with its place in the benchmark. split: search, fresh or test."""

    name: str
    split: str
    script: Script


def samples() -> Iterator[Sample]:
    """Every conversation: those that are searched, those kept fresh, and those sealed."""
    banks = {folder.name: scripts(folder) for folder in sorted(BANKS.iterdir())}
    searched = [script for bank in SEARCHED for script in banks[bank][:-1]]
    fresh = [banks[bank][-1] for bank in SEARCHED]
    sealed = [script for bank in banks if bank not in SEARCHED for script in banks[bank]]
    splits = {"search": searched, "fresh": fresh, "test": sealed}
    placed = [(split, script) for split, some in splits.items() for script in some]
    for number, (split, script) in enumerate(placed, 1):
        yield Sample(f"day-{number:02}", split, script)


def scripts(folder: Path) -> list[Script]:
    return [read(path) for path in sorted(folder.glob("*.txt"))]


def layout(sample: Sample) -> dict[str, Any]:
    """A sample as LoCoMo writes it, and the bank that it is from."""
    script = sample.script
    first, second = script.speakers
    conversation: dict[str, Any] = {"speaker_a": first, "speaker_b": second}
    for number, session in enumerate(script.sessions, 1):
        conversation[f"session_{number}_date_time"] = session.stamp
        conversation[f"session_{number}"] = [utterance(sample.name, turn) for turn in session.turns]
    # in no telling order: its author may have asked along the talk
    questions = Chance(f"{SEED} {sample.name}").shuffled(script.questions)
    return {
        "sample_id": sample.name,
        "bank": cluster(sample),
        "conversation": conversation,
        "qa": [asked(question) for question in questions],
    }


def cluster(sample: Sample) -> str:
    """Name of the bank; what is fresh of a searched one is a cluster of its own."""
    return sample.script.bank + ("-fresh" if sample.split == "fresh" else "")


def utterance(sample: str, turn: Turn) -> dict[str, Any]:
    entry: dict[str, Any] = {"speaker": turn.speaker, "dia_id": turn.id, "text": turn.text}
    if turn.photo:
        entry["img_url"] = [f"photos/{sample}/{turn.id.replace(':', '-')}.jpg"]
        entry["blip_caption"] = turn.photo
    return entry


def asked(question: Question) -> Mapping[str, Any]:
    key = "adversarial_answer" if question.category == ADVERSARIAL else "answer"
    return {
        "question": question.text,
        key: question.answer,
        "evidence": list(question.evidence),
        "category": question.category,
    }


def text(some: Sequence[Sample] | None = None) -> str:
    """The whole file."""
    entries = [layout(sample) for sample in some or samples()]
    return json.dumps(entries, indent=1, ensure_ascii=False) + "\n"
