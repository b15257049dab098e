"""Implement: the edits of a reply, and how many trials they ask for."""

from __future__ import annotations

from searchers.autoresearcher.replies.staged import Reply
from searchers.autoresearcher.research import Research
from searchers.autoresearcher.variants import ways


def implement(research: Research, reply: Reply, key: str) -> None:
    """Put a reply's edits on record."""
    trials = sum(len(ways(edit)) for edit in reply.edits)
    ended = "" if reply.stop is None else f"; stop: {reply.stop}"
    problem = f"; {reply.problem}" if reply.problem else ""
    told = f"{len(reply.edits)} edits, {trials} ways in all{ended}{problem}"
    counts = {
        "edits": len(reply.edits),
        "alternatives": sum(len(edit.alternatives) for edit in reply.edits),
        "grids": sum(bool(one.grid) for edit in reply.edits for one in (edit, *edit.alternatives)),
    }
    research.lab.note("implement", told, request=key, details={"counts": counts})
