"""Every bundled searcher keeps the contract that plugin authors inherit."""

from __future__ import annotations

import importlib.util
from typing import ClassVar

import pytest

import toolkit
from searchers.optuna_search import OptunaSearch, distribution
from searchers.random_search import RandomSearch
from toolkit.testing import SearcherContract


class TestRandom(SearcherContract):
    factory = RandomSearch


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
