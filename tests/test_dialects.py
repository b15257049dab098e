"""Servers and models that take other requests than most: each is asked in its own form."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from scripted import MODEL, Answer, ScriptedServer

from toolkit.llm import openai as openai_provider
from toolkit.llm.dialect import Dialect, thinks
from toolkit.llm.openai import OpenAiProvider
from toolkit.llm.provider import LlmError, Request, TransportError

Body = Mapping[str, Any]
Serving = Callable[[Callable[[Body], Answer]], ScriptedServer]
SYSTEM = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What?"}]


@pytest.fixture
def serving(asked: Callable[[ScriptedServer], ScriptedServer]) -> Serving:
    """serving(answer): a server whose answer depends on the whole request."""

    def start(answer: Callable[[Body], Answer]) -> ScriptedServer:
        server = ScriptedServer(lambda number, _: answer(server.bodies[number]))
        return asked(server)

    return start


def error(message: str, status: int = 400, **more: Any) -> Answer:
    return Answer(status=status, body=json.dumps({"error": {"message": message, **more}}).encode())


def request(messages: Any = SYSTEM, **options: Any) -> Request:
    return Request("k", "t", messages, options)


NEW_LIMIT = error(
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
    "'max_completion_tokens' instead.",
    code="unsupported_parameter", param="max_tokens",
)  # fmt: skip
NO_DRAW = error(
    "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) "
    "value is supported.",
    code="unsupported_value", param="temperature",
)  # fmt: skip


def reasoning(body: Body) -> Answer:
    """A model of OpenAI that thinks."""
    if "max_tokens" in body:
        return NEW_LIMIT
    return NO_DRAW if "temperature" in body else Answer("yes")


def test_a_reasoning_model_is_asked_as_it_takes_it_from_its_second_refusal_on(
    serving: Serving,
) -> None:
    server, told = serving(reasoning), []
    provider = OpenAiProvider(MODEL)
    provider.note = told.append
    asked = request(max_tokens=64, temperature=0.2)
    assert provider.complete(asked).text == "yes"
    assert [sorted(body.keys() - {"messages", "model"}) for body in server.bodies] == [
        ["max_tokens", "temperature"], ["max_completion_tokens", "temperature"],
        ["max_completion_tokens"],
    ]  # fmt: skip
    assert server.bodies[-1]["max_completion_tokens"] == 64
    assert "it takes max_completion_tokens in place of max_tokens" in told[0]
    assert "it takes no temperature: left out from now on" in told[1]
    provider.complete(asked)
    assert len(server.bodies) == 4, "what was learnt is remembered"


@pytest.mark.parametrize("model", ["o3-mini", "o1", "gpt-5", "gpt-5-mini", "openai/o4-mini"])
def test_a_reasoning_model_that_is_known_is_never_asked_wrongly(
    model: str, serving: Serving
) -> None:
    server = serving(reasoning)
    asked = request(max_tokens=64, temperature=0.2, top_p=0.9)
    assert OpenAiProvider(model).complete(asked).text == "yes"
    assert len(server.bodies) == 1


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-5-chat-latest", "qwen2.5-coder:32b", "co3", "m"])
def test_no_other_model_is_taken_for_one(model: str) -> None:
    assert Dialect.of(model) == Dialect()


@pytest.mark.parametrize(
    "refusal",
    [
        error("Unrecognized request argument supplied: seed"),
        error("seed: Extra inputs are not permitted", 422),
        Answer(status=422, body=json.dumps(
            {"detail": [{"loc": ["body", "seed"], "msg": "extra fields not permitted"}]}
        ).encode()),
    ],
)  # fmt: skip
def test_an_option_that_a_server_does_not_know_is_left_out(
    refusal: Answer, serving: Serving
) -> None:
    server = serving(lambda body: refusal if "seed" in body else Answer("yes"))
    assert OpenAiProvider(MODEL).complete(request(seed=1, max_tokens=9)).text == "yes"
    assert server.bodies[-1]["max_tokens"] == 9


def test_a_server_that_knows_neither_limit_is_asked_without(serving: Serving) -> None:
    def answer(body: Body) -> Answer:
        known = [name for name in body if name.startswith("max_")]
        return error(f"Unknown parameter: {known[0]!r}") if known else Answer("yes")

    server = serving(answer)
    assert OpenAiProvider(MODEL).complete(request(max_tokens=9)).text == "yes"
    assert len(server.bodies) == 3


@pytest.mark.parametrize(
    ("refusal"),
    [
        error("System role not supported"),
        error("Jinja Exception: System role not supported", 500),
        error("Only user and assistant roles are supported!"),
        error("Conversation roles must alternate user/assistant/user/assistant/..."),
        error("Unsupported value: 'messages[0].role' does not support 'system' with this model.",
              code="unsupported_value", param="messages[0].role"),
        Answer("Developer instruction is not enabled for this model; its role: system", status=400),
    ],
)  # fmt: skip
def test_a_server_without_a_system_role_gets_its_text_in_the_users_once(
    refusal: Answer, serving: Serving
) -> None:
    server = serving(
        lambda body: refusal if body["messages"][0]["role"] == "system" else Answer("yes")
    )
    provider = OpenAiProvider(MODEL)
    assert [provider.complete(request()).text for _ in range(2)] == ["yes"] * 2
    assert [len(body["messages"]) for body in server.bodies] == [2, 1, 1]
    assert server.prompts[-1] == "Be brief.\n\nWhat?"
    assert SYSTEM[1]["content"] == "What?", "the searcher's own messages stay as they are"


def test_a_system_message_alone_becomes_the_users() -> None:
    folded = Dialect(is_folded=True).messages(SYSTEM[:1])
    assert folded == [{"role": "user", "content": "Be brief."}]


@pytest.mark.parametrize(
    "refusal",
    [
        error("model 'm' is not supported"), error("no"), error("bad key", 401),
        error("max_tokens is too large: 9. This model allows at most 4"),
        error("the system prompt is missing its last word"),
    ],
)  # fmt: skip
def test_a_refusal_that_is_no_matter_of_form_is_final_at_once(
    refusal: Answer, serving: Serving
) -> None:
    server = serving(lambda body: refusal)
    with pytest.raises(LlmError):
        OpenAiProvider(MODEL).complete(request(max_tokens=9))
    assert len(server.bodies) == 1


def test_a_server_that_refuses_every_form_is_not_asked_for_ever(serving: Serving) -> None:
    names = ("max_tokens", "max_completion_tokens", "seed", "stop", "top_p")
    server = serving(lambda body: error(f"unsupported: {', '.join(names)}; System role"))
    with pytest.raises(LlmError, match="answered 400: unsupported"):
        OpenAiProvider(MODEL).complete(request(max_tokens=9, seed=1, stop="x", top_p=1.0))
    assert len(server.bodies) <= 7


def test_two_that_learn_at_once_both_get_their_answer(serving: Serving) -> None:
    together = threading.Barrier(2, timeout=20)

    def answer(body: Body) -> Answer:
        if "temperature" in body:
            together.wait()  # both have asked before either is refused
            return NO_DRAW
        return Answer("yes")

    serving(answer)
    provider, texts = OpenAiProvider(MODEL), []
    threads = [
        threading.Thread(
            target=lambda: texts.append(provider.complete(request(temperature=0.2)).text)
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == ["yes"] * 2


@pytest.mark.parametrize(
    ("message", "finish", "text", "ending"),
    [
        ({"content": None, "refusal": "I will not."}, "stop", "I will not.", "refusal"),
        ({"content": "yes", "refusal": ""}, "stop", "yes", ""),
        ({"content": None, "tool_calls": [{"id": "1"}]}, "tool_calls", "", "tool"),
        ({"content": "yes", "tool_calls": []}, "stop", "yes", ""),
        ({"content": "", "refusal": None}, "content_filter", "", "filter"),
    ],
)
def test_a_reply_says_why_it_answers_nothing(
    message: dict[str, Any], finish: str, text: str, ending: str, serving: Serving
) -> None:
    serving(lambda body: Answer(message=message, finish=finish))
    reply = OpenAiProvider(MODEL).complete(request())
    assert (reply.text, reply.ending) == (text, ending)


@pytest.mark.parametrize("code", ["content_filter", "content_policy_violation"])
def test_a_prompt_that_a_filter_refuses_is_a_reply_that_it_stopped(
    code: str, serving: Serving
) -> None:
    server = serving(lambda body: error("The prompt was filtered.", code=code))
    reply = OpenAiProvider(MODEL).complete(request())
    assert (reply.text, reply.ending) == ("The prompt was filtered.", "filter")
    assert reply.estimated and reply.tokens_in > 0
    assert len(server.bodies) == 1


def test_a_server_that_was_given_too_little_time_is_given_twice_as_much(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_provider, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(openai_provider, "LONGEST_S", 0.3)
    never = threading.Event()
    answers = iter([Answer("a", wait=never), Answer("b", wait=never), Answer("c")])
    serving(lambda body: next(answers))
    provider = OpenAiProvider(MODEL)
    assert provider._silence_s == 0.2
    for _ in range(2):
        with pytest.raises(TransportError, match=r"timed out.* s of silence; from now on 0\.3 s"):
            provider.complete(request())
        assert provider._silence_s == 0.3
    assert provider.complete(request()).text == "c"
    never.set()


@pytest.mark.parametrize("model", ["o3", "gpt-5", "deepseek-r1:70b", "QwQ-32B", "deepseek-reasoner",
                                   "kimi-k2-thinking", "openai/gpt-oss-120b"])  # fmt: skip
def test_a_model_that_thinks_is_given_long_at_once(model: str, serving: Serving) -> None:
    serving(lambda body: Answer("yes"))
    assert thinks(model)
    assert OpenAiProvider(model)._silence_s == openai_provider.LONGEST_S
    assert not thinks(MODEL)
