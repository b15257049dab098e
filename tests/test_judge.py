import pickle
from pathlib import Path

import pytest

from toolkit.bench.judge import Malformed, Prediction, judge, read
from toolkit.study.study import Study


def test_malformed_answers_say_what_is_expected(toy: Study) -> None:
    items = [item for item in toy.task().items() if item.cluster == "a"]
    good = {"answer": "1", "retrieved": ["t1"]}
    assert read([items], [[good] * 4])["a:0"] == Prediction("1", ("t1",))
    for wrong in (None, "text", [good] * 3, [good] * 5, {"answer": "1"}):
        with pytest.raises(Malformed, match="list of 4 answers"):
            read([items], [wrong])
    for wrong in ("1", {"answer": 1}, {"retrieved": []}, None):
        with pytest.raises(Malformed, match="each answer must be"):
            read([items], [[good, good, good, wrong]])
    with pytest.raises(Malformed, match="retrieved"):
        read([items], [[good, good, good, {"answer": "1", "retrieved": "t1"}]])


def test_objective_leaves_the_uncounted_kind_out(toy: Study) -> None:
    vault = toy.task().vault()
    predictions = {f"a:{n}": Prediction("0.5" if n < 3 else "no", ("t1",)) for n in range(4)}
    found = judge(vault, predictions)
    assert found.score == 0.5
    assert found.metrics["overall"] == pytest.approx(1.5 / 4)
    assert found.metrics["extra"] == 0
    assert found.metrics["evidence_recall"] == 1
    assert found.metrics["false_refusals"] == 0


def test_false_refusals_are_counted(toy: Study) -> None:
    predictions = {"a:0": Prediction("no", ()), "a:1": Prediction("1", ())}
    found = judge(toy.task().vault(), predictions)
    assert found.metrics["false_refusals"] == 0.5
    assert found.metrics["evidence_recall"] == 0


def test_a_vault_is_never_pickled(toy: Study, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(toy.task().vault())


def test_items_have_no_gold(toy: Study) -> None:
    assert set(vars(toy.task().items()[0])) == {"id", "cluster", "question"}
