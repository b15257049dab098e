"""The study nanolm: its text, its scorer in bits, its headroom, and the same on torch."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from standing_studies import bundled, digest_of_items, level, of_split, running

from toolkit.bench.bench import Bench
from toolkit.study import study as study_files
from toolkit.study.study import Study
from toolkit.study.task import Gold, Item

TORCH = ROOT / "studies" / "nanolm" / "torch.toml"
ALPHABET = "abcdefghijklmnopqrstuvwxyz ,.-'\";:!?()"
TUNED = {"learning_rate": 0.006, "hidden": 128, "context": 5, "cooldown": 0.7}
SHOWN = 40


@pytest.fixture(scope="module")
def study() -> Study:
    return bundled("nanolm")


@pytest.fixture(scope="module")
def task(study: Study) -> Any:
    return study.task()


@pytest.fixture(scope="module")
def bench(study: Study) -> Iterator[Bench]:
    with running(study) as found:
        yield found


def bits(task: Any, came: str, output: Sequence[float]) -> float:
    return task.vault().scorer(Gold(came), list(output))


def one_hot(character: str, high: float = 1, low: float = 0) -> list[float]:
    return [high if one == character else low for one in ALPHABET]


def test_bits_are_those_of_the_share_of_all_weights(task: Any) -> None:
    size = len(ALPHABET)
    assert size == 38
    assert (
        bits(task, "q", [1] * size)
        == pytest.approx(math.log2(38))
        == pytest.approx(5.2479, abs=1e-4)
    )
    assert bits(task, "q", [0.001] * size) == pytest.approx(math.log2(38))
    assert bits(task, "a", one_hot("a")) == 0.0
    assert bits(task, "a", one_hot("a", high=37, low=1)) == pytest.approx(1.0)
    assert bits(task, ")", one_hot(")", high=37 / 3, low=1)) == pytest.approx(2.0)


def test_a_character_that_was_said_to_be_impossible_costs_thirty_bits(task: Any) -> None:
    assert bits(task, "b", one_hot("a")) == 30.0
    assert bits(task, "b", one_hot("a", high=1, low=2.0**-40)) == 30.0
    assert bits(task, "b", one_hot("a", high=1, low=2.0**-20)) == pytest.approx(20.0, abs=1e-3)


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ([1] * 37, "an output is a list of 38 weights, one for each character"),
        ([1] * 39, "an output is a list of 38 weights, one for each character"),
        ({"a": 1}, "an output is a list of 38 weights, one for each character"),
        (None, "an output is a list of 38 weights, one for each character"),
        ([1] * 37 + ["1"], "a weight is a number"),
        ([1] * 37 + [True], "a weight is a number"),
        ([1] * 37 + [None], "a weight is a number"),
        ([1] * 37 + [-1e-9], "weights are at least 0, and their sum is above 0 and finite"),
        ([0] * 38, "weights are at least 0, and their sum is above 0 and finite"),
        ([math.inf] * 38, "weights are at least 0, and their sum is above 0 and finite"),
        ([math.nan] * 38, "weights are at least 0, and their sum is above 0 and finite"),
        ([1] * 37 + [math.nan], "weights are at least 0, and their sum is above 0 and finite"),
        ([1e308] * 38, "weights are at least 0, and their sum is above 0 and finite"),
        ([10**400] * 38, "weights are at least 0, and their sum is above 0 and finite"),
    ],
)  # fmt: skip
def test_a_malformed_distribution_is_told_what_it_should_be(
    task: Any, output: Any, told: str
) -> None:
    assert task.check(output) == told


def test_weights_need_not_add_up_to_one(task: Any) -> None:
    assert task.check([1] * 38) == task.check(one_hot("a", high=250)) == ""


def test_both_splits_have_as_many_passages_of_entries_of_their_own(study: Study) -> None:
    search, test = of_split(study, "search"), of_split(study, "test")
    assert len(search) == len(test) == 900
    assert len({one.cluster for one in search}) > 100
    assert not {one.cluster for one in search} & {one.cluster for one in test}
    every = [one.input for one in [*search, *test]]
    assert len(set(every)) == len(every)


def test_no_passage_shows_a_character_that_another_asks_for(task: Any) -> None:
    """By position: an entry's passages lie one after the other, with a gap behind each."""
    half = len(task.entries) // 2
    parts = {"search": task.entries[half::2], "test": task.entries[half + 1 :: 2]}
    gold, places = task.vault().gold, {}
    for item in task.items():
        split, number, at = item.id.replace(":", " ").split()
        text, place = parts[split][int(number)], int(at)
        assert text[place - SHOWN : place] == item.input
        assert text[place] == gold[item.id].answer
        places.setdefault(text, []).append(place)  # by the text: some entry may stand twice
    for asked in places.values():
        for one, other in itertools.permutations(asked, 2):
            assert not other - SHOWN <= one <= other


