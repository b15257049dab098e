"""A candidate that looks for labels finds none: it dumps all that it can reach, and we search it.

The dump is everything in the process: arguments, environment, command line, open files, and every
readable page of its memory. File-system confinement is not asked for here.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import zlib
from pathlib import Path

import pytest

from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.jobs import Limits
from toolkit.patches import diff
from toolkit.records import Candidate
from toolkit.study import study as study_files
from toolkit.study.study import Study

DATA = Path(os.environ.get("TOOLKIT_DATA_DIR", "")) / "locomo" / "locomo10.json"
GALLERY = Path(os.environ.get("TOOLKIT_DATA_DIR", "")) / "mem-gallery"
STUDIES = Path(__file__).parent.parent / "studies"
DUMP = '''
import base64, ctypes, os, re, sys, zlib

def memory():
    """Every printable run of five or more characters in readable memory."""
    found = []
    with open("/proc/self/maps") as maps:
        for line in maps.read().splitlines():
            span, mode = line.split()[:2]
            if mode[0] != "r" or mode[1] != "w" or "[v" in line:
                continue
            low, high = (int(end, 16) for end in span.split("-"))
            found += re.findall(rb"[ -~]{5,}", ctypes.string_at(low, high - low))
    return b"\\n".join(found)

def handles():
    shown = []
    for name in os.listdir("/proc/self/fd"):
        try:
            shown.append(name + " " + os.readlink("/proc/self/fd/" + name))
        except OSError:
            pass
    return "\\n".join(shown)

seen = []

def run(*arguments):
    questions = arguments[1]
    seen.append(arguments)
    if len(seen) < CALLS:  # all that it was ever handed is in memory at the last call
        return [{"answer": "", "retrieved": []} for _ in questions]
    parts = [repr(seen), repr(dict(os.environ)), repr(sys.argv), handles()]
    text = "\\n".join(parts).encode() + b"\\n" + memory()
    dump = base64.b64encode(zlib.compress(text, 1)).decode()
    return [{"answer": dump if n == 0 else "", "retrieved": []} for n in range(len(questions))]
'''


def dump_of(study: Study, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a candidate saw, on the search split, while the host held the vault open."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-the-host")
    roomy = dataclasses.replace(study, limits=Limits(cpu_s=60, memory_mb=4096, output_mb=64))
    with LocalEvaluator(preload=study.preload) as evaluator:
        bench = Bench(roomy, evaluator)
        assert bench.vault.gold  # open while the candidate looks around
        program = DUMP.replace("CALLS", str(len(study.splits["search"])))
        changed = {**study.sources, next(iter(study.entry_files)): program}
        candidate = Candidate(patch=diff.make(study.sources, changed))
        result = bench.run(candidate)
    assert result.status == "ok", result.detail
    answers = [output["answer"] for output in result.outputs.values() if output["answer"]]
    return "\n".join(zlib.decompress(base64.b64decode(a)).decode("latin-1") for a in answers)


def test_toy_labels_are_out_of_reach(toy_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = toy_folder / "task.py"
    text = task.read_text().replace('"number"', '"kindofanumber"').replace('"extra"', '"extrakind"')
    text = text.replace("TRUTH = 1.0", 'TRUTH = "31337.25" + "8421"')
    text = text.replace('f"question {number}"', 'f"askingfor-{cluster}-{number}-please"')
    task.write_text(text)
    seen = dump_of(study_files.load(toy_folder), monkeypatch)
    assert "askingfor-a-0-please" in seen  # the search works: what was handed over is found
    assert "askingfor-c-3-please" in seen
    for needle in ("31337.25", "kindofanumber", "extrakind", "askingfor-d", "askingfor-f"):
        assert needle not in seen
    assert "sk-secret-of-the-host" not in seen
    assert str(toy_folder) not in seen


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_file(), reason="needs LoCoMo in TOOLKIT_DATA_DIR")
def test_locomo_labels_are_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    study = study_files.load(STUDIES / "locomo")
    seen = dump_of(study, monkeypatch)
    assert_only_what_is_asked(study, seen, questions=990, answers=500)
    for word in ("adversarial_answer", '"evidence"', "session_summary", "multi-hop", "single-hop"):
        assert word not in seen


@pytest.mark.slow
@pytest.mark.skipif(not GALLERY.is_dir(), reason="needs Mem-Gallery in TOOLKIT_DATA_DIR")
def test_mem_gallery_labels_are_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    study = study_files.load(STUDIES / "mem_gallery")
    seen = dump_of(study, monkeypatch)
    assert_only_what_is_asked(study, seen, questions=700, answers=150)
    for word in ("human-annotated", "session_id", "'clue'", '"clue"', '"point"', "input_image",
                 "QA_IMG", "persona_summary", *study.splits["search"]):  # fmt: skip
        assert word not in seen


def assert_only_what_is_asked(study: Study, seen: str, *, questions: int, answers: int) -> None:
    """Every question of the search split is in a dump; no answer is, and nothing of the test.

    questions, answers: at least so many must be there to look for.
    """
    task = study.task()
    gold, items = task.vault().gold, task.items()
    search, test = (set(study.splits[split]) for split in ("search", "test"))
    shown = json.dumps([task.contexts()[c] for c in sorted(search)], ensure_ascii=False)
    shown = shown.replace('\\"', '"')
    asked = [text for item in items if item.cluster in search for text in item.input.values()]
    plain = [text for text in asked if text.isascii()]  # the dump keeps printable ASCII
    assert len(plain) > questions
    assert [text for text in plain if text not in seen] == []
    open_text = shown + " ".join(asked) + " ".join(study.sources.values())
    secret = {
        str(gold[item.id].answer)
        for item in items
        if len(str(gold[item.id].answer)) >= 16 and str(gold[item.id].answer) not in open_text
    }
    assert len(secret) > answers
    assert [answer for answer in secret if answer in seen] == []
    hidden = [
        i.input["text"] for i in items if i.cluster in test and i.input["text"] not in open_text
    ]
    assert [text for text in hidden if text in seen] == []
    for cluster in test:
        turns = [turn["text"] for s in task.contexts()[cluster]["sessions"] for turn in s["turns"]]
        long = [text for text in turns if len(text) > 40]
        assert not any(text in seen for text in long)


@pytest.mark.skipif(not DATA.is_file(), reason="needs LoCoMo in TOOLKIT_DATA_DIR")
def test_the_place_in_the_list_tells_nothing() -> None:
    """In LoCoMo's own order, refusing the last 23 % finds 97 % of the adversarial questions."""
    study = study_files.load(STUDIES / "locomo")
    with LocalEvaluator() as evaluator:
        bench = Bench(study, evaluator)
    bench.follow("a secret")
    for split in ("search", "test"):
        tail, tail_hits, total, hits = 0, 0, 0, 0
        for items in bench.selection(split).batches:
            flags = [bench.vault.gold[item.id].kind == "adversarial" for item in items]
            start = round(0.77 * len(flags))
            tail += len(flags[start:])
            tail_hits += sum(flags[start:])
            total += len(flags)
            hits += sum(flags)
        assert abs(tail_hits / tail - hits / total) < 0.06
