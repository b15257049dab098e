"""For plugin authors: contracts that every searcher and every evaluator keeps.

    from toolkit.testing import SearcherContract
    from my_plugin import MySearcher

    class TestMySearcher(SearcherContract):
        factory = MySearcher

EvaluatorContract is the same for evaluators.

Each test runs real evaluations in real processes; the whole contract takes a few seconds.
"""

from __future__ import annotations

from .evaluators import EvaluatorContract
from .runs import BOUNDED, STORMY, TOY, forget, path, search
from .searchers import SearcherContract

__all__ = [
    "BOUNDED",
    "STORMY",
    "TOY",
    "EvaluatorContract",
    "SearcherContract",
    "forget",
    "path",
    "search",
]
