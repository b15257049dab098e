"""Survey: the first request, which reads the code, the scorer's rule and the floors."""

from __future__ import annotations

import toolkit
from searchers.autoresearcher.replies import Reply
from searchers.autoresearcher.research import Research
from searchers.autoresearcher.stages.ask import ask, take, wanted


def survey(research: Research) -> tuple[toolkit.Answer, Reply]:
    """Ask for a survey and keep its notes; edits that it brings all the same are not lost."""
    answer, reply = ask(research, research.requests.survey(research.now), "survey")
    research.survey = toolkit.without_thinking(answer) or ""
    take(research, reply, answer.key)
    # its notes stand in the survey's text, which every later request shows
    research.notes.clear()
    told = f"{len(reply.notes)} characters of notes, {len(reply.looks)} questions"
    details = {"result": wanted(reply)}
    research.lab.note("survey", told, request=answer.key, details=details)
    return answer, reply
