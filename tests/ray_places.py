"""Ray evaluators that tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def two_workers() -> Iterator[object]:
    from toolkit.evaluators.ray import RayEvaluator

    os.environ["OPENAI_API_KEY"] = "a key that stays here"
    before = dict(os.environ)
    with RayEvaluator(slots=2) as running:
        assert dict(os.environ) == before, "Ray changed the host's environment"
        yield running
    del os.environ["OPENAI_API_KEY"]
