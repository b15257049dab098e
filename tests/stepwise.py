"""A searcher that accepts edits written down beforehand, one on top of the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import toolkit

Change = tuple[str, str, str] | tuple[str, Any]
"""(file, search, replacement), or (parameter, value)"""


def steps(*edits: tuple[str, Sequence[Change]]) -> Callable[[], object]:
    """A searcher that accepts these edits one on top of the other: (label, changes) each."""

    class Steps:
        def run(self, lab: toolkit.Lab) -> None:
            parent = lab.baseline
            for label, changes in edits:
                texts, values = dict(lab.files(parent.candidate)), dict(parent.candidate.overrides)
                for change in changes:
                    if len(change) == 3:
                        path, search, replacement = change
                        assert texts[path].count(search) == 1
                        texts[path] = texts[path].replace(search, replacement)
                    else:
                        values[change[0]] = change[1]
                grown = lab.edit(parent.candidate, texts)
                proposed = replace(
                    grown, overrides=values, label=label, parent=parent.number or None
                )  # type: ignore[arg-type]
                parent = lab.evaluate(proposed)
                assert parent.ok, parent.detail

    return Steps
