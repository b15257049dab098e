"""What servers answer beside completions: refusals of all shapes, waits, bodies that are none."""

from __future__ import annotations

import email.utils
import gzip
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from scripted import MODEL, Answer, ScriptedServer

from toolkit.llm import openai as openai_provider
from toolkit.llm.openai import OpenAiProvider
from toolkit.llm.provider import LlmError, Reply, Request, TransportError
from toolkit.llm.server_errors import reason, wait_s

Ask = Callable[[Answer], Reply]
Serve = Callable[..., ScriptedServer]
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


NO_COMPLETION: dict[str, dict[str, Any]] = {
    "choices is an object": {"choices": {"0": {"message": {"content": "x"}}}},
    "choices is a text": {"choices": "x"},
    "choices is null": {"choices": None},
    "a choice is null": {"choices": [None]},
    "a choice is a list": {"choices": [[]]},
    "message is a text": {"choices": [{"message": "x"}]},
    "message is null": {"choices": [{"message": None}]},
    "message is a list": {"choices": [{"message": ["x"]}]},
}


@pytest.mark.parametrize("name", NO_COMPLETION)
def test_a_shape_that_holds_no_message_is_no_completion(ask: Ask, name: str) -> None:
    with pytest.raises(TransportError, match="gave no completion"):
        ask(answer(**NO_COMPLETION[name]))


