"""CPU time of an answer of the bundled reader.

`pytest tests/bench/test_reader.py -n 0 -s -m '' -o addopts=''` prints the figures. Nothing here
asserts a time.
"""

from __future__ import annotations

import time

import pytest
from asked_reader import LINES, PHRASE, WHERE

from studies.reader.reader import complete
from studies.reader.words import size

ANSWERS = 1500
TOLD = f"{PHRASE} Resolve relative dates. If it is not mentioned, say 'not told'. List all items."


def prompt(lines: int, number: int, *, known: bool) -> list[dict[str, str]]:
    """A prompt with so many lines; known: every prompt has the same ones, as in a conversation."""
    mark = "" if known else f" {number}"
    context = "\n".join(f"{LINES[n % 5]}{mark} and {n}" for n in range(lines))
    user = f"Conversation:\n{context}\n\nQuestion: {WHERE}\nAnswer:"
    return [{"role": "system", "content": TOLD}, {"role": "user", "content": user}]


@pytest.mark.parametrize("lines", [10, 30, 200])
def test_time_of_an_answer(lines: int) -> None:
    for known in (True, False):
        prompts = [prompt(lines, n, known=known) for n in range(ANSWERS)]
        began = time.process_time()
        for messages in prompts:
            complete(messages)
        each = 1000 * (time.process_time() - began) / ANSWERS
        tokens = sum(size(message["content"]) for message in prompts[0])
        which = "lines that it has read before" if known else "lines that are new"
        print(f"\n{lines} lines, {tokens} tokens, {which}: {each:.2f} ms of CPU time an answer")
