"""Survey: the first request, which reads the code, the scorer's rule and the floors."""

from __future__ import annotations

from dataclasses import replace

import toolkit
from searchers.autoresearcher.replies.limits import LIMITS
from searchers.autoresearcher.replies.staged import Reply
from searchers.autoresearcher.research import Research
from searchers.autoresearcher.stages.ask import ask, note, take


def survey(research: Research) -> tuple[toolkit.Answer, Reply]:
    """Ask for a survey and keep its notes; edits that it brings all the same are not lost."""
    answer, reply = ask(research, research.requests.survey(research.now()), "survey")
    if not (reply.notes or reply.looks or reply.edits):  # a survey without a heading is one too
        text = toolkit.without_thinking(answer) or ""
        reply = replace(reply, notes=text.strip()[: LIMITS.notes_chars], problem="")
    take(research, reply, answer.key)
    note(research, "survey", reply, answer.key)
    return answer, reply
