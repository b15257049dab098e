"""The samples that daybook's generator makes."""

from __future__ import annotations

from functools import cache

from studies.daybook.generator.corpus import Sample, samples


@cache
def made() -> tuple[Sample, ...]:
    return tuple(samples())
