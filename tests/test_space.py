import math
import random

import pytest

from toolkit.study.space import Choice, Flag, Float, Int, problems, settings

PARAMS = {
    "float": Float(0.0, 2.0, 0.5),
    "log": Float(0.01, 10.0, 1.0, log=True),
    "int": Int(1, 8, 3),
    "log_int": Int(16, 256, 100, log=True),
    "choice": Choice(("a", "b", 3), "a"),
    "flag": Flag(False),
}


@pytest.mark.parametrize("name", PARAMS)
def test_samples_and_nudges_stay_allowed_and_move(name: str) -> None:
    param, rng = PARAMS[name], random.Random(1)
    value, moved = param.default, 0
    for _ in range(200):
        param.check(param.sample(rng))
        nudged = param.nudge(value, 0.2, rng)
        param.check(nudged)
        moved += nudged != value
        value = nudged
    assert moved > 100


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("float", 2.5), ("float", "1"), ("float", True), ("float", math.nan), ("float", None),
        ("int", 0), ("int", 2.0), ("int", True), ("choice", "c"), ("choice", 3.0), ("flag", 1),
    ],
)  # fmt: skip
def test_refuses_what_is_not_allowed(name: str, value: object) -> None:
    with pytest.raises(ValueError, match="must be"):
        PARAMS[name].check(value)


def test_log_integers_reach_both_ends() -> None:
    rng = random.Random(0)
    drawn = [Int(1, 4, 2, log=True).sample(rng) for _ in range(400)]
    assert set(drawn) == {1, 2, 3, 4}
    assert drawn.count(1) > drawn.count(4)


def test_problems_name_every_fault_and_suggest() -> None:
    found = problems(PARAMS, {"flaot": 1.0, "int": 99, "flag": True})
    assert len(found) == 2
    assert "did you mean 'float'" in found[0]
    assert "[1, 8]" in found[1]


def test_settings_fill_in_defaults() -> None:
    assert settings(PARAMS, {"int": 5})["int"] == 5
    assert settings(PARAMS, {"int": 5})["choice"] == "a"
