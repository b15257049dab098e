"""A tiny topic in Mem-Gallery's layout, and predictions for the real ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from studies.mem_gallery.task import MemGallery
from studies.mem_gallery.topics import QUESTIONS

NAME = "Tea_Dogs_Life"


class Tiny(MemGallery):
    topics = (NAME,)


def question(point: str, text: str, answer: str, *clue: str, **more: Any) -> dict[str, Any]:
    asked = {"point": point, "question": text, "answer": answer}
    return {**asked, "session_id": ["D1"], "clue": list(clue), **more}


def topic() -> dict[str, Any]:
    """Two sessions of Mia and the assistant, and a question of each of five points."""
    shown = {
        "image_id": ["D2:IMG_001", "D2:IMG_002"],
        "input_image": ["../image/Tea/D2_IMG_001.jpg", "../image/Tea/D2_IMG_002.jpg"],
        "image_caption": ["a brown dog", "a white dog"],
    }
    return {
        "character_profile": {"name": "Mia", "persona_summary": "hidden persona"},
        "multi_session_dialogues": [
            {
                "session_id": "D1",
                "date": "2024-06-17",
                "dialogues": [{"round": "D1:1", "user": "I like tea.", "assistant": "Good."}],
            },
            {
                "session_id": "D2",
                "date": "2024-06-24",
                "dialogues": [
                    {"round": "D2:1", "user": "My dogs!", **shown, "assistant": "Lovely."},
                    {"round": "D2:2", "user": "Bye.", "assistant": "See you."},
                ],
            },
        ],
        QUESTIONS: [
            question("FR", "What does Mia like?", "Gold tea.", "D1:1", "D1:1"),
            question("AR", "What does Mia hate?", "Not mentioned."),
            question("VS", "Which pictures show dogs?", "D2:IMG_001, D2:IMG_002", "D2:1"),
            question("CD", "Does Mia contradict herself?", "No.", "D1:1"),
            question(
                "TTL", "Who is this?", "Her hound.", "D2:1",
                question_image="../image/Tea/QA_IMG_001.jpg", image_caption="a brown dog, running",
            ),
        ],
    }  # fmt: skip


def write(folder: Path, raw: Any) -> Tiny:
    """A task that reads this topic."""
    (folder / f"{NAME}.json").write_text(json.dumps(raw), encoding="utf-8")
    return Tiny(folder)


def predictions(questions: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """{name: one prediction per question}: right, noisy, wrong, odd; the same on every machine."""
    golds = [qa["answer"] for qa in questions]
    later = golds[7:] + golds[:7]
    odd = ["", ".", "_", "The, the, a", "“the” – and— a’s", "²the² a\u200db", "3.5.", "a_b the_end"]
    odd += [
        "D1:IMG_001",
        "1,000.50 2022",
        "12 a.m. and\tthe\nend",
        "Not mentioned",
        "DOTPLACEHOLDER",
    ]
    return {
        "gold": golds,
        "noisy": [f"well the {gold}, really; and so on" for gold in golds],
        "another": later,
        "two": [f"{left}, {right}" for left, right in zip(golds, later, strict=True)],
        "half": [gold[: len(gold) // 2] for gold in golds],
        "joined": [gold.replace(" ", "").replace("_", "") for gold in golds],
        "accents": [gold.replace("a", "a\u0301").replace("e", "é").upper() for gold in golds],
        "question": [qa["question"] for qa in questions],
        "empty": ["" for _ in questions],
        "refusal": ["Not mentioned." for _ in questions],
        "odd": [f"{odd[i % len(odd)]} {gold}" for i, gold in enumerate(golds)],
    }


def other_topic() -> dict[str, Any]:
    """Another topic, with the points that the first one lacks."""
    raw = topic()
    raw["multi_session_dialogues"][0]["dialogues"][0]["user"] = "We repaired the harbour crane."
    raw[QUESTIONS] = [
        question("KR", "What colour is the crane now?", "Turquoise again.", "D1:1"),
        question("MR", "Who repaired the crane with Mia?", "Nobody but Mia.", "D1:1"),
        question("TR", "When was the crane repaired?", "Before midsummer.", "D1:1"),
        question("VR", "How many cranes are there?", "Seventeen of them.", "D1:1"),
    ]
    return raw
