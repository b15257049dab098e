"""Regular expressions of a model, which must not hang the host."""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Mapping
from math import prod
from typing import Any

import regex  # type: ignore[import-untyped]

from searchers.autoresearcher.edit import Unusable

MOST_S = 1.0
"""for all texts: a pattern that takes longer backtracks without end"""
MOST_COPIES = 1000
TEXT_CHARS = 20_000
_COUNT = re.compile(r"\{\s*(\d*)\s*(?:,\s*(\d*)\s*)?\}")
_ODD_BRACE = re.compile(r"(?<!\\)\{(?![0-9]*,?[0-9]*\})")


def matching(pattern: str, texts: Mapping[str, str], *, most_s: float = MOST_S) -> list[str]:
    """Keys of the texts in which a pattern is found, whatever its case; raises Unusable."""
    compiled, began = _compiled(pattern), time.monotonic()
    found = []
    for key, text in texts.items():
        left = most_s - (time.monotonic() - began)
        try:
            if left <= 0:
                raise TimeoutError
            if compiled.search(text[:TEXT_CHARS], timeout=left):
                found.append(key)
        except (TimeoutError, MemoryError, RecursionError):
            raise Unusable(
                f"the regular expression took longer than {most_s:g} s; write one without nested "
                "repetitions"
            ) from None
    return found


def _compiled(pattern: str) -> Any:
    """A pattern that Python's own `re` knows too; raises Unusable.

    Counted repetitions are written out when they are compiled, so that nested ones take all memory.
    A brace that is no count would be fuzzy matching.
    """
    counts = [
        int(one[2] or one[1] or 1) if len(one[0]) < 12 else MOST_COPIES + 1
        for one in _COUNT.finditer(pattern)
    ]
    if prod(max(1, count) for count in counts) > MOST_COPIES:
        raise Unusable(f"its counted repetitions make more than {MOST_COPIES:,} copies")
    if _ODD_BRACE.search(pattern):
        raise Unusable("a brace that is no count such as {2,3} is written \\{")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
            return regex.compile(pattern, regex.IGNORECASE | regex.V0)
    except (re.error, regex.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
        said = str(error).partition("\n")[0]
        raise Unusable(f"the regular expression is not valid: {said[:100]}") from None
