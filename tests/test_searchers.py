"""Every bundled searcher keeps the contract that plugin authors inherit."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

import toolkit
from searchers.optuna_search import OptunaSearch, distribution
from searchers.random_search import RandomSearch
from toolkit.testing import SearcherContract


class TestRandom(SearcherContract):
    factory = RandomSearch


@pytest.mark.slow
class TestTpe(SearcherContract):
    factory = OptunaSearch


@pytest.mark.slow
class TestCmaEs(SearcherContract):
    factory = OptunaSearch
    options: ClassVar = {"sampler": "cmaes"}


@pytest.mark.slow
class TestQmc(SearcherContract):
    factory = OptunaSearch
    options: ClassVar = {"sampler": "qmc"}


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="torch is installed")
def test_gp_without_torch_says_what_to_install() -> None:
    with pytest.raises(toolkit.UserError, match=r"autoresearch-toolkit\[gp\]"):
        OptunaSearch(sampler="gp")


def test_a_parameter_type_that_optuna_does_not_know() -> None:
    class Strange:
        default = 1

    with pytest.raises(toolkit.UserError, match="Strange"):
        distribution(Strange())  # type: ignore[arg-type]


class Ends:
    def run(self, lab: toolkit.Lab) -> None:
        lab.evaluate(toolkit.Candidate({"x": 0.7}))


class Misspells:
    def run(self, lab: toolkit.Lab) -> None:
        while True:
            lab.evaluate(toolkit.Candidate({"nosuch": 1}))


class Lacks:
    pass


@pytest.mark.parametrize(
    ("factory", "test", "message"),
    [
        (Ends, "test_spends_exactly_its_budget", "ended after 1 of 12 trials: let it"),
        (Ends, "test_survives_failed_trials", "ended after 1 of 12 trials"),
        (Ends, "test_replays_after_a_kill", "too few to be cut off"),
        (
            Misspells,
            "test_spends_exactly_its_budget",
            "every trial failed, the first as invalid: un",
        ),
        (Lacks, "test_spends_exactly_its_budget", r"has no method run\(lab\)"),
        (Lacks, "test_replays_after_a_kill", r"has no method run\(lab\)"),
    ],
)
def test_the_contract_says_what_is_wrong(
    factory: Callable[..., Any], test: str, message: str, tmp_path: Path
) -> None:
    contract = type("Contract", (SearcherContract,), {"factory": factory})()
    with pytest.raises(AssertionError, match=message):
        getattr(contract, test)(tmp_path)
