"""Answers of servers: contents, counts, bodies that are none, waits."""

from __future__ import annotations

import email.utils
import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from asked_servers import KEY, REQUEST, answer
from asked_servers import ask as ask
from scripted import MODEL, Answer, ScriptedServer

from toolkit.llm import openai as openai_provider
from toolkit.llm.openai import OpenAiProvider
from toolkit.llm.provider import LlmError, Reply, TransportError
from toolkit.llm.server_errors import wait_s

Ask = Callable[[Answer], Reply]

Serve = Callable[..., ScriptedServer]

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
