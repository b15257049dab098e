"""Hypothesise: what a reply expects of its edits, on record before any of them is tried."""

from __future__ import annotations

from searchers.autoresearcher.replies.staged import Reply
from searchers.autoresearcher.research import Research


def hypothesise(research: Research, reply: Reply, key: str) -> None:
    """Put a reply's hypotheses and predictions on record."""
    told = [edit.hypothesis for edit in reply.edits if edit.hypothesis]
    predictions = sum(len(edit.predicts) for edit in reply.edits)
    research.lab.note(
        "hypothesise", f"{len(told)} hypotheses, {predictions} predictions", request=key,
        details={"counts": {"hypotheses": len(told), "predictions": predictions}},
    )  # fmt: skip
