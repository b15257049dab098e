"""Diagnose: what goes wrong, and where; one request asks for it with hypotheses and edits."""

from __future__ import annotations

import toolkit
from searchers.autoresearcher.replies.staged import Reply
from searchers.autoresearcher.research import Research
from searchers.autoresearcher.stages.ask import ask, note, take

MOST_LOOKS = 2
"""requests in a row that only answer questions"""


def diagnose(research: Research) -> tuple[toolkit.Answer, Reply]:
    """A reply to the request for a diagnosis, hypotheses and edits.

    One that only asks questions is answered, and asked again; the third in a row is taken as it is.
    """
    for turn in range(MOST_LOOKS + 1):
        research.informed = bool(research.looks)
        research.rounds += 1
        answer, reply = ask(research, research.requests.round(research.now()), "propose")
        take(research, reply, answer.key)
        note(research, "diagnose", reply, answer.key)
        if reply.edits or reply.stop is not None or not reply.looks or turn == MOST_LOOKS:
            break
    return answer, reply
