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
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from daybook_samples import made

from studies.daybook import task
from studies.daybook.generator.corpus import text

ROOT = Path(__file__).parent.parent

FILE = ROOT / "studies" / "daybook" / "daybook.json"

MONTHS = [date(2000, n, 1).strftime("%B") for n in range(1, 13)]

DAYS = [date(2024, 1, n).strftime("%A") for n in range(1, 8)]

NUMBERS = {"two": 2, "three": 3, "four": 4, "a fortnight": 2}

Corpus = list[dict[str, Any]]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return json.loads(FILE.read_text(encoding="utf-8"))


def talks(sample: dict[str, Any]) -> Iterator[tuple[date, list[dict[str, Any]]]]:
    conversation = sample["conversation"]
    for number in range(1, 100):
        if f"session_{number}" not in conversation:
            return
        stamp = conversation[f"session_{number}_date_time"]
        when = datetime.strptime(stamp, "%I:%M %p on %d %B, %Y")
        yield when.date(), conversation[f"session_{number}"]


def turns(sample: dict[str, Any]) -> dict[str, tuple[date, dict[str, Any]]]:
    return {turn["dia_id"]: (when, turn) for when, talk in talks(sample) for turn in talk}


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_the_generator_writes_the_file_byte_for_byte(tmp_path: Path, seed: str) -> None:
    out = tmp_path / "again.json"
    command = [sys.executable, "-m", "studies.daybook.generator", "--out", str(out)]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed})
    assert out.read_bytes() == FILE.read_bytes()


def test_a_larger_scale_adds_conversations(corpus: Corpus) -> None:
    larger = json.loads(text(2))
    assert larger[: len(corpus)] == corpus
    assert len({sample["sample_id"] for sample in larger}) == 2 * len(corpus)


def test_it_is_small() -> None:
    assert FILE.stat().st_size <= 1_000_000


def test_locomos_reader_loads_it() -> None:
    book = task.Daybook(FILE.parent)
    assert len(book.items()) == len(book.vault().gold)
    assert set(book.passages("day-01")) >= set(book.evidence()["day-01:0"])


def test_keys_are_those_of_locomo(corpus: Corpus) -> None:
    for sample in corpus:
        assert set(sample) == {"sample_id", "conversation", "qa"}
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
    assert [sample["sample_id"] for sample in corpus] == [f"day-{n:02}" for n in range(1, 17)]
    for sample in corpus:
        assert 8 <= len(list(talks(sample))) <= 10
        assert 80 <= len(turns(sample)) <= 120
        assert len(sample["qa"]) == 30
    every = [turn for sample in corpus for _, turn in turns(sample).values()]
    assert 0.12 <= sum("img_url" in turn for turn in every) / len(every) <= 0.18
    assert max(len(turn["text"].split()) for turn in every) <= 60


def test_categories_are_in_proportion(corpus: Corpus) -> None:
    kinds = Counter(qa["category"] for sample in corpus for qa in sample["qa"])
    share = {kind: count / kinds.total() for kind, count in kinds.items()}
    locomo = {1: 0.142, 2: 0.162, 3: 0.048, 4: 0.423, 5: 0.225}
    assert all(abs(share[kind] - part) < 0.04 for kind, part in locomo.items())


def test_questions_point_at_turns(corpus: Corpus) -> None:
    for sample in corpus:
        ids = turns(sample)
        for qa in sample["qa"]:
            key = "adversarial_answer" if qa["category"] == 5 else "answer"
            assert set(qa) == {"question", key, "evidence", "category"}
            assert qa[key] and qa["evidence"] and set(qa["evidence"]) <= set(ids)
        assert len({qa["question"] for qa in sample["qa"]}) == len(sample["qa"])


def test_lists_are_spread_over_sessions(corpus: Corpus) -> None:
    for sample in corpus:
        for qa in sample["qa"]:
            if qa["category"] == 1:
                assert len({id.split(":")[0] for id in qa["evidence"]}) > 1


