"""Sections of a page in their order: what each is called, and what builds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import causes, costs, doubts, heat, origin, overview, splits, stages, stairs, story

Build = Callable[..., Any]

CONTENTS = (
    ("verdict", "Verdict"),
    ("searchers", "Searchers"),
    ("steps", "Step by step"),
    ("stairs", "Every trial, drawn"),
    ("stages", "How it searched"),
    ("waterfall", "From baseline to champion"),
    ("labels", "Labels by kinds"),
    ("expressiveness", "Expressiveness and search"),
    ("splits", "Search against test"),
    ("items", "Items by champions"),
    ("spend", "Spend"),
    ("trials", "Table of trials"),
    ("views", "Other rules"),
    ("caveats", "What not to believe"),
    ("origin", "How to reproduce"),
)
"""(id, heading) of each section, in the order of the page; a template of that name draws it"""

SECTIONS: Mapping[str, Build] = {
    "verdict": overview.verdict,
    "searchers": overview.searchers,
    "steps": story.steps,
    "stairs": stairs.stairs,
    "stages": stages.stages,
    "waterfall": causes.waterfall,
    "labels": causes.labels,
    "expressiveness": causes.expressiveness,
    "splits": splits.splits,
    "items": heat.items,
    "spend": costs.spend,
    "views": doubts.views,
    "caveats": doubts.caveats,
    "origin": origin.origin,
}
"""{name of a section in the template: what gives its figures as text and its drawings}

Every builder is called with the summary, the details, the wording and the searchers' colours.
"""
