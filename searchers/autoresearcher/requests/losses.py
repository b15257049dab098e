"""Losses of the best program by kind and stage, where the study can tell where one was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import toolkit
from searchers.autoresearcher.requests.now import Settings


def losses(lab: toolkit.Lab, best: toolkit.Trial, settings: Settings) -> Mapping[str, str]:
    """{kind: `120 in retrieval, 31 in wording`} of the items that are shown and are wrong."""
    if settings.sees == "scores":
        return {}
    marks, counts = lab.marks(best), dict[str, Counter[str]]()
    for item, stage in lab.lost(best).items():
        mark = marks.get(item)
        if mark is not None and mark.wrong and item not in settings.hidden:
            counts.setdefault(mark.kind, Counter())[stage] += 1
    return {
        kind: ", ".join(f"{number} {stage}" for stage, number in sorted(counts[kind].items()))
        for kind in sorted(counts)
    }
