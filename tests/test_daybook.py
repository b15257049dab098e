"""daybook: the file is what its generator writes, and every answer can be found in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from daybook_samples import made

from studies.daybook import task
from studies.daybook.generator.checks import problems

ROOT = Path(__file__).parent.parent

FILE = ROOT / "studies" / "daybook" / "daybook.json"

SPLITS = ("search", "fresh", "test")

MONTHS = [date(2000, n, 1).strftime("%B") for n in range(1, 13)]

DAYS = [date(2024, 1, n).strftime("%A") for n in range(1, 8)]

NUMBERS = {"a": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}

Corpus = list[dict[str, Any]]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return json.loads(FILE.read_text(encoding="utf-8"))


def talks(sample: dict[str, Any]) -> Iterator[tuple[date, list[dict[str, Any]]]]:
    for stamp, talk in stamped(sample):
        yield stamp.date(), talk


def turns(sample: dict[str, Any]) -> dict[str, tuple[date, dict[str, Any]]]:
    return {turn["dia_id"]: (when, turn) for when, talk in talks(sample) for turn in talk}


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_the_generator_writes_the_file_byte_for_byte(tmp_path: Path, seed: str) -> None:
    out = tmp_path / "again.json"
    command = [sys.executable, "-m", "studies.daybook.generator", "--out", str(out)]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed})
    assert out.read_bytes() == FILE.read_bytes()


def test_every_conversation_is_what_it_has_to_be() -> None:
    for sample in made():
        assert problems(sample.script) == [], sample.name


def test_at_least_eight_banks_are_sealed_and_searched_ones_are_others(corpus: Corpus) -> None:
    splits = {split: {s.script.bank for s in made() if s.split == split} for split in SPLITS}
    assert len(splits["test"]) >= 8
    assert splits["search"] == splits["fresh"]
    assert not splits["search"] & splits["test"]
    homes = {sample["sample_id"]: sample["bank"] for sample in corpus}
    assert {homes[s.name] for s in made() if s.split == "fresh"} == {
        f"{bank}-fresh" for bank in splits["search"]
    }


def test_it_is_small() -> None:
    assert FILE.stat().st_size <= 1_000_000


def test_locomos_reader_loads_it() -> None:
    book = task.Daybook(FILE.parent)
    assert len(book.items()) == len(book.vault().gold)
    assert set(book.passages("day-01")) >= set(book.evidence()["day-01:0"])


def test_a_bank_is_a_cluster_and_a_conversation_a_call() -> None:
    items = task.Daybook(FILE.parent).items()
    assert {item.call for item in items if item.cluster == "kelp"} == {
        sample.name
        for sample in made()
        if sample.script.bank == "kelp" and sample.split == "search"
    }


def test_keys_are_those_of_locomo(corpus: Corpus) -> None:
    for sample in corpus:
        assert set(sample) == {"sample_id", "bank", "conversation", "qa"}
        names = {sample["conversation"]["speaker_a"], sample["conversation"]["speaker_b"]}
        for id, (_, turn) in turns(sample).items():
            photo = {"img_url", "blip_caption"} & set(turn)
            assert set(turn) - photo == {"speaker", "dia_id", "text"}
            assert turn["speaker"] in names
            if photo:
                name = f"photos/{sample['sample_id']}/{id.replace(':', '-')}.jpg"
                assert turn["img_url"] == [name]
                assert turn["blip_caption"]


def test_sizes(corpus: Corpus) -> None:
    names = [sample["sample_id"] for sample in corpus]
    assert names == [f"day-{n:02}" for n in range(1, len(corpus) + 1)]
    every = [turn for sample in corpus for _, turn in turns(sample).values()]
    assert 0.12 <= sum("img_url" in turn for turn in every) / len(every) <= 0.18


def test_categories_are_in_proportion(corpus: Corpus) -> None:
    kinds = Counter(qa["category"] for sample in corpus for qa in sample["qa"])
    share = {kind: count / kinds.total() for kind, count in kinds.items()}
    locomo = {1: 0.142, 2: 0.162, 3: 0.048, 4: 0.423, 5: 0.225}
    assert all(abs(share[kind] - part) < 0.06 for kind, part in locomo.items())


def test_questions_point_at_turns(corpus: Corpus) -> None:
    for sample in corpus:
        ids = turns(sample)
        for qa in sample["qa"]:
            key = "adversarial_answer" if qa["category"] == 5 else "answer"
            assert set(qa) == {"question", key, "evidence", "category"}
            assert qa[key] and qa["evidence"] and set(qa["evidence"]) <= set(ids)
        assert len({qa["question"] for qa in sample["qa"]}) == len(sample["qa"])


def test_nothing_is_left_unfilled(corpus: Corpus) -> None:
    words = " ".join(turn["text"] for s in corpus for _, turn in turns(s).values())
    assert not re.search(r"[{}|#@]|\[|\]|  ", words)


def test_no_scene_comes_twice(corpus: Corpus) -> None:
    """No two conversations share eight words in a row, nor two questions that are alike."""
    homes: dict[tuple[str, ...], str] = {}
    for sample in corpus:
        for _, turn in turns(sample).values():
            said = plain(turn["text"]).split()
            for start in range(len(said) - 7):
                home = homes.setdefault(tuple(said[start : start + 8]), sample["sample_id"])
                assert home == sample["sample_id"], said[start : start + 8]
    asked = Counter(qa["question"] for sample in corpus for qa in sample["qa"])
    assert max(asked.values()) == 1


def test_captions_alone_tell_enough() -> None:
    for sample in made():
        questions = sample.script.questions
        assert sum(question.caption for question in questions) >= 0.1 * len(questions)


def test_no_hour_is_impossible(corpus: Corpus) -> None:
    """Nobody wishes a good morning in the evening."""
    for sample in corpus:
        for stamp, talk in stamped(sample):
            said = " ".join(turn["text"].lower() for turn in talk[:2])
            if stamp.hour >= 15:
                assert "good morning" not in said, (sample["sample_id"], stamp)
            if stamp.hour < 12:
                assert "good evening" not in said, (sample["sample_id"], stamp)


def stamped(sample: dict[str, Any]) -> Iterator[tuple[datetime, list[dict[str, Any]]]]:
    conversation = sample["conversation"]
    for number in range(1, 100):
        if f"session_{number}" not in conversation:
            return
        stamp = conversation[f"session_{number}_date_time"]
        yield (
            datetime.strptime(stamp, "%I:%M %p on %d %B, %Y"),
            conversation[f"session_{number}"],
        )


def plain(text: str) -> str:
    words = re.findall(r"[\w-]+", text.lower())
    return " ".join(word for word in words if word not in ("a", "an", "the", "from"))


def test_temporal_answers_follow_from_the_session(corpus: Corpus) -> None:
    asked = 0
    for sample in corpus:
        ids = turns(sample)
        for qa in sample["qa"]:
            if qa["category"] != 2:
                continue
            asked += 1
            found = {
                answer
                for id in qa["evidence"]
                for answer in resolve(ids[id][1]["text"], ids[id][0])
            }
            assert qa["answer"] in found, (qa, found)
    assert asked >= 70


def resolve(words: str, today: date) -> Iterator[str]:
    """Every date or span that a text can mean, said today; written apart from the generator."""
    words = words.lower()
    on = spoken(today)
    single = {"the day before yesterday": -2, "the day after tomorrow": 2}
    for phrase, shift in single.items():
        if phrase in words:
            yield spoken(today + timedelta(shift))
    rest = re.sub("|".join(single), "", words)
    near = {"yesterday": -1, "last night": -1, "tomorrow": 1, "today": 0, "tonight": 0}
    near |= {"this morning": 0, "this afternoon": 0, "this evening": 0}
    for phrase, shift in near.items():
        if phrase in rest:
            yield spoken(today + timedelta(shift))
    for way, number, unit in spans(words):
        if unit == "day":
            yield spoken(today + timedelta(way * number))
        elif unit in ("week", "weekend"):
            count = {v: k for k, v in NUMBERS.items()}[number]
            units = unit if number == 1 else f"{unit}s"
            yield f"{count} {units} {'before' if way < 0 else 'after'} {on}"
        elif unit == "month":
            yield f"{shifted(today, way * number):%B %Y}"
        else:
            yield str(today.year + way * number)
    for phrase, answer in {
        "last week": f"the week before {on}",
        "last weekend": f"the weekend before {on}",
        "next week": f"the week after {on}",
        "next weekend": f"the weekend after {on}",
        "this weekend": f"the weekend after {on}",
        "last month": f"{shifted(today, -1):%B %Y}",
        "next month": f"{shifted(today, 1):%B %Y}",
        "last year": str(today.year - 1),
        "next year": str(today.year + 1),
    }.items():
        if phrase in words:
            yield answer
    for name in DAYS:
        if re.search(rf"(?:last|on|past) {name.lower()}", words):
            yield f"the {name} before {on}"
        if re.search(rf"(?:coming|this|next) {name.lower()}", words):
            yield f"the {name} after {on}"
    for number in re.findall(r"on the (\d+)(?:st|nd|rd|th)(?! of)", words):
        yield f"{number} {today:%B %Y}"
    for number, month in re.findall(r"(\d+)(?:st|nd|rd|th)?(?: of)? ([a-z]+)", words):
        if month.capitalize() in MONTHS:
            yield nearest(int(number), month.capitalize(), today)
    for month, number in re.findall(r"([a-z]+) (\d+)", words):
        if month.capitalize() in MONTHS:
            yield nearest(int(number), month.capitalize(), today)
    for month in MONTHS:
        if f"in {month.lower()}" in words:
            yield nearest(15, month, today).split(" ", 1)[1]


def spans(words: str) -> Iterator[tuple[int, int, str]]:
    """(-1 or 1, number, unit) of every "two weeks ago" and "in three days"."""
    for pattern, way in ((r"(\w+) (\w+) ago", -1), (r"in (\w+) (\w+)", 1)):
        for number, unit in re.findall(pattern, words):
            count = int(number) if number.isdigit() else NUMBERS.get(number, 0)
            if unit == "fortnight":
                yield way, 2 * count, "week"
            elif count and unit.rstrip("s") in ("day", "week", "weekend", "month", "year"):
                yield way, count, unit.rstrip("s")


def shifted(today: date, months: int) -> date:
    """The first day of the month that lies so many months from today's."""
    count = today.year * 12 + today.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def spoken(when: date) -> str:
    return f"{when.day} {when:%B %Y}"


def nearest(day: int, month: str, today: date) -> str:
    """Such a day in the year in which it lies nearest to today."""
    at = MONTHS.index(month) + 1
    years = (today.year - 1, today.year, today.year + 1)
    days = [date(year, at, day) for year in years if valid(year, at, day)]
    return spoken(min(days, key=lambda one: abs(one - today))) if days else ""


def valid(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
