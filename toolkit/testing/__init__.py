"""For plugin authors: contracts that every searcher and every evaluator keeps.

    from toolkit.testing import SearcherContract
    from my_plugin import MySearcher

    class TestMySearcher(SearcherContract):
        factory = MySearcher

EvaluatorContract is the same for evaluators.

Each test runs real evaluations in real processes; the whole contract takes a few seconds.
"""

from __future__ import annotations

from .evaluators import EvaluatorContract as EvaluatorContract
from .searchers import STORMY as STORMY
from .searchers import TOY as TOY
from .searchers import SearcherContract as SearcherContract
from .searchers import forget as forget
from .searchers import path as path
from .searchers import search as search
