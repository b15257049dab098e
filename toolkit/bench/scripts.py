"""Scripts: what a program as it is gets for some items, and what its one result says of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..jobs import encoded
from ..records import OUTPUT
from ..study.task import Item, Task
from ..text import visible
from . import selection
from .blame import Unscored, blamed
from .judge import Malformed
from .selection import Selection

ERRORS = "--- end of its standard error ---"
HEARD_CHARS = 1024


def selected(task: Task, batches: Sequence[Sequence[Item]], *, fresh: str) -> Selection:
    """Calls of a script: one run for all items, or one for each call where fresh is "call"."""
    if fresh != "call":
        batches = [[item for items in batches for item in items]]
    calls = [{"files": _given(task, items)} for items in batches]
    return Selection(tuple(map(tuple, batches)), selection.encoded(calls))


def _given(task: Task, items: Sequence[Item]) -> dict[str, Any]:
    """{name: content as JSON} of the files that a task lays into the working copy."""
    given = getattr(task, "given", None)
    return {name: encoded(content) for name, content in given(items).items()} if given else {}


def outputs(
    task: Task, batches: Sequence[Sequence[Item]], values: Sequence[Any]
) -> Sequence[Sequence[Any]]:
    """Outputs of a script's items, run by run. Raises Malformed and Unscored."""
    if len(values) != len(batches):  # only an evaluator of somebody else's gives another number
        raise Malformed(f"{len(values)} results for {len(batches)} runs")
    return [_read(task, items, value) for items, value in zip(batches, values, strict=True)]


def _read(task: Task, items: Sequence[Item], value: Any) -> Sequence[Any]:
    if not isinstance(value, list) or len(value) != 1:
        raise Malformed("a script has one result for each of its runs")
    result = value[0]
    read_output = getattr(task, "read_output", None)
    if read_output is None:
        if len(items) == 1:
            return [result]
        raise Unscored(
            f"a script gives one result for its {len(items)} items: the study's task needs "
            "`def read_output(self, items, output)`, which gives an output for each"
        )
    with blamed("read_output", f"{len(items)} items"):
        try:
            given = read_output(items, result)
        except ValueError as error:  # it says what is wrong with what the script left
            given = Malformed(str(error) or "its output is no good")
    if isinstance(given, Malformed):
        raise given
    if not isinstance(given, list | tuple) or len(given) != len(items):
        got = f"{len(given)}" if isinstance(given, list | tuple) else type(given).__name__
        raise Unscored(f"the study's read_output gave {got} for {len(items)} items")
    _require_finite(given)
    return list(given)


def _require_finite(outputs: Sequence[Any]) -> None:
    """Raises Malformed at NaN and infinity, which keep any bound that a rule compares them with.

    The evaluator refuses them in outputs of functions; a script leaves text, whose numbers are
    read here.
    """
    try:
        json.dumps(outputs, allow_nan=False)
    except TypeError:  # a value of the task's own, which is no text of the script's
        return
    except ValueError as error:
        raise Malformed(f"its output is no JSON of finite numbers: {error}") from None


def heard(values: Sequence[Any]) -> str:
    """End of what a script printed and wrote to its standard error, for the researcher."""
    results = [value[0] for value in values if value]
    parts = []
    for title, key in ((OUTPUT, "printed"), (ERRORS, "errors")):
        text = "".join(visible(one[key][-HEARD_CHARS:]) for one in results)[-HEARD_CHARS:].rstrip()
        if text:
            parts.append(f"{title}\n{text}")
    return "\n".join(parts)
