from typing import Literal

import pytest

from toolkit.errors import PluginError, UserError
from toolkit.search.options import build, parse_assignment


class Searcher:
    def __init__(
        self,
        *,
        step: float = 0.2,
        rounds: int = 3,
        greedy: bool = True,
        sampler: Literal["tpe", "cmaes"] = "tpe",
        file: str | None = None,
    ) -> None:
        pass


class Needy:
    def __init__(self, *, table: str) -> None:
        pass


class Positional:
    def __init__(self, step: float) -> None:
        pass


def test_values_take_the_type_of_the_annotation() -> None:
    given = {"step": "1", "rounds": "4", "greedy": "no", "sampler": "cmaes", "file": "x"}
    assert build(Searcher, "s", given) == {
        "step": 1.0, "rounds": 4, "greedy": False, "sampler": "cmaes", "file": "x",
    }  # fmt: skip
    assert build(Searcher, "s", {"file": "none"}) == {"file": None}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"stp": "1"}, "did you mean 'step'"),
        ({"step": "wide"}, "must be a number"),
        ({"rounds": "1.5"}, "must be an integer"),
        ({"greedy": "maybe"}, "must be true or false"),
        ({"sampler": "grid"}, "must be one of tpe, cmaes"),
    ],
)
def test_wrong_options(given: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        build(Searcher, "s", given)


def test_a_missing_option_says_what_to_type() -> None:
    with pytest.raises(UserError, match=r"add -o n\.table=VALUE"):
        build(Needy, "n", {})


def test_positional_options_are_refused() -> None:
    with pytest.raises(PluginError, match="keyword-only"):
        build(Positional, "p", {})


@pytest.mark.parametrize("text", ["optuna", "optuna.sampler", "sampler=tpe", ".a=b", "a.=b"])
def test_assignments_need_all_three_parts(text: str) -> None:
    with pytest.raises(UserError, match=r"SEARCHER\.OPTION=VALUE"):
        parse_assignment(text)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999"])
def test_options_are_finite(text: str) -> None:
    with pytest.raises(UserError, match=rf"-o s\.step={text}: must be a finite number"):
        build(Searcher, "s", {"step": text})
