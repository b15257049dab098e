"""PROGRAM.md: what an agent is told of its task, no more than one screen."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import toolkit

TEMPLATE = Path(__file__).with_name("program.md.jinja")
WIDTH = 100
EVIDENCE = {
    "reported": " (the program reports it itself)",
    "measured": " (the host measures it)",
    "judged": "",
}
FINAL = {
    "sealed": "on data that no trial sees",
    "replicates": "under other seeds",
    "exact": "exactly",
    "reported": "as it was",
}
ENDS = {"maximize": "higher", "minimize": "lower"}


def text(lab: toolkit.Lab, more: str = "") -> str:
    """The whole page. more: what the user adds to it."""
    import jinja2

    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(**_facts(lab), more=more.strip())


def _facts(lab: toolkit.Lab) -> Mapping[str, Any]:
    objective = lab.objective
    unit = f" in {objective.unit}" if objective.unit else ""
    level = objective.shown(lab.baseline.score)
    return {
        "brief": lab.brief.strip() or "No brief comes with it: read the code.",
        "objective": f"{objective.name}{unit}",
        "better": ENDS[objective.direction],
        "evidence": EVIDENCE[objective.evidence],
        "baseline": "no score: it fails" if level is None else f"{level:.5g}",
        "constraints": lab.constraints,
        "requires": lab.requires,
        "budget": _budget(lab),
        "spent": f"{lab.budget.spent:g} are" if lab.budget.spent else "",
        "editable": _wrapped(", ".join(f"`{one}`" for one in lab.editable)),
        "parameters": _wrapped(", ".join(parameters(lab))),
        "labels": ", ".join(toolkit.LABELS),
        "items": lab.nouns.items,
        "final": FINAL[lab.claim],
    }


def parameters(lab: toolkit.Lab) -> list[str]:
    """`width 16..256 (32)`, for each declared parameter."""
    values = lab.params(toolkit.Candidate())
    return [f"{name} {_range(param)} ({values[name]})" for name, param in lab.space.items()]


def _range(param: toolkit.Param) -> str:
    if isinstance(param, toolkit.Float):
        return f"{param.low:g}..{param.high:g}"
    if isinstance(param, toolkit.Int):
        return f"{param.low}..{param.high}"
    if isinstance(param, toolkit.Choice):
        return "|".join(str(value) or '""' for value in param.values)
    return "true|false"


def _budget(lab: toolkit.Lab) -> str:
    parts = [f"{lab.budget.total:g} trials"]
    if lab.budget.seconds_left is not None:
        parts.append(f"{lab.budget.seconds_left:.0f} seconds from now, your own time included")
    if lab.budget.usd_left is not None:
        parts.append(f"{lab.budget.usd_left:.2f} dollars of language model from now")
    return ", ".join(parts)


def _wrapped(text: str) -> str:
    return "\n  ".join(textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False))
