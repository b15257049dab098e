"""Parameters that toolkit init proposes: which values, and in which ranges."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from programs_elsewhere_at import ELSEWHERE, NAMES
from proposed import code, proposed

from toolkit.errors import UserError
from toolkit.scaffold import answers, parameters, ranges, words


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("boosting", {"--learning-rate", "--num-leaves", "--max-iter", "--l2",
                      "--min-samples-leaf", "--loss", "--log-target"}),
        ("charlm", {f"train.py:{one}" for one in (
            "CONTEXT", "EMBED_DIM", "HIDDEN", "LEARNING_RATE", "BATCH_SIZE", "NUM_STEPS",
            "MOMENTUM", "WEIGHT_DECAY", "WARMUP_RATIO", "NESTEROV")}),
        ("ranker", {f"config.yaml:{one}" for one in (
            "retrieval.k1", "retrieval.b", "retrieval.top_k", "text.lowercase", "text.stopwords",
            "text.min_length", "title_boost")}),
        ("points", {"stack.py:TURN", "stack.py:SPREAD"}),
        ("submission", {"--neighbours"}),
        ("sorting", {"fastsort.py:THRESHOLD"}),
        ("strip", {"pack.py:key#0.3", "pack.py:pack#0.05", "pack.py:pack#0.01"}),
    ],
)  # fmt: skip
def test_values_that_change_the_program_are_parameters_and_no_others(
    name: str, places: set[str]
) -> None:
    """No seed, no path, no amount of evaluation, and no size of the problem is among them."""
    assert {one.at for one in proposed(ELSEWHERE / name).parameters} == places


def test_numbers_in_a_marked_block_are_parameters_where_nothing_else_is_there() -> None:
    found = {one.at: one for one in proposed(ELSEWHERE / "circles").parameters}
    assert "initial_program.py:construct_packing#0.3@1" in found
    assert all(at.startswith("initial_program.py:construct_packing#") for at in found)
    assert "line 21" in found["initial_program.py:construct_packing#0.3@1"].comment


@pytest.mark.parametrize("name", NAMES)
def test_every_range_holds_the_value_of_the_code(name: str) -> None:
    for one in proposed(ELSEWHERE / name).parameters:
        assert ranges.holds(one.shape, one.value), one


@pytest.mark.parametrize(
    ("name", "value", "shape"),
    [
        ("learning_rate", 0.1, {"float": [0.01, 1.0], "log": True}),
        ("weight_decay", 1e-4, {"float": [1e-6, 1e-3], "log": True}),
        ("dropout", 0.1, {"float": [0.0, 0.5]}),
        ("subsample", 1.0, {"float": [0.1, 1.0]}),
        ("momentum", 0.9, {"float": [0.5, 0.999]}),
        ("cooling", 0.997, {"float": [0.97, 0.9997]}),
        ("gamma", 0.99, {"float": [0.9, 0.999]}),
        ("scale", 2.0, {"float": [0.5, 8.0]}),
        ("bias", -2.0, {"float": [-8.0, -0.5]}),
        ("hidden", 64, {"choices": [16, 32, 64, 128, 256]}),
        ("depth", 6, {"int": [1, 24]}),
        ("layers", 1, {"int": [1, 4]}),
        ("num_leaves", 31, {"int": [7, 124], "log": True}),
        ("epochs", 20, {"int": [5, 40], "log": True}),
        ("nesterov", False, {"flag": True}),
        ("activation", "relu", None),
        ("betas", (0.9, 0.95), None),
        ("retriever.k1", 0.9, {"float": [0.23, 3.6]}),
        ("retriever.k1", 1.2, {"float": [0.3, 4.8]}),
        ("retriever.b", 0.4, {"float": [0.0, 1.0]}),
    ],
)
def test_a_range_follows_from_value_and_name(name: str, value: Any, shape: Any) -> None:
    assert ranges.proposed(name, value) == shape


@pytest.mark.parametrize("name", ["SEED", "data_dir", "num_workers", "test_size", "eval_tokens",
                                  "log_interval", "random_state", "outputPath", "device", "TRAIN_SHARE",
                                  "trainFraction", "train_size", "valid_ratio"])  # fmt: skip
def test_what_nobody_should_tune_is_left_out(name: str) -> None:
    assert not words.tunable(name)


@pytest.mark.parametrize("name", ["train_steps", "train_batch", "dropout_ratio", "feature_share"])
def test_what_only_sounds_like_an_amount_of_data_is_tuned(name: str) -> None:
    assert words.tunable(name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("k1=0.5:3", ("k1", {"float": [0.5, 3]})),
        ("depth=2:9", ("depth", {"int": [2, 9]})),
        ("act=relu,tanh", ("act", {"choices": ["relu", "tanh"]})),
        ("width=8,16", ("width", {"choices": [8, 16]})),
    ],
)
def test_a_range_is_typed_in_one_word(text: str, found: tuple[str, Any]) -> None:
    assert answers.ranges((text,)) == dict([found])


@pytest.mark.parametrize("text", ["k1", "k1=", "=1:2", "k1=3:1", "k1=a:b"])
def test_a_range_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--range"):
        answers.ranges((text,))


def test_at_most_a_dozen_parameters_are_taken_and_the_others_are_named(tmp_path: Path) -> None:
    lines = "".join(f"DEPTH_{n} = {n + 3}\n" for n in range(20))
    total = " + ".join(f"DEPTH_{n}" for n in range(20))
    study = proposed(code(tmp_path, main=f'{lines}print("loss:", {total})\n'))
    assert len(study.parameters) == parameters.MOST
    assert any("8 more values could be set" in one for one in study.warnings)


def test_the_size_of_the_problem_is_no_parameter(tmp_path: Path) -> None:
    head = '"""Cut rolls of length 240 into pieces."""\n'
    root = code(tmp_path, main=head + 'LENGTH = 240\nDEPTH = 3\nprint("waste:", LENGTH / DEPTH)\n')
    assert [one.name for one in proposed(root).parameters] == ["DEPTH"]


def test_a_constant_that_no_line_reads_is_no_parameter(tmp_path: Path) -> None:
    body = 'BAND = 24\nDEPTH = 3\nprint("loss:", DEPTH)\n'
    study = proposed(code(tmp_path, main=body))
    assert [one.name for one in study.parameters] == ["DEPTH"]
    assert "No line reads BAND, so that no search sets it." in study.warnings
    at_will = body.replace("DEPTH)", 'globals()["DEPTH"])')
    found = proposed(code(tmp_path, main=at_will)).parameters
    assert [one.name for one in found] == ["BAND", "DEPTH"]


def test_a_field_that_is_handed_on_without_its_name_is_a_parameter(tmp_path: Path) -> None:
    body = """
        from dataclasses import asdict, dataclass

        @dataclass
        class Config:
            depth: int = 3

        print("loss:", sum(asdict(Config()).values()))
        """
    assert [one.name for one in proposed(code(tmp_path, main=body)).parameters] == ["depth"]


def test_numbers_of_a_marked_block_that_draws_at_random_are_parameters(tmp_path: Path) -> None:
    block = """
        import random
        # EVOLVE-BLOCK-START
        def solve(cities, time_budget=100):
            rng = random.Random(20)
            n = 30
            temp = 0.12
            for _ in range(40):
                cities = sorted(cities, key=lambda one: rng.random() * temp)
            return cities[:20]
        # EVOLVE-BLOCK-END
        """
    judge = """
        import runpy
        def evaluate(program_path):
            made = runpy.run_path(program_path)["solve"]([3, 1, 2])
            return {"combined_score": 1.0 / (1 + abs(made[0]))}
        """
    (temp,) = proposed(code(tmp_path, initial_program=block, evaluator=judge)).parameters
    assert temp.at == "initial_program.py:solve#0.12"
    whole = block.replace("0.12", "1")
    (rounds,) = proposed(code(tmp_path, initial_program=whole, evaluator=judge)).parameters
    assert rounds.at == "initial_program.py:solve#40"


def test_the_head_of_a_cell_is_no_comment_of_a_parameter(tmp_path: Path) -> None:
    (lags,) = proposed(code(tmp_path, main='# %%\nlags = 5\nprint("loss:", lags)\n')).parameters
    assert lags.comment == ""


def test_a_score_of_the_baseline_does_not_count_beside_that_of_the_program(tmp_path: Path) -> None:
    lines = 'k = 3\nprint("baseline rmse", 9.0)\nprint("rmse", 1.0 * k)\n'
    assert proposed(code(tmp_path, main=lines)).option.name == "rmse"


def test_what_a_ranking_imports_may_be_edited_whatever_its_name(tmp_path: Path) -> None:
    root = tmp_path / "ranker"
    shutil.copytree(ELSEWHERE / "ranker", root)
    (root / "ranker" / "bm25.py").rename(root / "ranker" / "score.py")
    for file in (root / "ranker").glob("*.py"):
        file.write_text(file.read_text().replace("bm25", "score"))
    found = proposed(root)
    assert "ranker/score.py" in found.editable
    assert "evaluate.py" not in found.editable


def test_a_default_of_a_function_that_nobody_calls_hides_no_number_of_the_code(
    tmp_path: Path,
) -> None:
    text = """
        def unused(n=5):
            return n

        def made():
            slope = 0.3
            return slope * 2

        print("loss:", made())
        """
    (slope,) = proposed(code(tmp_path, main=text)).parameters
    assert (slope.at, slope.value) == ("main.py:made#0.3", 0.3)
    used = text.replace("made())", "made() + unused())")
    (n,) = proposed(code(tmp_path, main=used)).parameters
    assert (n.at, n.value) == ("main.py:unused.n", 5)
