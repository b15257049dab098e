"""LoCoMo (ACL 2024) as a task: ten conversations of two people, questions of five kinds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from studies.locomo.scoring import KINDS, VIEWS, refuses, score, symmetric
from studies.memory import REFUSE_ALL, Memory, of_answers, output
from toolkit import DataError, Gold, Item, Vault

SESSION = re.compile(r"session_(\d+)")
EVIDENCE = re.compile(r"D:?(\d+):(\d+)")


class Locomo(Memory):
    """Reads the layout of LoCoMo: a list of samples {"sample_id", "conversation", "qa"}.

    data: the folder that holds `filename`. A benchmark of the same layout sets another one.
    """

    filename = "locomo10.json"
    uncounted = ("adversarial",)
    constants = {  # noqa: RUF012 - read only
        REFUSE_ALL: "No information available",
        "yes": "Yes",
        "no": "No",
        "2022": "2022",
        "2023": "2023",
    }

    def __init__(self, data: Path) -> None:
        self.path = Path(data) / self.filename

    @cached_property
    def samples(self) -> Mapping[str, Mapping[str, Any]]:
        """{sample id: sample}; raises DataError if there is no such file."""
        if not self.path.is_file():
            raise DataError(f"{self.path} is missing: the data folder must hold {self.filename}")
        samples = json.loads(self.path.read_text(encoding="utf-8"))
        return {sample["sample_id"]: sample for sample in samples}

    def contexts(self) -> Mapping[str, Any]:
        """{sample id: conversation}, in the layout of memory_baseline/ingest.py.

        Summaries, observations, events and the query that found a picture are left out:
        they were made from the same source as the answers.
        """
        return {name: neutral(sample["conversation"]) for name, sample in self.samples.items()}

    def items(self) -> Sequence[Item]:
        return [Item(id, name, {"text": qa["question"]}) for id, name, qa in self._questions()]

    def vault(self) -> Vault:
        gold = {
            id: Gold(qa.get("answer"), KINDS[qa["category"]]) for id, _, qa in self._questions()
        }
        counted = [kind for kind in KINDS.values() if kind not in self.uncounted]
        rule, other = of_answers(score), of_answers(symmetric)
        views = {name: of_answers(one) for name, one in VIEWS.items()}
        return Vault(gold, rule, counted=counted, symmetric=other, views=views, best=1.0)

    def as_output(self, gold: Gold) -> Mapping[str, Any]:
        """An answer as it is scored: of an open-domain one what stands before the first ";"."""
        answer = str(gold.answer)
        return output(answer.split(";")[0] if gold.kind == "open-domain" else answer)

    def guesses(self, item: Item) -> Mapping[str, Any]:
        """Date of the session in the middle, and its month and year, of which no turn is read."""
        day, month, year = self._middles[item.call]
        told = {"date": f"{day} {month} {year}", "month": f"{month} {year}", "year": year}
        return {f"middle {name}": output(text) for name, text in told.items()}

    @cached_property
    def _middles(self) -> Mapping[str, Sequence[str]]:
        """{sample id: day, month and year of the session in the middle}"""
        found = {}
        for name, sample in self.samples.items():
            raw = sample["conversation"]
            numbers = session_numbers(raw)
            date = raw[f"session_{numbers[len(numbers) // 2]}_date_time"]
            found[name] = date.split(" on ")[-1].replace(",", "").split()
        return found

    def evidence(self) -> Mapping[str, Sequence[str]]:
        return self._evidence

    @cached_property
    def _evidence(self) -> Mapping[str, Sequence[str]]:
        return {id: turn_ids(qa["evidence"]) for id, _, qa in self._questions()}

    def refuses(self, answer: str) -> bool:
        return refuses(answer)

    def passages(self, conversation: str) -> Mapping[str, str]:
        told = neutral(self.samples[conversation]["conversation"])
        return {
            turn["id"]: passage(session["date"], turn)
            for session in told["sessions"]
            for turn in session["turns"]
        }

    def _questions(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """(item id, sample id, question with its labels)"""
        for name, sample in self.samples.items():
            for position, qa in enumerate(sample["qa"]):
                yield f"{name}:{position}", name, qa


def neutral(raw: Mapping[str, Any]) -> dict[str, Any]:
    """One conversation in the layout of memory_baseline/ingest.py, sessions by number."""
    return {
        "speakers": [raw["speaker_a"], raw["speaker_b"]],
        "sessions": [session(raw, number) for number in session_numbers(raw)],
    }


def session_numbers(raw: Mapping[str, Any]) -> list[int]:
    return sorted(int(found[1]) for key in raw if (found := SESSION.fullmatch(key)))


def session(raw: Mapping[str, Any], number: int) -> dict[str, Any]:
    return {
        "id": f"D{number}",
        "date": raw[f"session_{number}_date_time"],
        "turns": [turn(said) for said in raw[f"session_{number}"]],
    }


def turn(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A turn; the picture's address and caption only where it has them."""
    names = {"img_url": "img_url", "blip_caption": "caption"}
    shared = {name: raw[key] for key, name in names.items() if raw.get(key)}
    return {"id": raw["dia_id"], "speaker": raw["speaker"], "text": raw["text"], **shared}


def passage(date: str, turn: Mapping[str, Any]) -> str:
    """ "[date] speaker: text (photo: caption)" """
    photo = f" (photo: {turn['caption']})" if turn.get("caption") else ""
    return f"[{date}] {turn['speaker']}: {turn['text']}{photo}"


def turn_ids(evidence: Iterable[str]) -> tuple[str, ...]:
    """Turn ids as the conversation spells them, each once, in order.

    The data also has "D8:6; D9:17", "D9:1 D4:4", "D:11:26" and "D30:05". What holds no id at
    all stays as it is, so that nobody takes the question for one without evidence.
    """
    found = []
    for text in evidence:
        pairs = EVIDENCE.findall(text)
        found += [f"D{int(session)}:{int(turn)}" for session, turn in pairs] or [text]
    return tuple(dict.fromkeys(found))
