"""Kind "ranking": the files of BEIR and TREC, and measures with trec_eval's definitions."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable
from pathlib import Path

import kind_studies
import numpy as np
import pytest
from kind_studies import RANKING, told
from sklearn.metrics import ndcg_score

from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.records import Candidate
from toolkit.study import study as study_files
from toolkit.study.kinds import trec


@pytest.mark.parametrize("depth", [1, 3, 10])
def test_ndcg_is_that_of_scikit_learn(depth: int) -> None:
    rng = np.random.default_rng(depth)
    for _ in range(5):
        grades = rng.integers(0, 4, 12)
        scores = rng.permutation(12).astype(float)
        ranked = [f"d{n}" for n in np.argsort(-scores)]
        expected = ndcg_score([grades], [scores], k=depth)
        given = trec.ndcg({f"d{n}": int(one) for n, one in enumerate(grades)}, ranked, depth)
        assert given == pytest.approx(expected)


GRADES = {"a": 2, "b": 1, "c": 0, "d": -1, "e": 1}
RANKED = ["x", "b", "c", "a", "d"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ndcg@3", (1 / math.log2(3)) / (2 + 1 / math.log2(3) + 1 / 2)),
        ("mrr@10", 1 / 2),
        ("MRR@1", 0),
        ("map", (1 / 2 + 2 / 4) / 3),
        ("map@2", (1 / 2) / 3),
        ("recall@3", 1 / 3),
        ("recall@100", 2 / 3),
        ("precision@5", 2 / 5),
        ("precision@10", 2 / 10),
        ("success@1", 0),
        ("success@2", 1),
    ],
)
def test_measures_are_those_worked_out_by_hand(name: str, value: float) -> None:
    measure = trec.measure(name)
    assert measure
    assert measure(GRADES, RANKED) == pytest.approx(value)


def test_a_run_is_ordered_by_score_and_then_by_name_as_trec_eval_does() -> None:
    text = "q1 Q0 a 1 0.5 mine\nq1 Q0 b 2 0.5 mine\nq1 Q0 c 3 0.9 mine\nq2 Q0 a 1 1 mine\n"
    assert trec.run_file(text, "run") == {"q1": ["c", "b", "a"], "q2": ["a"]}
    assert trec.run_file('{"q1": ["b", 3]}', "run") == {"q1": ["b", "3"]}
    for wrong in ("q1 a 0.5\n", "q1 Q0 a 1 nan mine\n", "q1 Q0 a 1 best mine\n"):
        with pytest.raises(ValueError, match=r"run, line 1: .* is none of a run"):
            trec.run_file(wrong, "run")


def test_judgements_of_trec_and_of_beir_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "qrels"
    found = []
    for text in ("query-id\tcorpus-id\tscore\n1\td 1\t2\n", "1\t0\td 1\t2\n", "1\td 1\t2\r\n"):
        path.write_text(text)
        found.append(trec.qrels(path))
    assert found == [{"1": {"d 1": 2}}] * 3
    path.write_text("1 0 d1 2\n1 0 d2 -1\n")
    assert trec.qrels(path) == {"1": {"d1": 2, "d2": -1}}


def test_a_query_without_a_relevant_document_is_left_out_and_told(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = Bench(study_files.load(kind_studies.notes(tmp_path)), evaluator)
    assert {one.id for one in bench.task.items()} == {f"q{n}" for n in range(6)}
    (note,) = bench.study.notes
    assert note == "1 of the 7 queries has no relevant document and is left out"


def test_a_ranking_is_judged_and_the_right_one_is_best(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = Bench(study_files.load(kind_studies.notes(tmp_path)), evaluator)
    base, better = bench.run(Candidate()), bench.run(Candidate({"backwards": False}))
    assert (base.score, base.status) == (0, "ok")
    assert better.score is not None and better.score > 0.5
    assert better.score == pytest.approx(math.fsum(better.items.values()) / 3)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("d1", "a ranking is a list of document ids, the best first; got 'd1'"),
        (["d1", None], "it holds None"),
        (["d1", "d2", "d1"], "names each document once; it names 'd1' twice"),
    ],
)
def test_a_ranking_of_another_form_is_told(tmp_path: Path, output: object, message: str) -> None:
    task = study_files.load(kind_studies.notes(tmp_path)).task()
    assert message in task.check(output)  # type: ignore[attr-defined]
    assert task.check(["of no corpus"]) == ""  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("corpus.jsonl", "d1\n", "corpus.jsonl, line 1: it is no JSON object"),
        ("corpus.jsonl", '{"text": "x"}\n', 'this document has no "_id"'),
        ("corpus.jsonl", '{"_id": "a"}\n\n{"_id": "a"}\n', "'a' stands in line 1 and in line 3"),
        ("corpus.jsonl", '{"_id": "other"}\n', "judges no document of"),
        ("queries.jsonl", '{"_id": "q0", "text": 3}\n', '"text" is 3, and no text'),
        ("queries.jsonl", '{"_id": "other"}\n', "judges no query of"),
        ("queries.jsonl", "", "holds no query"),
        ("qrels.tsv", "q0\td0\n", "line 1: 'q0\\td0' is no judgement"),
        ("qrels.tsv", "a\tb\tc\nq0\td0\thigh\n", "line 2: 'q0\\td0\\thigh' is no judgement"),
        ("qrels.tsv", "q0\td0\t1\nq0\td0\t2\n", "line 2: the document 'd0' is judged twice"),
        ("qrels.tsv", "q0\td0\t1\nq1\td0\t0\n", "1 of the 7 queries has a relevant document"),
    ],
)
def test_faults_of_the_files_are_told_with_their_line(
    tmp_path: Path, file: str, text: str, message: str
) -> None:
    folder = kind_studies.notes(tmp_path)
    (folder / file).write_text(text)
    assert message in told(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ndcg@3", "ndgc@3", "did you mean 'ndcg'"),
        ("ndcg@3", "ndcg@0", "write ndcg@10, mrr@10"),
        ("qrels.tsv", "qrel.tsv", "did you mean 'qrels.tsv'"),
        ('queries = "queries.jsonl"', "", "task.queries: is missing"),
    ],
)
def test_wrong_keys_are_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in told(kind_studies.notes(tmp_path, RANKING.replace(old, new)))


@pytest.mark.parametrize(
    "command",
    [
        ("run", "mine"),
        ("compare", "mine", "--budget", "1", "--searchers", "random", "--after", "none",
         "--no-plots", "--json"),
        ("assess", "mine", "--settings", "0", "--runs", "2"),
    ],
)  # fmt: skip
def test_what_is_to_be_known_of_the_data_is_told_once_by_every_command(
    cli: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, command: tuple[str, ...]
) -> None:
    kind_studies.notes(tmp_path / "mine")
    done = cli(*command)
    assert done.returncode == 0, done.stderr
    line = "notes: 1 of the 7 queries has no relevant document and is left out\n"
    assert (done.stderr.count(line), done.stdout.count(line)) == (1, 0)


def test_a_script_gets_no_field_of_a_query_that_may_hold_the_answer(tmp_path: Path) -> None:
    kind_studies.found(tmp_path)
    path = tmp_path / "queries.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    leaky = [
        {**row, "metadata": {f"d{n}": [{"label": "SUPPORT"}]}, "kind": "plain"}
        for n, row in enumerate(rows)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in leaky))
    study_file = tmp_path / "study.toml"
    text = study_file.read_text().replace("[task]\n", '[task]\nquery_fields = ["kind"]\n')
    study_file.write_text(text)
    study = study_files.load(tmp_path)
    task = study.task()
    given = task.given(task.items())["queries.jsonl"].decode()
    assert [set(json.loads(line)) for line in given.splitlines()] == [{"_id", "text", "kind"}] * 6
    assert "a program gets the id and the text of a query, and not metadata" in study.notes[-1]
