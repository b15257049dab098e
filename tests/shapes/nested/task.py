"""Records whose outputs are a number, a list, or an object that holds both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import toolkit

PAGES = [f"p{number}" for number in range(1, 11)]


def gold(page: int) -> dict[str, tuple[str, Any]]:
    """{kind: (input, output)} of one page."""
    return {
        "count": (f"count {page}", page),
        "list": (f"list {page}", [page, page + 1, None]),
        "object": (f"object {page}", {"page": page, "parts": [{"n": page}, {"n": page + 1}]}),
    }


class Records:
    """Needs no data files."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def contexts(self) -> Mapping[str, Any]:
        return {page: {"page": n} for n, page in enumerate(PAGES, 1)}

    def items(self) -> Sequence[toolkit.Item]:
        return [
            toolkit.Item(f"{page}:{kind}", page, asked)
            for n, page in enumerate(PAGES, 1)
            for kind, (asked, _) in gold(n).items()
        ]

    def vault(self) -> toolkit.Vault:
        answers = {
            f"{page}:{kind}": toolkit.Gold(answer, kind)
            for n, page in enumerate(PAGES, 1)
            for kind, (_, answer) in gold(n).items()
        }
        return toolkit.Vault(answers, lambda one, output: float(output == one.answer), best=1.0)
