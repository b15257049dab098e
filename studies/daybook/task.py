"""daybook: a bundled benchmark in LoCoMo's layout, put together by the generator beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from studies.locomo.task import Locomo
from toolkit import Item


class Daybook(Locomo):
    """Conversations that run one by one and are counted by bank: all that one author wrote."""

    filename = "daybook.json"

    def items(self) -> Sequence[Item]:
        return [replace(item, cluster=self.samples[item.call]["bank"]) for item in super().items()]
