"""Kind "table": the target reaches no program, metrics are scikit-learn's, faults are told."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import kind_studies
import numpy as np
import pytest
import sklearn.metrics
from kind_studies import TABLE, told

from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.records import Candidate
from toolkit.study import study as study_files
from toolkit.study.kinds import metrics, rows
from toolkit.study.kinds.asking import Asking
from toolkit.study.kinds.predicting import TableTask
from toolkit.study.task import Row

MINE = TABLE.replace('"homes.csv"', '"mine.csv"').replace('id = "home"\n', "")
LABELS = 'target = "kind"\nmetric = "accuracy"'


def task_of(folder: Path, text: str, metric: str, **more: Any) -> TableTask:
    path = folder / "mine.csv"
    path.write_text(text)
    found = metrics.named(metric)
    assert found
    return TableTask(Asking({"file": path}, target="y", **more), found)


def objective(task: TableTask, outputs: Sequence[Any]) -> float:
    """The objective of outputs in the order of the items."""
    vault, items = task.vault(), task.items()
    given = [
        Row(item, vault.gold[item.id], output, None)
        for item, output in zip(items, outputs, strict=True)
    ]
    if vault.pool:
        return vault.pool(given)
    assert vault.scorer
    return math.fsum(vault.scorer(one.gold, one.output) for one in given) / len(given)


def truth(task: TableTask) -> list[Any]:
    return [task.vault().gold[item.id].answer for item in task.items()]


NUMBERS = "x,y\n" + "".join(f"{n},{1 + n % 7 + n / 10}\n" for n in range(40))
BINARY = "x,y\n" + "".join(f"{n},{n % 3 % 2}\n" for n in range(40))
THREE = "x,y\n" + "".join(f"{n},{'abc'[n % 3]}\n" for n in range(40))


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("mae", sklearn.metrics.mean_absolute_error),
        ("neg_mean_squared_error", sklearn.metrics.mean_squared_error),
        ("mape", sklearn.metrics.mean_absolute_percentage_error),
        ("msle", sklearn.metrics.mean_squared_log_error),
        ("neg_root_mean_squared_error", sklearn.metrics.root_mean_squared_error),
        ("r2", sklearn.metrics.r2_score),
        ("explained_variance", sklearn.metrics.explained_variance_score),
    ],
)
def test_metrics_of_numbers_are_those_of_scikit_learn(
    tmp_path: Path, name: str, function: Callable[..., float]
) -> None:
    task = task_of(tmp_path, NUMBERS, name)
    given = [abs(math.sin(n)) * 6 for n in range(20)]
    assert objective(task, given) == pytest.approx(function(truth(task), given))


@pytest.mark.parametrize(
    "name", ["accuracy", "balanced_accuracy", "f1", "precision", "recall", "matthews_corrcoef"]
)
def test_metrics_of_two_labels_are_those_of_scikit_learn(tmp_path: Path, name: str) -> None:
    task = task_of(tmp_path, BINARY, name)
    given = [int(n % 4 == 0) for n in range(20)]
    full = {"matthews_corrcoef": name}.get(name, f"{name}_score")
    expected = getattr(sklearn.metrics, full)(truth(task), given)
    assert objective(task, given) == pytest.approx(expected)
    assert objective(task, [float(one) for one in given]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("roc_auc", "roc_auc_score"),
        ("average_precision", "average_precision_score"),
        ("neg_log_loss", "log_loss"),
        ("neg_brier_score", "brier_score_loss"),
    ],
)
def test_metrics_of_probabilities_are_those_of_scikit_learn(
    tmp_path: Path, name: str, full: str
) -> None:
    task = task_of(tmp_path, BINARY, name)
    given = [0.0, 1.0, *((n * 7 % 11) / 11 for n in range(18))]
    expected = getattr(sklearn.metrics, full)(truth(task), given)
    assert objective(task, given) == pytest.approx(expected)


def test_metrics_of_many_labels_are_those_of_scikit_learn(tmp_path: Path) -> None:
    task = task_of(tmp_path, THREE, "f1_macro")
    given = ["abc"[n % 2] for n in range(20)]
    expected = sklearn.metrics.f1_score(truth(task), given, average="macro")
    assert objective(task, given) == pytest.approx(expected)
    task = task_of(tmp_path, THREE, "log_loss")
    shares = np.random.default_rng(3).dirichlet([1, 1, 1], 20)
    tables = [dict(zip("abc", map(float, one), strict=True)) for one in shares]
    expected = sklearn.metrics.log_loss(truth(task), shares, labels=["a", "b", "c"])
    assert objective(task, tables) == pytest.approx(expected)


SPY = """
def run(context, inputs, parameters, services):
    assert all(set(one) == {"rooms", "street"} for one in inputs), inputs
    assert all(set(one) == {"rooms", "street", "price"} for one in context), context
    assert len(context) == 30
    return [1.0 for one in inputs]
