"""Repair: a short request for an edit in place of one that failed, with its traceback."""

from __future__ import annotations

from dataclasses import replace

import toolkit
from searchers.autoresearcher.edit import Edit
from searchers.autoresearcher.experiment import Experiment
from searchers.autoresearcher.requests.messages import Broken, Request
from searchers.autoresearcher.research import Research
from searchers.autoresearcher.stages.ask import ask
from searchers.autoresearcher.stages.check import Checked
from searchers.autoresearcher.trace import own_lines


def repaired(
    research: Research, experiment: Experiment, edit: Edit, checked: Checked, problem: str
) -> Edit | None:
    """An edit in place of a broken one, as a whole; None where there is no other."""
    lab, most = research.lab, research.options.repairs
    base = research.best.candidate
    before = lab.files(base)
    after = lab.files(checked.candidate) if checked.candidate else None
    broken = Broken(edit, own_lines(problem), before, after, experiment.repairs, most)
    request = _fitting(research, broken)
    if request is None:
        told = f"experiment {experiment.number}: too long to be shown again"
        lab.note("repair", told, details={"result": "not asked"})
        return None
    try:
        answer, reply = ask(research, request, "repair")
    except toolkit.BudgetSpent:  # of dollars: what was tried before is still decided
        return None
    experiment.repairs += 1
    found = next((one for one in reply.edits), None)
    told = "another edit" if found else "no other edit"
    lab.note(
        "repair", f"experiment {experiment.number}: {told}", request=answer.key,
        details={"result": told},
    )  # fmt: skip
    if found is None:
        return None
    return replace(
        found, label=edit.label or found.label, hypothesis=edit.hypothesis or found.hypothesis,
        depends=edit.depends, predicts=edit.predicts, alternatives=(), grid={},
        sets={**found.sets, **{name: some[0] for name, some in found.grid.items()}},
    )  # fmt: skip


def _fitting(research: Research, broken: Broken) -> Request | None:
    """The request for a repair within the limit of tokens; None where the edit alone is longer."""
    most = research.options.prompt_tokens
    request = research.requests.repair(broken)
    if request.tokens > most:
        request = Request(request.shorter, request.shorter)
    return request if request.tokens <= most else None