def test_no_passage_is_in_the_text_to_train_on(task: Any) -> None:
    text = task.contexts()["text"]["text"]
    assert not [item.id for item in task.items() if item.input in text]
    assert set(text) == {*ALPHABET, "\n"}
    asked = task.entries[len(task.entries) // 2 :]
    assert not set(asked) & set(text.split("\n"))


def test_the_passages_come_in_one_order_whatever_is_installed(task: Any) -> None:
    assert digest_of_items(task) == "34798d9a51969cfa"


def test_floors_are_what_their_names_say(task: Any, study: Study) -> None:
    floors = task.floors()
    of_search = of_split(study, "search")
    assert mean_bits(task, of_search, floors["all alike"]) == pytest.approx(math.log2(38))
    assert 4.0 < mean_bits(task, of_search, floors["by frequency"]) < 4.4


def mean_bits(task: Any, items: Sequence[Item], output: Sequence[float]) -> float:
    vault = task.vault()
    return math.fsum(vault.scorer(vault.gold[one.id], output) for one in items) / len(items)


def test_the_defaults_are_reasonable_and_tuning_has_headroom(bench: Bench) -> None:
    baseline = level(bench, {})
    assert 3.2 < baseline < 3.45
    assert level(bench, TUNED) < baseline - 0.2


@pytest.mark.slow
def test_tuning_has_headroom_on_the_sealed_entries_too(bench: Bench) -> None:
    baseline = level(bench, {}, "test")
    assert 3.2 < baseline < 3.45
    assert level(bench, TUNED, "test") < baseline - 0.2


def test_the_study_on_torch_differs_by_its_program_alone(study: Study) -> None:
    other = study_files.load(TORCH)
    assert (other.name, other.preload) == ("nanolm-torch", ("numpy", "torch"))
    for name in ("entry", "editable", "space", "splits", "seed", "objective", "hidden", "folder"):
        assert getattr(other, name) == getattr(study, name)
    assert digest_of_items(other.task()) == digest_of_items(study.task())
    assert set(other.files) == set(study.files)
    assert other.files["nanolm/text.py"] == study.files["nanolm/text.py"]
    assert not [path for path, text in study.sources.items() if "torch" in text]


def torch_python() -> str:
    """Interpreter with torch and numpy: ours, or the one that TOOLKIT_GPU_PYTHON names."""
    python = os.environ.get("TOOLKIT_GPU_PYTHON", "") or sys.executable
    asked = [python, "-c", "import numpy, torch"]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("neither this environment nor TOOLKIT_GPU_PYTHON has torch and numpy")
    return "" if python == sys.executable else python


@pytest.mark.slow
@pytest.mark.parametrize("overrides", [{}, TUNED], ids=["defaults", "tuned"])
def test_torch_reaches_what_numpy_reaches_with_the_same_draws(
    bench: Bench, tmp_path: Path, overrides: dict[str, Any]
) -> None:
    python = torch_python()
    text = f'extends = "{TORCH}"\n' + (f'code.python = "{python}"\n' if python else "")
    (tmp_path / "study.toml").write_text(text)
    with running(study_files.load(tmp_path)) as other:
        assert level(other, overrides) == pytest.approx(level(bench, overrides), abs=0.001)
