"""Studies that `toolkit init` wrote once: every later version loads them, and their scores stay."""

from __future__ import annotations

import tomllib
from pathlib import Path
from shutil import copytree

import pytest
from programs_elsewhere_at import ELSEWHERE

from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.records import Candidate
from toolkit.scaffold.answers import KINDS
from toolkit.study import study as study_files
from toolkit.study.study import Study

FROZEN = Path(__file__).parent / "frozen_studies"
OF = {
    "evaluator": "circles", "printed": "charlm", "ranking": "ranker", "table": "submission",
    "timed": "sorting", "validated": "points",
}  # fmt: skip
SPACES = {"evaluator": 8, "printed": 10, "ranking": 7, "table": 1, "timed": 1, "validated": 2}


def loaded(kind: str, tmp_path: Path) -> Study:
    root = tmp_path / OF[kind]
    copytree(ELSEWHERE / OF[kind], root)
    (root / "study.toml").write_bytes((FROZEN / kind / "study.toml").read_bytes())
    return study_files.load(root)


def test_there_is_a_frozen_study_of_every_kind() -> None:
    assert sorted(path.name for path in FROZEN.iterdir()) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_study_of_an_earlier_version_loads(kind: str, tmp_path: Path) -> None:
    study = loaded(kind, tmp_path)
    written = tomllib.loads((FROZEN / kind / "study.toml").read_text())
    assert list(study.space) == list(written["parameters"])
    assert len(study.space) == SPACES[kind]
    assert study.kind is not None
    assert study.kind.name == kind
    assert study.task().items()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {"timed", "printed"}])
def test_a_study_of_an_earlier_version_scores_its_program(kind: str, tmp_path: Path) -> None:
    study = loaded(kind, tmp_path)
    with LocalEvaluator(slots=1, command=study.script) as evaluator:
        found = Bench(study, evaluator).run(Candidate(), "search")
    assert found.status == "ok", found.detail
    assert study.objective.shown(found.score) == pytest.approx(SCORES[kind], abs=1e-4)


SCORES = {"evaluator": 0.40598, "ranking": 0.8696, "table": 24.3427, "validated": 0.1299}