def test_sessions_follow_each_other_and_speakers_alternate(corpus: Corpus) -> None:
    for sample in corpus:
        dates = [when for when, _ in talks(sample)]
        assert dates == sorted(set(dates))
        for _, talk in talks(sample):
            speakers = [turn["speaker"] for turn in talk]
            assert all(one != other for one, other in pairwise(speakers))


def test_nothing_is_left_unfilled(corpus: Corpus) -> None:
    raw = json.dumps([[talk for _, talk in talks(sample)] for sample in corpus])
    words = " ".join(turn["text"] for s in corpus for _, turn in turns(s).values())
    assert not re.search(r"[{}|]|\[|\]", words)
    assert not re.search(r"\{\w", raw.replace('{"', ""))
    assert not re.search(r"\b[Aa] [aeio](?!ne\b)\w|  | [,.!?]", words)


def test_turns_rarely_repeat(corpus: Corpus) -> None:
    texts = Counter(turn["text"] for sample in corpus for _, turn in turns(sample).values())
    assert sum(count for count in texts.values() if count > 1) / texts.total() < 0.02


def test_captions_alone_tell_enough() -> None:
    for sample in made():
        said = [f" {plain(turn.text)} " for turn in sample.turns.values()]
        shown = [question for question in sample.questions if question.caption]
        assert len(shown) >= 0.12 * len(sample.questions)
        for question in shown:
            answer = f" {plain(question.answer)} "
            assert not any(answer in text for text in said), question
            assert answer in f" {plain(sample.turns[question.evidence[0]].photo)} ", question


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
    words = re.sub(r"last \w+, no, (?:sorry|wait),", "", words).lower()
    on = spoken(today)
    single = {"the day before yesterday": -2, "the day after tomorrow": 2}
    for phrase, shift in single.items():
        if phrase in words:
            yield spoken(today + timedelta(shift))
    rest = re.sub("|".join(single), "", words)
    for phrase, shift in {"yesterday": -1, "tomorrow": 1}.items():
        if phrase in rest:
            yield spoken(today + timedelta(shift))
    for number in re.findall(r"(\w+) days ago", words):
        if number in NUMBERS:
            yield spoken(today - timedelta(NUMBERS[number]))
    for number in ("two", "a fortnight"):
        if f"{number} weeks ago" in words or f"{number} ago" in words:
            yield f"two weeks before {on}"
    for phrase, answer in {
        "last week": f"the week before {on}",
        "last weekend": f"the weekend before {on}",
        "two weekends ago": f"two weekends before {on}",
        "next week": f"the week after {on}",
        "in two weeks": f"two weeks after {on}",
        "in three weeks": f"three weeks after {on}",
        "last month": f"{today.replace(day=1) - timedelta(1):%B %Y}",
        "next month": f"{today.replace(day=1) + timedelta(32):%B %Y}",
    }.items():
        if phrase in words:
            yield answer
    for name in DAYS:
        if re.search(rf"(?:last|on) {name.lower()}", words):
            yield f"the {name} before {on}"
        if re.search(rf"(?:coming|on|this) {name.lower()}", words):
            yield f"the {name} after {on}"
    for number in re.findall(r"on the (\d+)(?:st|nd|rd|th)(?! of)", words):
        yield f"{number} {today:%B %Y}"
    for number, month in re.findall(r"(\d+)(?:st|nd|rd|th)?(?: of)? ([a-z]+)", words):
        if month.capitalize() in MONTHS:
            yield later(int(number), month.capitalize(), today)
    for month, number in re.findall(r"([a-z]+) (\d+)(?:st|nd|rd|th)", words):
        if month.capitalize() in MONTHS:
            yield later(int(number), month.capitalize(), today)
    yield from re.findall(r"\d+ years", words.replace("-year", " years"))
    yield from (month for month in MONTHS if f"in {month.lower()}" in words)


def spoken(when: date) -> str:
    return f"{when.day} {when:%B %Y}"


def later(day: int, month: str, today: date) -> str:
    """The next such day after today."""
    year = today.year
    if date(year, MONTHS.index(month) + 1, day) < today:
        year += 1
    return f"{day} {month} {year}"
