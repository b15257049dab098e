"""A program that looks for Mem-Gallery's labels, by `toolkit run`: it finds none.

It is handed the words to look for, written backwards, and names those that it found and where.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import gallery_studies
import pytest
from mem_gallery_topics import NAME, other_topic, topic

from studies.mem_gallery.task import MemGallery
from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.patches import diff
from toolkit.study import study as study_files

Cli = Callable[..., subprocess.CompletedProcess[str]]
DATA = Path(os.environ.get("TOOLKIT_DATA_DIR", "")) / "mem-gallery"
real = pytest.mark.skipif(not DATA.is_dir(), reason="needs TOOLKIT_DATA_DIR with mem-gallery")
HIDDEN = [
    "Her hound.", "Gold tea", "hidden persona", "QA_IMG_001", "session_id", "human-annotated",
    "clue", "TTL", "My dogs!", "harbour crane", "Seventeen of them", NAME, f"{NAME}:3", "Other_Life",
]  # fmt: skip
SNOOP = """
import glob, json, os, sys

WORDS = [word[::-1].encode() for word in BACKWARDS]
PLACES = HERE + ["/proc/self", "/proc/%d" % os.getppid(), "/proc/1", os.getcwd(), "/tmp", "/dev/shm"]


def search(found, where, text):
    for word in WORDS:
        if word in text:
            found.append([word.decode(), where])


def run(context, questions, parameters, services):
    found = []
    handed = [context, questions, dict(parameters), dict(services or {})]
    search(found, "arguments", repr(handed).encode())
    search(found, "environment", repr(dict(os.environ)).encode())
    search(found, "command line", repr(sys.argv).encode())
    read = 0
    for place in PLACES:
        for folder, folders, names in os.walk(place):
            folders[:] = [one for one in folders if one not in ("task", "map_files", "net", "sys")]
            search(found, "names of files", repr([folder, folders, names]).encode())
            for name in names:
                try:
                    with open(os.path.join(folder, name), "rb", buffering=0) as file:
                        search(found, os.path.join(folder, name), file.read(1 << 20) or b"")
                    read += 1
                except (OSError, ValueError):
                    continue
    told = json.dumps({"found": found, "read": read})
    return [{"answer": told, "retrieved": []} for _ in questions]
"""


def snooped(cli: Cli, folder: Path, *places: Path) -> dict[str, Any]:
    """Findings that the program tells, on the tiny study, knowing these places."""
    study = folder / "study" / "study.toml"
    program = SNOOP.replace("BACKWARDS", repr([word[::-1] for word in HIDDEN]))
    program = program.replace("HERE", repr([str(place) for place in places]))
    sources = study_files.load(study).sources
    changed = diff.make(sources, {**sources, "memory_baseline/pipeline.py": program})
    (folder / "snoop.patch").write_text(changed)
    done = cli(
        "run", str(study), "--patch", str(folder / "snoop.patch"), "--json", "--outputs",
        str(folder / "outputs.jsonl"), TOOLKIT_DATA_DIR=str(folder / "data"),
    )  # fmt: skip
    shown = json.loads(done.stdout)
    assert shown["status"] == "ok", shown["detail"]
    rows = [json.loads(line) for line in (folder / "outputs.jsonl").read_text().splitlines()]
    told: dict[str, Any] = json.loads(rows[0]["output"]["answer"])
    return {**told, "isolation": shown["isolation"]}


def test_a_program_that_looks_for_labels_finds_what_it_was_handed_and_no_more(
    cli: Cli, tmp_path: Path
) -> None:
    gallery_studies.put(tmp_path, {NAME: topic(), "Other_Life": other_topic()})
    found = snooped(cli, tmp_path, tmp_path / "data", tmp_path / "study", gallery_studies.STUDIES)
    assert found["isolation"] == "confined"
    assert ["My dogs!", "arguments"] in found["found"]  # the search works
    assert {word for word, _ in found["found"]} == {"My dogs!"}
    assert found["read"] > 5  # it had something to look into


def kinds_in_order() -> Iterator[list[tuple[str, str]]]:
    """(point, gold answer) of every question of a call, in the order that a program gets."""
    study = study_files.load(gallery_studies.STUDIES)
    with LocalEvaluator() as evaluator:
        bench = Bench(study, evaluator)
    bench.follow("a secret")
    for split in ("search", "test"):
        for items in bench.selection(split).batches:
            yield [
                (bench.vault.gold[one.id].kind, bench.vault.gold[one.id].answer) for one in items
            ]


def neighbours(rows: Iterable[list[str]]) -> float:
    """How much oftener than by chance two neighbours are of one point; 0 in a random order."""
    alike = chance = pairs = 0.0
    for row in rows:
        alike += sum(one == other for one, other in pairwise(row))
        counts = Counter(row)
        chance += sum(n * (n - 1) for n in counts.values()) / len(row)
        pairs += len(row) - 1
    return (alike - chance) / pairs


@real
def test_the_place_in_the_list_tells_nothing_of_points_and_answers() -> None:
    """In the files a question is oftener than by chance beside one of its own point."""
    rows = list(kinds_in_order())
    own = MemGallery(DATA).read.values()
    assert neighbours([[qa["point"] for qa in one.questions] for one in own]) > 0.1
    assert abs(neighbours([[point for point, _ in row] for row in rows])) < 0.04
    places = defaultdict(list)
    for row in rows:
        for number, (point, answer) in enumerate(row):
            for name in {point, f"CD {answer}" if point == "CD" else point}:
                places[name].append(number / (len(row) - 1))
    for name, some in places.items():
        noise = (12 * len(some)) ** -0.5  # standard deviation of a mean of uniform places
        assert abs(fmean(some) - 0.5) < 4 * noise, name


@real
def test_inputs_have_one_shape_and_no_id_of_an_item_or_of_a_file() -> None:
    task = MemGallery(DATA)
    items = task.items()
    assert {tuple(item.input) for item in items} == {("text",), ("text", "caption")}
    shown = json.dumps([task.contexts(), [item.input for item in items]])
    for word in ("QA_IMG", ".jpg", ".png", *(f"{name}:" for name in task.topics)):
        assert word not in shown, word
    keys = {key for one in task.contexts().values() for s in one["sessions"] for t in s["turns"]
            for key in t}  # fmt: skip
    assert keys == {"id", "speaker", "text", "img_url", "caption"}


@real
def test_no_picture_is_shared_by_questions() -> None:
    """Else those that come with one picture would tell of each other."""
    captions = Counter(
        (item.call, item.input["caption"]) for item in MemGallery(DATA).items()
        if "caption" in item.input
    )  # fmt: skip
    assert len(captions) == 487 and set(captions.values()) == {1}
