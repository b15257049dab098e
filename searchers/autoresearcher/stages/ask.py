"""Asking the language model: a request, its reply on record, and what the reply wants."""

from __future__ import annotations

import toolkit
from searchers.autoresearcher.replies.staged import Reply, read
from searchers.autoresearcher.requests.messages import Request
from searchers.autoresearcher.requests.now import Notes
from searchers.autoresearcher.research import Research


def ask(research: Research, request: Request, stage: str) -> tuple[toolkit.Answer, Reply]:
    """The answer to a request, and what it wants."""
    answer = research.lab.complete(request.messages, stage=stage, shorter=request.shorter)
    return answer, read(answer, toolkit.LABELS)


def take(research: Research, reply: Reply, key: str) -> None:
    """Keep a reply's notes, which replace older ones, and its questions for the next request."""
    if reply.notes:
        where = f"round {research.rounds}" if research.rounds else "the survey"
        before = f"before experiment {research.archive.next}"
        research.notes = Notes(reply.notes, f"in {where}, {before}")
    research.remarks = [reply.problem] if reply.problem else []
    research.looks = reply.looks
    if reply.looks:
        asked = "; ".join(look.text for look in reply.looks)
        research.lab.note(
            "look", f"{len(reply.looks)} questions: {asked}", request=key,
            details={"counts": {"questions": len(reply.looks)}},
        )  # fmt: skip


def note(research: Research, stage: str, reply: Reply, key: str) -> None:
    """Put on record what a reply to a stage's request holds."""
    told = f"{len(reply.notes)} characters of notes, {len(reply.looks)} questions"
    research.lab.note(stage, told, request=key, details={"result": wanted(reply)})


def wanted(reply: Reply) -> str:
    """Word or two for what a reply came to."""
    if reply.edits:
        return "edits"
    if reply.stop is not None:
        return "stop"
    asked = [name for name, one in (("notes", reply.notes), ("questions", reply.looks)) if one]
    return f"{' and '.join(asked)} only" if asked else "nothing"
