"""Ranges that `toolkit init` proposes where the code says what a number is for."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from toolkit.scaffold import options, parameters, ranges, survey
from toolkit.scaffold.answers import Answers


def shapes(tmp_path: Path, text: str) -> dict[str, Any]:
    (tmp_path / "main.py").write_text(textwrap.dedent(text))
    found = survey.read(tmp_path)
    made = parameters.proposed(found, options.chosen(found, Answers()), Answers())
    return {one.name: dict(one.shape) for one in made}


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("alpha = 0.3\nscore = alpha * 2 + (1 - alpha) * 3", {"float": [0.0, 1.0]}),
        ("alpha = 0.01\nscore = alpha * 2 + (1.0 - alpha) * 3", {"float": [0.0, 0.1]}),
        ("penalty = 0.3\ndef mixed(w):\n    return w + (1 - w) * 2\nscore = mixed(penalty)",
         {"float": [0.0, 1.0]}),
        ("reg = 0.3\ndef mixed(w=0.1):\n    return w + (1 - w) * 2\nscore = mixed(w=reg)",
         {"float": [0.0, 1.0]}),
        ("lr = 0.3\nkept = lr\nscore = (1 - kept)", {"float": [0.0, 1.0]}),
        ("momentum = 0.9\nscore = momentum + (1 - momentum)", {"float": [0.5, 0.999]}),
        ("dropout = 0.1\nscore = 1 / (1 - dropout)", {"float": [0.0, 0.5]}),
        ("alpha = 0.3\nscore = alpha * 2", {"float": [0.003, 3.0], "log": True}),
        ("alpha = 3.0\nscore = 1 - alpha", {"float": [0.03, 30.0], "log": True}),
    ],
)  # fmt: skip
def test_a_weight_between_two_things_has_no_logarithmic_range(
    tmp_path: Path, text: str, shape: Any
) -> None:
    (found,) = shapes(tmp_path, f'{text}\nprint("loss:", score)\n').values()
    assert found == shape


def test_a_weight_in_a_configuration_is_known_by_the_code_that_reads_it(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"alpha": 0.3}')
    text = 'import json\nc = json.load(open("config.json"))\nprint("loss:", 1 - c["alpha"])\n'
    assert shapes(tmp_path, text) == {"alpha": {"float": [0.0, 1.0]}}


@pytest.mark.parametrize("value", [2.718, 2.71828, 3.14, 3.14159, 1.618, 1.4142, 0.6931, 6.2832])
def test_a_number_of_mathematics_is_not_offered(tmp_path: Path, value: float) -> None:
    assert ranges.is_constant(value)
    text = f"""
        E = {value}
        def made():
            return {value} * 0.3
        print("loss:", made())
        """
    assert [*shapes(tmp_path, text)] == ["made_1"]


@pytest.mark.parametrize("value", [2.7, 0.693, 1.41, 3.1, 0.577, 2.72, 1.0, 0.0])
def test_a_number_that_only_looks_like_one_of_mathematics_is_offered(value: float) -> None:
    assert not ranges.is_constant(value)
