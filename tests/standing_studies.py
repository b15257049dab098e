"""The bundled studies digits, nanolm and packing, ready to run as a command would run them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from toolkit.bench.bench import Bench
from toolkit.places import Place, opened
from toolkit.plugins import installed
from toolkit.records import Candidate
from toolkit.study import study as study_files
from toolkit.study.study import Study
from toolkit.study.task import Item

SEED = 7


def bundled(name: str) -> Study:
    return study_files.load(installed().find("study", name).value)


@contextmanager
def running(study: Study) -> Iterator[Bench]:
    """Bench of a study, with what it hides, as `toolkit run` opens it."""
    with opened(Place(slots=1), study, installed(), hidden=[study.folder]) as evaluator:
        yield Bench(study, evaluator)


def level(bench: Bench, overrides: Mapping[str, Any], split: Any = "search") -> float:
    """Objective of one run under a fixed seed, in its own direction."""
    found = bench.run(Candidate(overrides), split, seed=SEED, once=True)
    assert found.status == "ok", found.detail
    shown = bench.study.objective.shown(found.score)
    assert shown is not None
    return shown


def of_split(study: Study, split: str) -> Sequence[Item]:
    names = set(study.clusters(split))
    return [item for item in study.task().items() if item.cluster in names]


def digest_of_items(task: Any) -> str:
    """Digest of contexts, inputs, clusters and gold, in their order."""
    gold = task.vault().gold
    rows = [[one.id, one.cluster, one.input, gold[one.id].answer] for one in task.items()]
    return hashlib.sha256(json.dumps([task.contexts(), rows]).encode()).hexdigest()[:16]