"""


def test_a_program_gets_neither_the_target_nor_the_id_of_what_it_is_asked(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    bench = Bench(study_files.load(kind_studies.homes(tmp_path, program=SPY)), evaluator)
    found = bench.run(Candidate())
    assert found.status == "ok", found.detail
    shown = TABLE.replace('id = "home"', 'id = "home"\nshow_id = true')
    bench = Bench(study_files.load(kind_studies.homes(tmp_path, shown)), evaluator)
    assert "home" in bench.task.items()[0].input


THIEF = """
import os


def run(context, inputs, parameters, services):
    found = []
    for place in PLACES:
        try:
            found.append(open(place).read())
        except OSError as error:
            found.append(type(error).__name__)
    for folder, _, files in os.walk("."):
        found += files
    raise ValueError(repr(found))
"""


def test_a_program_cannot_read_the_file_that_holds_the_target(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    places = [str(tmp_path / "homes.csv"), "homes.csv", "program/homes.csv", "../homes.csv"]
    thief = THIEF.replace("PLACES", repr(places))
    study = TABLE.replace('path = "program"', 'path = "."').replace("program/*", "program/*")
    folder = kind_studies.homes(tmp_path, study, thief)
    found = Bench(study_files.load(folder), evaluator).run(Candidate())
    assert found.status == "crashed"
    assert "rooms,street" not in found.detail
    assert "homes.csv" not in found.detail.split("ValueError:")[-1]


def test_rows_come_in_the_order_of_the_runs_secret(tmp_path: Path, toy: Any) -> None:
    bench = Bench(study_files.load(kind_studies.homes(tmp_path)), None)  # type: ignore[arg-type]
    orders = []
    for secret in ("one", "two"):
        bench.follow(secret)
        orders.append([item.id for item in bench.selection("search").batches[0]])
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1]) != orders[0]


def test_groups_stay_whole_in_training_and_in_both_splits(tmp_path: Path) -> None:
    study = TABLE.replace('target = "price"', 'target = "price"\ngroup = "street"\ntrain = 0.3')
    found = study_files.load(kind_studies.homes(tmp_path, study))
    task = found.task()
    known = {row["street"] for row in task.contexts()["table"]}  # type: ignore[attr-defined]
    assert known.isdisjoint(one.cluster for one in task.items())
    assert {one.cluster for one in task.items()} | known == {"a", "b", "c"}


def test_two_files_are_read_as_training_and_asked(tmp_path: Path) -> None:
    train, asked = tmp_path / "a.csv", tmp_path / "b.csv"
    train.write_text("x,y\n1,2\n2,4\n")
    asked.write_text("x,y\n3,6\n4,8.5\n5,10\n")
    metric = metrics.named("rmse")
    assert metric
    task = TableTask(Asking({"train": train, "asked": asked}, target="y"), metric)
    assert task.contexts()["table"] == [{"x": 1, "y": 2.0}, {"x": 2, "y": 4.0}]
    assert [one.input for one in task.items()] == [{"x": 3}, {"x": 4}, {"x": 5}]


@pytest.mark.parametrize(
    ("text", "keys", "message"),
    [
        ("", {}, "mine.csv is empty"),
        ("x,y\n", {}, "holds no row below its header"),
        ("x,z\n1,2\n", {}, "has no column 'y', which [task] target names (its columns are 'x', 'z')"),
        ("x,yy\n1,2\n", {}, "did you mean 'yy'"),
        ("x,y,x\n1,2,3\n", {}, "two columns are called 'x'"),
        ("x,,y\n1,2,3\n", {}, "column 2 has no name"),
        ("x;y\n1;2\n", {}, "write separator = ';'"),
        ("x,y\n1,2\n3\n", {}, "line 3: it has 1 fields, and the first line names 2 columns"),
        ('x,y\n1,2\n"3,4\n', {}, "line 3: it is no CSV: a quote that is opened there"),
        ('x,y\n"1\n1",2\n2,\n3,1\n', {}, "column 'y': there is no value in line 4"),
        ("x,y\n1,2\n2,many\n", {}, "column 'y', line 3: 'many' is no finite number, and [task] metric"),
        ("x,y\n1,2\n2,inf\n", {}, "line 3: 'inf' is no finite number"),
        ("x,y\n1,2\n2,2\n3,2\n4,2\n", {}, "rows all hold 2.0, so there is nothing to predict"),
        ("x,y\n1,2\n1,3\n2,4\n", {"id": "x"}, "the id '1' stands in line 2 and in line 3"),
        ("x,y\n1,2\n,3\n2,4\n", {"id": "x"}, "column 'x': there is no id in line 3"),
        ("x,y\n1,2\n", {}, "holds 1 row(s), too few"),
        ("x,y\n1,-2\n2,3\n3,-4\n4,-1\n", {"metric": "rmsle"}, "rmsle is of numbers that are not neg"),
        (THREE, {"metric": "roc_auc"}, "holds 3 labels ('a', 'b', 'c'), and roc_auc is of two"),
        (THREE, {"metric": "f1"}, "f1 is of two; f1_macro takes many"),
        (THREE.replace("c", "a"), {"metric": "f1"}, "Write positive = 'a' or positive = 'b'"),
        (THREE, {"metric": "accuracy", "positive": "z"}, "positive = 'z' is none of its labels"),
        (NUMBERS, {"metric": "accuracy"}, "labels, nearly one a row"),
    ],
)  # fmt: skip
def test_faults_of_the_file_are_told_with_their_place(
    tmp_path: Path, text: str, keys: dict[str, Any], message: str
) -> None:
    with pytest.raises(rows.StudyError) as error:
        task_of(tmp_path, text, keys.pop("metric", "rmse"), **keys)
    assert message in str(error.value)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(b"x,y\n\xff,1\n")
    with pytest.raises(rows.StudyError, match="no text in UTF-8"):
        rows.read(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('metric = "rmse"', 'metric = "rsme"', "did you mean 'rmse'"),
        (
            'metric = "rmse"',
            'metric = "rmse"\ntrain = 1.0',
            "task.train: must be a number from 0.05",
        ),
        ('file = "homes.csv"', 'file = "home.csv"', "did you mean 'homes.csv'"),
        ('file = "homes.csv"', 'train = "homes.csv"', "task.asked: is missing"),
        ('target = "price"', "", "task.target: is missing"),
        ('id = "home"', 'id = "price"', "task.id: is the target, which no program gets"),
        ('id = "home"', "show_id = true", "name it"),
        ('id = "home"', 'separator = ", "', "must be one character"),
    ],
)
def test_wrong_keys_are_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in told(kind_studies.homes(tmp_path, TABLE.replace(old, new)))


@pytest.mark.parametrize(
    ("text", "metric", "output", "message"),
    [
        (NUMBERS, "rmse", "7", "a prediction is a finite number; got '7'"),
        (NUMBERS, "rmse", True, "a prediction is a finite number; got True"),
        (NUMBERS, "rmsle", -1.0, "a prediction is not negative"),
        (THREE, "accuracy", "d", "one of the labels 'a', 'b', 'c'; got 'd'"),
        (THREE, "accuracy", ["a"], "one of the labels"),
        (BINARY, "log_loss", 1.2, "the probability of the label '1', from 0 to 1; got 1.2"),
        (THREE, "log_loss", 0.5, "a prediction is a table {label: probability}"),
        (THREE, "log_loss", {"a": 0.5, "d": 0.5}, "'d' is none of the labels"),
        (THREE, "log_loss", {"a": 0.5, "b": 0.4}, "add up to 1; got 0.9"),
        (THREE, "log_loss", {"a": 2, "b": -1}, "a probability is a number from 0 to 1"),
    ],
)
def test_predictions_of_another_form_are_told(
    tmp_path: Path, text: str, metric: str, output: Any, message: str
) -> None:
    assert message in task_of(tmp_path, text, metric).check(output)


def test_values_are_numbers_where_all_of_a_column_are(tmp_path: Path) -> None:
    text = "a,b,c,d,y\n1,1.5,007,x,1\n2,,008,,2\n,3,009,NA,3\n"
    (tmp_path / "t.csv").write_text("\ufeff" + text)
    found = rows.read(tmp_path / "t.csv")
    assert found.typed[0] == [1, 1.5, "007", "x", 1]
    assert found.typed[1] == [2, None, "008", None, 2]
    assert found.typed[2] == [None, 3.0, "009", "NA", 3]


def test_constant_predictions_are_floors(tmp_path: Path) -> None:
    assert set(task_of(tmp_path, NUMBERS, "rmse").floors()) == {"mean of training rows", "median"}
    assert task_of(tmp_path, BINARY, "f1").floors() == {"most frequent label": 0}
    (share,) = task_of(tmp_path, BINARY, "log_loss").floors().values()
    assert 0 < share < 1
    (shares,) = task_of(tmp_path, THREE, "log_loss").floors().values()
    assert math.fsum(shares.values()) == pytest.approx(1)
