"""A request to a server that gives the answers of a test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from scripted import MODEL, Answer, ScriptedServer

from toolkit.llm.openai import OpenAiProvider
from toolkit.llm.provider import Reply, Request

Ask = Callable[[Answer], Reply]

KEY = "sk-secret-1"

REQUEST = Request("k" * 32, "a-0, propose", [{"role": "user", "content": "?" * 400}], {})


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """ask(answer): what a client of one server for all tests makes of this answer."""
    script = [Answer()]
    server = ScriptedServer(lambda number, prompt: script[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", server.url)
        patch.setenv("OPENAI_API_KEY", KEY)
        provider = OpenAiProvider(MODEL)

    def complete(answer: Answer) -> Reply:
        script[0] = answer
        return provider.complete(REQUEST)

    yield complete
    server.close()


def answer(**changes: Any) -> Answer:
    """A good completion with some of its keys replaced."""
    return Answer(body=json.dumps(json.loads(Answer("text").payload()) | changes).encode())
