"""An agent keeps the contract that every searcher keeps."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from searchers.agent import Agent
from toolkit.testing.searchers import SearcherContract

CLIMB = """
while true; do
    n=$(wc -l < results.tsv)
    ./trial --set x=0.$((n + 10)) --set y=0.2
    [ $? -lt 2 ] || break
done
"""


@pytest.mark.slow
class TestAgent(SearcherContract):
    factory = Agent
    options: ClassVar[dict[str, Any]] = {"command": CLIMB, "grace_s": 2.0}