CONTENTS: dict[str, tuple[Any, str]] = {
    "parts with null": ([{"type": "text", "text": None}, {"type": "text", "text": "x"}], "x"),
    "parts with thoughts": (
        [{"type": "thinking", "thinking": [{"text": "t"}]}, {"text": "x"}],
        "x",
    ),
    "texts": (["a", "b"], "ab"),
    "one part": ({"type": "text", "text": "x"}, "x"),
    "nested text": ([{"text": {"value": "x"}}], ""),
    "null": (None, ""),
    "output text": ([{"type": "output_text", "text": "x"}], "x"),
    **{
        f"{kind} with a text": (
            [{"type": kind, "text": "secret"}, {"type": "text", "text": "x"}],
            "x",
        )
        for kind in ("thinking", "reasoning", "redacted_thinking", "reasoning_text", "summary_text")
    },
    "number": (7, ""),
    "true": (True, ""),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_content_of_any_shape_is_read_as_its_texts(ask: Ask, name: str) -> None:
    content, text = CONTENTS[name]
    assert (
        ask(
            answer(choices=[{"index": 0, "message": {"role": "assistant", "content": content}}])
        ).text
        == text
    )


@pytest.mark.parametrize("count", [None, -1, 10**30, 0.5, "5", True, [], float("inf")])
def test_a_count_of_tokens_that_cannot_be_is_estimated(ask: Ask, count: Any) -> None:
    reply = ask(answer(usage={"prompt_tokens": 10, "completion_tokens": count}))
    assert (reply.tokens_in, reply.tokens_out, reply.estimated) == (100, 1, True)


def test_a_whole_count_is_taken_however_it_is_written(ask: Ask) -> None:
    reply = ask(answer(usage={"prompt_tokens": 10.0, "completion_tokens": 5}, model={"id": "m"}))
    assert (reply.tokens_in, reply.tokens_out, reply.estimated) == (10, 5, False)
    assert reply.model == MODEL, "a name that is no text is none"


GOOD = Answer("text").payload()
BODIES = {
    "html": (Answer(body=b"<html>login</html>", headers={"content-type": "text/html"}),
             r"gave no JSON but text/html: <html>login</html>"),
    "nothing": (Answer(body=b""), "gave no JSON but application/json: nothing"),
    "no content": (Answer(status=204, body=b""), "gave no JSON but application/json: nothing"),
    "stream": (Answer(body=b"data: {}\n\n", headers={"content-type": "text/event-stream"}),
               "gave no JSON but text/event-stream"),
    "lines of JSON": (Answer(body=GOOD + b"\n" + GOOD), "gave no JSON"),
    "nested too deep": (Answer(body=b'{"choices": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
                        "gave no JSON"),
    "not compressed": (Answer(body=GOOD, headers={"content-encoding": "gzip"}), "broke off"),
    "not in chunks": (Answer(body=b"zz\r\n", headers={"transfer-encoding": "chunked"}), "broke off"),
    "cut": (Answer("text", cut=40), "broke off"),
    "list": (Answer(body=b"[" + GOOD + b"]"), "gave no completion"),
    "text": (Answer(body=b'"hello"'), "gave no completion: hello"),
    "null": (Answer(body=b"null"), "gave no completion: null"),
    "number": (Answer(body=b"5"), "gave no completion: 5"),
    "false": (Answer(body=b"false"), "gave no completion: false"),
    "empty object": (Answer(body=b"{}"), "gave no completion: {}"),
    "redirect to itself": (Answer(status=307, headers={"location": "chat/completions"}), "redirects"),
    "deep refusal": (Answer(status=500, body=b"[" * 100_000), r"answered 500: \[\["),
    "compressed refusal": (Answer("oh", status=500, headers={"content-encoding": "gzip"}),
                           "answered 500: it gave no reason"),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_completion_is_told_and_may_be_tried_again(ask: Ask, name: str) -> None:
    given, told = BODIES[name]
    with pytest.raises(TransportError, match=told):
        ask(given)


@pytest.mark.parametrize("status", [200, 500])
def test_a_body_without_end_is_not_read_to_its_end(
    ask: Ask, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_provider, "MAX_BODY_BYTES", 1_000_000)
    bomb = gzip.compress(b" " * 20_000_000, 1)
    with pytest.raises(TransportError, match="more than 1 MB"):
        ask(Answer(status=status, body=bomb, headers={"content-encoding": "gzip"}))


def test_another_character_set_is_read(ask: Ask) -> None:
    body = json.dumps(json.loads(GOOD), ensure_ascii=False).replace("text", "café")
    kind = {"content-type": "application/json; charset=latin-1"}
    assert ask(Answer(body=body.encode("latin-1"), headers=kind)).text == "café"
    assert ask(Answer(body=b"\xef\xbb\xbf" + body.encode())).text == "café", "a byte order mark"


def test_a_redirect_is_followed_and_told_where_it_ends(ask: Ask, serve: Serve) -> None:
    elsewhere = serve(Answer("no", status=403))
    with pytest.raises(LlmError) as caught:
        ask(Answer(status=307, headers={"location": f"{elsewhere.url}/chat/completions"}))
    assert f"(redirected to {elsewhere.url}/chat/completions) answered 403: no" in str(caught.value)


def test_a_redirect_to_nowhere_is_final(ask: Ask) -> None:
    with pytest.raises(LlmError, match="answered 304: it gave no reason; check the server"):
        ask(Answer(status=304, body=b""))


def test_a_key_that_the_server_repeats_does_not_go_on_record(ask: Ask) -> None:
    with pytest.raises(LlmError, match="incorrect key: …; check OPENAI_API_KEY"):
        ask(Answer(f"incorrect key: {KEY}", status=401))


def test_a_password_in_an_address_is_not_shown(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(Answer("oh", status=500))
    monkeypatch.setenv("OPENAI_BASE_URL", server.url.replace("//", "//me:p4ss@word@"))
    with pytest.raises(TransportError, match="answered 500: oh") as caught:
        OpenAiProvider(MODEL).complete(REQUEST)
    assert "p4ss" not in str(caught.value)
    assert "word" not in str(caught.value)


def at(seconds: float) -> str:
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


WAITS = {
    "seconds": ({"retry-after": "45"}, 45),
    "a fraction": ({"retry-after": "0.5"}, 0.5),
    "milliseconds": ({"retry-after-ms": "45500"}, 45.5),
    "both": ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
    "garbage, then seconds": ({"retry-after-ms": "soon", "retry-after": "2"}, 2),
    "huge": ({"retry-after": "99999999999"}, 99999999999),
    "date by its own clock": (
        {"date": "Wed, 21 Oct 2026 07:27:00 GMT", "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 60,
    ),
    "old forms of a date": (
        {"date": "Wed Oct 21 07:27:00 2026", "retry-after": "Wednesday, 21-Oct-26 07:28:00 GMT"}, 60,
    ),
    "negative": ({"retry-after": "-5"}, None),
    "now": ({"retry-after": "0"}, None),
    "past": ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, None),
    "garbage": ({"retry-after": "soon"}, None),
    "empty": ({"retry-after": ""}, None),
    "no number": ({"retry-after": "nan"}, None),
    "infinite": ({"retry-after": "inf"}, None),
    "overflow": ({"retry-after": "1e999"}, None),
    "no day": ({"retry-after": "Wed, 99 Oct 2026 99:99:99 GMT"}, None),
    "far year": ({"retry-after": "Wed, 21 Oct 99999999 07:28:00 GMT"}, None),
    "twice": ({"retry-after": "5, 5"}, 5),
    "twice, and not the same": ({"retry-after": "5, 7"}, None),
    "with a unit": ({"retry-after": "30s"}, 30),
    "with a word": ({"retry-after": "2 minutes"}, 120),
    "with two units": ({"retry-after": "1m30s"}, 90),
    "ISO date": ({"date": "Wed, 21 Oct 2026 07:27:00 GMT", "retry-after": "2026-10-21T07:28:00Z"}, 60),
    "ISO date of a zone": (
        {"date": "Wed, 21 Oct 2026 07:27:00 GMT", "retry-after": "2026-10-21T09:28:00+02:00"}, 60,
    ),
    "underscore": ({"retry-after": "1_0"}, None),
    "no digits of ASCII": ({"retry-after": "\uff11"}, None),
}  # fmt: skip


@pytest.mark.parametrize("name", WAITS)
def test_how_long_a_server_asks_to_wait(name: str) -> None:
    headers, seconds = WAITS[name]
    assert wait_s(headers) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("form", ["retry-after", "retry-after-ms", "date"])
def test_a_wait_reaches_the_gateway_in_every_form(ask: Ask, form: str) -> None:
    headers = {"retry-after": at(45)} if form == "date" else {form: "45"}
    with pytest.raises(TransportError) as caught:
        ask(Answer("slow down", status=429, headers=headers))
    expected = {"retry-after": 45, "retry-after-ms": 0.045, "date": 45}[form]
    assert caught.value.retry_after_s == pytest.approx(expected, abs=2 if form == "date" else 1e-9)
