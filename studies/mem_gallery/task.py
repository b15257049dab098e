"""Mem-Gallery (2026) as a task: twenty topics of a user and an assistant who share pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Any

from studies.locomo.scoring import refuses
from studies.locomo.task import passage
from studies.mem_gallery.scoring import POINTS, VIEWS, score
from studies.mem_gallery.topics import Topic, read_topic
from studies.memory import REFUSE_ALL, Memory, of_answers, output
from toolkit import Gold, Item, Row, Vault

TOPICS = (
    "AI_Robotics_Automation_Future_Tech",
    "Academic_Animal_Pet_Research_Life",
    "Architecture_Art_Culture_Exhibition_Technology",
    "Astronomy_Physics_Scientific_Experiments_Cosmology",
    "Baking_Dessert_Daily_Life_Skill",
    "Dog_Behavior_Research_Academic_Life",
    "Education_Career_Research_Lifestyle",
    "Entrepreneurship_Blockchain_Economics_Logistics_Nature",
    "Fashion_Personal_Care_Lifestyle_Shopping",
    "Global_Travel_Cultural_Sightseeing",
    "Global_Travel_Sustainable_Fashion_Design",
    "Home_Health_Lifestyle_Product",
    "Home_Repair_Maintenance_Cleaning",
    "Landscape_Travel_Architecture_Nature",
    "Music_Dance_Theater_Performance_Learning",
    "Nature_Economics_Programming_Student_Life",
    "Parenting_Commuting_Hobbies_Travel_Gear",
    "Python_Botany_AI_Student_Life",
    "Real_Estate_Home_Decor_DIY_Lifestyle",
    "Technology_Ethics_Future_Society",
)
CAPTIONS_ONLY = "captions only: no picture is read, each is known by its id and its caption"


class MemGallery(Memory):
    """Reads one file a topic, as topics.py does.

    data: the folder that holds a file `TOPIC.json` for each of `topics`.
    """

    topics: Sequence[str] = TOPICS
    uncounted = ("AR", "CD")
    lacks: Sequence[str] = (CAPTIONS_ONLY,)
    constants = {  # noqa: RUF012 - read only
        REFUSE_ALL: "Not mentioned.",
        "yes": "Yes.",
        "no": "No.",
        "3": "3",
        "a picture": "D6:IMG_001",
    }

    def __init__(self, data: Path) -> None:
        self.folder = Path(data)

    @cached_property
    def read(self) -> Mapping[str, Topic]:
        """{name: topic}; raises DataError if a file is missing or of another layout."""
        return {name: read_topic(self.folder / f"{name}.json") for name in self.topics}

    def contexts(self) -> Mapping[str, Any]:
        """{topic: conversation}, in the layout of memory_baseline/ingest.py."""
        return {name: topic.conversation for name, topic in self.read.items()}

    def items(self) -> Sequence[Item]:
        return [Item(id, name, asked(qa)) for id, name, qa in self._questions()]

    def vault(self) -> Vault:
        gold = {id: Gold(qa["answer"], qa["point"]) for id, _, qa in self._questions()}
        counted = [point for point in POINTS if point not in self.uncounted]
        views = {name: of_answers(rule) for name, rule in VIEWS.items()}
        return Vault(gold, of_answers(score), counted=counted, views=views, best=1.0)

    def metrics(self, rows: Sequence[Row]) -> Mapping[str, float]:
        """Numbers of every memory, and `without_AR`: the mean over eight points, CD among them."""
        told = [row.score for row in rows if row.gold.kind != "AR" and row.score is not None]
        found = super().metrics(rows)
        return {**found, "without_AR": fmean(told)} if told else found

    def guesses(self, item: Item) -> Mapping[str, Any]:
        """Date and first picture of the session in the middle, of which no round is read."""
        sessions = self.read[item.call].conversation["sessions"]
        middle = sessions[len(sessions) // 2]
        told = {"middle date": middle["date"], "middle picture": f"{middle['id']}:IMG_001"}
        return {name: output(text) for name, text in told.items()}

    def evidence(self) -> Mapping[str, Sequence[str]]:
        return self._evidence

    @cached_property
    def _evidence(self) -> Mapping[str, Sequence[str]]:
        return {id: tuple(dict.fromkeys(qa["clue"])) for id, _, qa in self._questions()}

    def refuses(self, answer: str) -> bool:
        return refuses(answer)

    def passages(self, conversation: str) -> Mapping[str, str]:
        """{round id: what the user said, and what the assistant said to it}"""
        found: dict[str, str] = {}
        for session in self.read[conversation].conversation["sessions"]:
            for turn in session["turns"]:
                text = passage(session["date"], turn)
                found[turn["id"]] = "\n".join(filter(None, (found.get(turn["id"]), text)))
        return found

    def _questions(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """(item id, topic, question with its labels)"""
        for name, topic in self.read.items():
            for position, qa in enumerate(topic.questions):
                yield f"{name}:{position}", name, qa


def asked(qa: Mapping[str, Any]) -> dict[str, str]:
    """A question as a program gets it: its text, and the caption of its picture if it has one."""
    caption = qa.get("image_caption")
    return {"text": qa["question"], **({"caption": caption} if caption else {})}
