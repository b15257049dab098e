"""The bundled reader as a provider, as the gateway and the command line see it."""

from __future__ import annotations

import pytest
from asked_reader import CONTEXT, WHERE

import toolkit
from studies.reader.provider import MODEL, ReaderProvider
from studies.reader.words import size
from toolkit.llm import models
from toolkit.plugins import installed


def request(text: str, **options: int) -> toolkit.Request:
    return toolkit.Request("key", "title", [{"role": "user", "content": text}], options)


def test_it_is_found_by_its_name() -> None:
    registry = installed()
    made = models.made(registry, "reader")
    assert (made.name, made.price_free, made.model) == ("reader", True, MODEL)
    assert "no language model" in registry.find("llm", "reader").summary


def test_a_reply_counts_its_tokens_and_costs_nothing() -> None:
    text = f"{CONTEXT}\n\n{WHERE}"
    reply = ReaderProvider().complete(request(text))
    assert (reply.tokens_in, reply.tokens_out) == (size(text), size(reply.text))
    assert (reply.model, reply.usd, reply.estimated, reply.ending) == (MODEL, 0.0, False, "")


def test_a_reply_that_is_cut_says_so() -> None:
    reply = ReaderProvider().complete(request(f"{CONTEXT}\n\n{WHERE}", max_tokens=4))
    assert (reply.text, reply.tokens_out, reply.ending) == (
        "Based on the conversation",
        4,
        "length",
    )


def test_a_prompt_that_is_too_long_is_told_as_a_server_tells_it() -> None:
    with pytest.raises(toolkit.TooLong, match=r"context length is 8192 tokens.*send fewer"):
        ReaderProvider().complete(request("word " * 9000))


def test_it_takes_no_argument() -> None:
    with pytest.raises(toolkit.UserError, match=r"takes no argument, got .large.: write `reader`"):
        models.made(installed(), "reader:large")
