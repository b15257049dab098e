"""daybook: a bundled benchmark in LoCoMo's layout, written by the generator beside it."""

from __future__ import annotations

from studies.locomo.task import Locomo


class Daybook(Locomo):
    filename = "daybook.json"
