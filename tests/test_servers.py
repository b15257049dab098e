"""Answers of servers that are refusals, of any shape."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from asked_servers import answer
from asked_servers import ask as ask
from scripted import Answer

from toolkit.llm.provider import LlmError, Reply, TransportError
from toolkit.llm.server_errors import reason

Ask = Callable[[Answer], Reply]

REASONS = {
    "openai": ({"error": {"message": "no such model", "code": "x"}}, "no such model"),
    "ollama": ({"error": "model 'm' not found"}, "model 'm' not found"),
    "vllm": ({"object": "error", "message": "too long", "code": 400}, "too long"),
    "detail": ({"detail": "field required"}, "field required"),
    "fastapi": (
        {"detail": [{"loc": ["body", "messages"], "msg": "bad"}, {"loc": ["body"], "msg": "no"}]},
        "body.messages: bad; body: no",
    ),
    "google": ([{"error": {"code": 400, "message": "API key not valid"}}], "API key not valid"),
    "anthropic": ({"type": "error", "error": {"type": "t", "message": "Overloaded"}}, "Overloaded"),
    "aws": ({"Message": "not authorised"}, "not authorised"),
    "oauth": ({"error_description": "token expired"}, "token expired"),
    "problem": ({"type": "about:blank", "title": "Bad Gateway"}, "Bad Gateway"),
    "errors": ({"errors": [{"message": "one"}, {"message": "two"}]}, "one; two"),
    "router": (
        {"error": {"message": "Provider returned error", "metadata": {"raw": "context too long"}}},
        "Provider returned error; context too long",
    ),
    "error without words": ({"error": {}, "message": "at the top"}, "at the top"),
    "no known key": ({"fault": 7}, '{"fault": 7}'),
    "text": ("stream must\nbe set", "stream must be set"),
    "escape": ({"error": "\x1b[2Jgone\x00"}, "[2Jgone"),
    "number": ({"error": 7}, '{"error": 7}'),
    "nothing": ("", ""),
    "null": (None, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", REASONS)
def test_the_reason_of_a_server_is_found_in_any_shape(name: str) -> None:
    body, told = REASONS[name]
    assert reason(body) == told


@pytest.mark.parametrize("body", [b'{"error": "pull it first"}', b'{"detail": "pull it first"}',
                                  b"pull it first", b'"pull it first"'])  # fmt: skip
def test_a_refusal_shows_the_reason_and_what_to_do(ask: Ask, body: bytes) -> None:
    with pytest.raises(LlmError, match=r"answered 404: pull it first; check the model's name"):
        ask(Answer(status=404, body=body))


def test_a_long_reason_shows_that_it_was_cut(ask: Ask) -> None:
    with pytest.raises(LlmError, match=r"answered 400: (word ?)+…; check"):
        ask(Answer("word " * 500, status=400))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ({"message": "no credits", "code": 402}, "answered 402: no credits; the account has no"),
        ({"message": "no credits", "code": "402"}, "answered 402: no credits"),
        ({"message": "wrong", "code": "invalid_api_key"}, "answered 401: wrong; check OPENAI_API"),
        ({"message": "none", "code": "model_not_found"}, "answered 404: none"),
        ({"message": "long", "type": "invalid_request_error"}, "answered 400: long"),
        ({"message": "empty", "code": "insufficient_quota"}, "answered 402: empty"),
        ({"message": "spent", "type": "insufficient_quota", "code": 429}, "the quota is used up"),
    ],
)
def test_an_error_inside_a_200_is_final_where_its_code_is(
    ask: Ask, error: dict[str, Any], told: str
) -> None:
    with pytest.raises(LlmError) as caught:
        ask(Answer(body=json.dumps({"error": error}).encode()))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"error": {"message": "slow down", "code": 429}}, "answered 429: slow down"),
        ({"error": {"message": "oh", "code": 502}}, "answered 502: oh"),
        ({"error": {"message": "oh", "code": "server_error"}}, "answered 500: oh"),
        ({"error": {"message": "busy", "type": "overloaded_error"}}, "answered 503: busy"),
        ({"error": {"message": "busy"}, "status": "UNAVAILABLE"}, "answered 503: busy"),
        ({"error": {"message": "busy", "code": "rate_limit_exceeded"}}, "answered 429: busy"),
        ({"error": "something broke"}, "gave no completion: something broke"),
        ({"error": ["one", "two"]}, "gave no completion: one; two"),
        ({"detail": "not ready"}, "gave no completion: not ready"),
        ({"choices": [{"index": 0, "finish_reason": "error", "message": {"content": "half"},
                       "error": {"code": 503, "message": "lost"}}]}, "answered 503: lost"),
    ],
)  # fmt: skip
def test_an_error_inside_a_200_is_tried_again_where_another_try_may_help(
    ask: Ask, body: dict[str, Any], told: str
) -> None:
    with pytest.raises(TransportError) as caught:
        ask(Answer(body=json.dumps(body).encode()))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"object": "error", "message": "long", "code": 400}, "answered 400: long"),
        ({"object": "error", "message": "long", "type": "BadRequestError"}, "answered 400: long"),
        ({"status": "error", "message": "Unauthorized", "code": 401}, "answered 401: Unauthorized"),
        ({"detail": "Not authenticated"}, "answered 401: Not authenticated"),
        ({"error": "Insufficient credits"}, "answered 402: Insufficient credits"),
        ({"success": False, "errors": [{"code": 403, "message": "no"}]}, "answered 403: no"),
        ({"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]},
         "answered 401: Authentication error"),
        ({"error": "spent", "code": 429, "type": "insufficient_quota"}, "the quota is used up"),
    ],
)  # fmt: skip
def test_a_200_that_is_an_error_itself_is_final_where_it_says_so(
    ask: Ask, body: dict[str, Any], told: str
) -> None:
    with pytest.raises(LlmError) as caught:
        ask(Answer(body=json.dumps(body).encode()))
    assert told in str(caught.value)


@pytest.mark.parametrize("status", [200, 429])
def test_a_quota_that_is_only_spoken_of_is_not_used_up(ask: Ask, status: int) -> None:
    error = {"message": "slow down; this is no insufficient_quota error", "code": 429}
    with pytest.raises(TransportError, match="answered 429: slow down"):
        ask(Answer(status=status, body=json.dumps({"error": error}).encode()))


def choice(finish: str, **message: Any) -> Answer:
    return answer(choices=[{"index": 0, "finish_reason": finish, "message": message}])


@pytest.mark.parametrize(
    ("finish", "ending"),
    [
        *[(word, "length") for word in ("length", "MAX_TOKENS", "max_output_tokens", "maxTokens")],
        *[(word, "filter") for word in ("content_filter", "SAFETY", "Content-Filter")],
        ("STOP", ""),
    ],
)
def test_why_a_reply_ended_is_read_in_any_spelling(ask: Ask, finish: str, ending: str) -> None:
    assert ask(choice(finish, content="half")).ending == ending


@pytest.mark.parametrize("finish", ["error", "ERROR", "network_error"])
def test_a_reply_that_an_error_ended_is_not_taken(ask: Ask, finish: str) -> None:
    with pytest.raises(TransportError, match="broke the reply off"):
        ask(choice(finish, content="half an answer"))


@pytest.mark.parametrize(
    "message",
    [
        {"content": "", "thinking": "hm"},
        {"content": None, "reasoning_details": [{"text": "hm"}]},
        {"content": [{"type": "reasoning", "text": "hm"}]},
    ],
)
def test_thinking_without_an_answer_is_told_wherever_it_stands(
    ask: Ask, message: dict[str, Any]
) -> None:
    reply = ask(choice("stop", **message))
    assert (reply.text, reply.ending) == ("", "thinking")


@pytest.mark.parametrize("error", ["slow down", {"message": "slow down", "code": 429}])
def test_an_error_inside_a_200_may_ask_to_wait(ask: Ask, error: Any) -> None:
    with pytest.raises(TransportError) as caught:
        ask(Answer(body=json.dumps({"error": error}).encode(), headers={"retry-after": "7"}))
    assert caught.value.retry_after_s == 7


@pytest.mark.parametrize("error", [
    None, "", {}, [], {"message": None, "code": None}, " ", False, [{}], {"code": 0, "message": ""},
    {"code": 200, "message": "OK"}, {"code": "0", "message": "success"}, {"code": "success"}, "none",
])  # fmt: skip
def test_an_empty_error_beside_a_completion_is_none(ask: Ask, error: Any) -> None:
    assert ask(answer(error=error)).text == "text"


@pytest.mark.parametrize("status", [500, 501, 503, 520, 529])
def test_every_status_from_500_on_is_tried_again(ask: Ask, status: int) -> None:
    with pytest.raises(TransportError, match=rf"answered {status}: oh"):
        ask(Answer("oh", status=status))
