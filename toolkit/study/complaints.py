"""Complaints about a task, as they are found: each names the method and what to write."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import interrupts
from ..errors import UserError
from ..records import canonical
from ..text import said, short
from .inspection import WRITE, owners

SHOWN = 3
_OF_A_RECORD = re.compile(r"\b(Item|Gold|Vault)\.__init__\(\)")
RECORDS = {
    "Item": "toolkit.Item(id, cluster, input, call)",
    "Gold": "toolkit.Gold(answer, kind)",
    "Vault": "toolkit.Vault(gold, scorer, *, pool, counted, symmetric, views, best)",
}
EARLIER = {
    "question": "an item's question is called input now",
    "evidence": "evidence is the study's own affair: keep it in the task, and show it by explain()",
    "refuses": "what refuses is the study's own affair: count refusals in metrics(rows)",
}
"""{argument of an earlier version: what became of it}"""


@dataclass
class Complaints:
    """Complaints about one task, whose class is made."""

    made: type[Any]
    problems: list[str] = field(default_factory=list)

    def call(self, method: str, function: Callable[[], Any]) -> Any:
        """Value that the task's own code gives; None, and a problem, where it raises."""
        try:
            return function()
        except UserError:
            raise
        except BaseException as error:
            if interrupts.came(error):
                raise
            what = f"{type(error).__name__}: {' '.join(said(error).split())}"
            self.problems.append(f"{method} raised {what}{self._place(error)}{_hint(error)}")
            return None

    def _place(self, error: BaseException) -> str:
        """Place in the task's own files where an error was raised."""
        homes = {Path(inspect.getfile(one)).parent for one in owners(self.made)}
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).parent in homes]
        return f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""

    def is_a(self, given: Any, kind: type[Any], where: str) -> bool:
        """True if a method gave what it must; one that has raised was told of already."""
        raised = any(text.startswith(f"{where} raised") for text in self.problems)
        right = isinstance(given, kind) and not isinstance(given, str | bytes)
        if not right and not raised:
            what = f"a {type(given).__name__}" if given is not None else "None"
            self.problems.append(f"{where} gives {what}; write {WRITE[where.partition('(')[0]]}")
        return right

    def json(self, where: str, value: Any) -> bool:
        try:
            canonical(value).encode()
        except (TypeError, ValueError, RecursionError) as error:
            self.problems.append(f"{where} is no JSON value: {said(error)}, in {short(value)}")
            return False
        return True

    def all(self, where: str, rule: str, strange: Sequence[str], more: str = "") -> None:
        """A problem where any is unlike the rule; the first of them are named."""
        if strange:
            left = f" and {len(strange) - SHOWN} more" if len(strange) > SHOWN else ""
            named = ", ".join(strange[:SHOWN])
            self.problems.append(f"{where}: {f'{rule} {named}'.rstrip()}{left}{more}")


def no_texts(values: Iterable[Any]) -> list[str]:
    return [short(value) for value in values if not isinstance(value, str)]


def _hint(error: BaseException) -> str:
    """Advice where a record of the toolkit was made with other arguments."""
    told = said(error)
    found = _OF_A_RECORD.search(told) if isinstance(error, TypeError) else None
    if not found:
        return ""
    earlier = [text for word, text in EARLIER.items() if f"'{word}'" in told]
    return "".join(f"; {text}" for text in [*earlier, f"write {RECORDS[found[1]]}"])
