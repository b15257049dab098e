"""Kinds of task that a study's file declares: what they have in common, and each run whole."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import kind_studies
import pytest
from kind_studies import told

from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.records import Candidate
from toolkit.study import study as study_files
from toolkit.study.study import Study

Open = Callable[..., Bench]
ALL = [kind_studies.circles, kind_studies.sorting, kind_studies.homes, kind_studies.notes]


@pytest.mark.parametrize("make", ALL)
def test_the_baseline_of_each_kind_has_a_score_on_every_split(
    tmp_path: Path, evaluator: LocalEvaluator, make: Callable[[Path], Path]
) -> None:
    bench = Bench(study_files.load(make(tmp_path)), evaluator)
    found = [bench.run(Candidate(), split) for split in bench.splits]
    assert [one.status for one in found] == ["ok"] * len(found)
    assert all(one.score is not None for one in found)


@pytest.mark.slow
@pytest.mark.parametrize("make", ALL)
def test_a_comparison_of_each_kind_runs_whole(
    tmp_path: Path, cli: Callable[..., subprocess.CompletedProcess[str]], make: Callable[..., Path]
) -> None:
    make(tmp_path)
    study = tmp_path / "study.toml"
    if "[parameters]" not in study.read_text():
        study.write_text(study.read_text() + "\n[parameters]\nx = { int = [1, 9], default = 1 }\n")
    done = cli("compare", ".", "--budget", "3", "--searchers", "random")
    assert done.returncode == 0, done.stderr
    assert "random" in done.stdout


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'kind = "tabel"',
            '1 problem(s):\n  task.kind: must be one of "python", "evaluator", "printed"',
        ),
        ('kind = "tabel"', "did you mean 'table'"),
        ('kind = "table"\nclass = "task.py:Mine"', "task.class: is not a known key"),
        (
            'kind = "table"\ntarge = "price"',
            "task.targe: is not a known key; did you mean 'target'",
        ),
    ],
)
def test_a_kind_that_nobody_knows_is_told(tmp_path: Path, line: str, message: str) -> None:
    folder = kind_studies.homes(tmp_path, kind_studies.TABLE.replace('kind = "table"', line))
    assert message in told(folder)


@pytest.mark.parametrize(
    ("make", "text", "message"),
    [
        (kind_studies.homes, 'evidence = "reported"', 'the host itself scores kind "table"'),
        (kind_studies.sorting, 'evidence = "judged"', 'it is "measured"; leave the key out'),
        (kind_studies.homes, 'direction = "maximize"', 'has its own, "minimize"'),
        (kind_studies.notes, 'direction = "minimize"', 'has its own, "maximize"'),
    ],
)
def test_no_study_can_say_that_a_score_is_known_otherwise(
    tmp_path: Path, make: Callable[[Path], Path], text: str, message: str
) -> None:
    study = make(tmp_path) / "study.toml"
    study.write_text(f"{study.read_text()}\n[objective]\n{text}\n")
    assert message in told(study)


def loaded(study: Path, old: str = "", new: str = "") -> Study:
    study.write_text(study.read_text().replace(old, new))
    return study_files.load(study)


def test_a_share_of_the_clusters_is_sealed_by_the_seed(tmp_path: Path) -> None:
    study = kind_studies.notes(tmp_path) / "study.toml"
    first = loaded(study)
    parts = {split: set(first.clusters(split)) for split in ("search", "test")}
    assert parts["search"] | parts["test"] == {f"q{n}" for n in range(6)}
    assert len(parts["search"]) == len(parts["test"]) == 3
    other = loaded(study, 'name = "notes"', 'name = "notes"\nseed = 5')
    assert set(other.clusters("test")) != parts["test"]
    more = loaded(study, "[task]", "[splits]\ntest = 0.2\n[task]")
    assert len(more.clusters("test")) == 1
    assert len({one.digest for one in (first, other, more)}) == 3


def test_the_digest_holds_the_files_and_what_is_said_of_them(tmp_path: Path) -> None:
    study = kind_studies.notes(tmp_path) / "study.toml"
    first = loaded(study).digest
    assert loaded(study, 'name = "notes"', 'name = "other"').digest == first
    assert loaded(study, "ndcg@3", "ndcg@5").digest != first
    study.write_text(study.read_text().replace("ndcg@5", "ndcg@3"))
    assert loaded(study).digest == first
    qrels = tmp_path / "qrels.tsv"
    qrels.write_text(qrels.read_text() + "q6\td1\t0\n")
    assert loaded(study).digest != first


def test_one_cluster_cannot_be_sealed_in_part(tmp_path: Path) -> None:
    study = kind_studies.circles(tmp_path) / "study.toml"
    study.write_text(f"{study.read_text()}\n[splits]\ntest = 0.5\n")
    assert 'there is one only: write test = "none"' in told(study)


@pytest.mark.parametrize("make", ALL[1:])
def test_no_program_gets_the_files_that_hold_answers(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    study = make(tmp_path) / "study.toml"
    whole = study.read_text()
    entry = whole.split('entry = "program.')[1].split('"')[0]
    study.write_text(whole.replace('path = "program"', 'path = "."'))
    kind = study_files.load(study).kind
    assert kind and kind.files
    copy = tmp_path / "program" / "copy.bak"
    secret = next(iter(kind.files.values()))
    copy.write_bytes(secret.read_bytes())
    found = study_files.load(study).files
    assert "program/" + entry.split(":")[0] + ".py" in found
    names = {path.relative_to(tmp_path).as_posix() for path in kind.files.values()}
    assert not names & set(found)
    assert {"study.toml", "program/copy.bak"}.isdisjoint(found)


def test_a_run_below_the_code_is_none_of_the_program(tmp_path: Path) -> None:
    study = kind_studies.circles(tmp_path) / "study.toml"
    study.write_text(study.read_text().replace('path = "program"', 'path = "."'))
    first = study_files.load(study).digest
    run = tmp_path / "runs" / "circles"
    run.mkdir(parents=True)
    (run / "ledger.sqlite").write_bytes(b"facts")
    (run / "summary.json").write_text(json.dumps({}))
    assert study_files.load(study).digest == first
