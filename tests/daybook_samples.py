"""The samples that daybook's generator makes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from studies.daybook.generator.banks import Pool
from studies.daybook.generator.corpus import Sample, samples


@cache
def made() -> tuple[Sample, ...]:
    return tuple(samples())


def leaves(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    else:
        for part in entry.values() if isinstance(entry, dict) else entry:
            yield from leaves(part)


def names(pool: Pool) -> set[str]:
    found = {leaf for leaf in leaves(dict(pool.people)) if len(leaf) > 1}
    return found - {leaf for leaf in found if leaf.startswith("from ")}
