"""Prompts that are longer than a server takes: asked again, shorter, and never twice as they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asked_servers import ask as ask
from llm_runs import SERIES, quick
from llm_runs import search as search
from scripted import Answer, ScriptedServer

import toolkit
from searchers.autoresearcher import Autoresearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.ledger.cell import CellState
from toolkit.ledger.ledger import Ledger
from toolkit.llm.context import figures
from toolkit.llm.gateway import Channel
from toolkit.llm.provider import (
    LlmError,
    Provider,
    Reply,
    Request,
    TooLong,
    TransportError,
)
from toolkit.llm.recorded import RecordedProvider, dump
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan

Ask = Callable[[Answer], Reply]
Serve = Callable[..., ScriptedServer]
Search = Callable[..., CellState]


def error(message: str, status: int = 400, **more: Any) -> Answer:
    return Answer(status=status, body=json.dumps({"error": {"message": message, **more}}).encode())


TOO_LONG = error(
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 10240 "
    "tokens. Please reduce the length of the messages.",
    code="context_length_exceeded",
)  # fmt: skip
SERVERS: dict[str, tuple[Answer, int | None, int | None]] = {
    "OpenAI": (TOO_LONG, 8192, 10240),
    "OpenAI, tokens a minute": (
        error("Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40,500. "
              "The input or output tokens must be reduced in order to run successfully.",
              429, code="rate_limit_exceeded"), 30000, 40500),
    "vLLM": (error("This model's maximum context length is 4096 tokens. However, you requested 5000 "
                   "tokens (4000 in the messages, 1000 in the completion)."), 4096, 5000),
    "vLLM, a small rest": (
        error("'max_tokens' or 'max_completion_tokens' is too large: 256. This model's maximum "
              "context length is 4096 tokens and your request has 4000 input tokens"), 4096, 4000),
    "vLLM, nothing left": (error("max_tokens must be at least 1, got -904."), None, None),
    "vLLM, its decoder": (error("The decoder prompt (length 5000) is longer than the maximum model "
                                "length of 4096."), 4096, 5000),
    "llama.cpp": (error("the request exceeds the available context size. try increasing the context "
                        "size or enable context shift", 500, type="exceed_context_size_error",
                        n_prompt_tokens=1407, n_ctx=256), 256, 1407),
    "llama.cpp, later": (error("request (5000 tokens) exceeds the available context size (4096 "
                               "tokens), try increasing it"), 4096, 5000),
    "llama.cpp in Python": (error("Requested tokens (2285) exceed context window of 2048", 500),
                            2048, 2285),
    "LM Studio": (error("Trying to keep the first 5000 tokens when context the overflows. However, "
                        "the model is loaded with context length of only 4096 tokens"), 4096, 5000),
    "Ollama": (error("input length exceeds maximum context length", 500), None, None),
    "TGI": (Answer(status=422, body=json.dumps({
        "error": "Input validation error: `inputs` must have less than 4096 tokens. Given: 5000",
        "error_type": "validation"}).encode()), 4096, 5000),
    "SGLang": (error("Requested token count exceeds the model's maximum context length of 4096 "
                     "tokens. You requested a total of 5000 tokens"), 4096, 5000),
    "Anthropic": (error("prompt is too long: 210000 tokens > 200000 maximum"), 200000, 210000),
    "Google": (error("The input token count (1200000) exceeds the maximum number of tokens allowed "
                     "(1048576)."), 1048576, 1200000),
    "Mistral": (error("Prompt contains 40000 tokens, too large for model with 32768 maximum context "
                      "length"), 32768, 40000),
    "Groq": (error("Please reduce the length of the messages or completion.", 413), None, None),
    "a status that says it": (Answer(status=413, body=b""), None, None),
    "inside a 200": (Answer(body=b'{"error": "the maximum context length is 8 tokens"}'), 8, None),
}  # fmt: skip


@pytest.mark.parametrize("name", SERVERS)
def test_a_prompt_that_is_too_long_is_told_by_every_server_in_its_own_words(
    name: str, ask: Ask
) -> None:
    answer, limit, sent = SERVERS[name]
    with pytest.raises(TooLong) as caught:
        ask(answer)
    assert (caught.value.limit, caught.value.sent) == (limit, sent)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error("slow down", 429), TransportError),
        (error("Rate limit reached on tokens per min: Limit 30000, Used 29000", 429), TransportError),
        (error("oh", 500), TransportError),
        (error("no such model"), LlmError),
        (error("the context is not allowed"), LlmError),
        (error("max_tokens is too large: 5000"), LlmError),
        (error("context length exceeded", 401), LlmError),
    ],
)  # fmt: skip
def test_no_other_refusal_is_taken_for_one(answer: Answer, kind: type[Exception], ask: Ask) -> None:
    with pytest.raises(kind) as caught:
        ask(answer)
    assert not isinstance(caught.value, TooLong)


@pytest.mark.parametrize(
    "told", ["", "context length", "n_ctx 0", f"n_ctx {10**12}", "n_ctx " + "1" * 5000]
)
def test_a_limit_that_cannot_be_is_none(told: str) -> None:
    assert figures(told) == (None, None)


def failures_in(prompt: str) -> int:
    return prompt.count("the truth of")


def test_autoresearch_asks_once_more_with_fewer_failures_and_is_charged_in_tokens(
    serve: Serve, search: Search
) -> None:
    server = serve(TOO_LONG, Answer(SERIES), Answer(SERIES))
    told: list[str] = []
    cell = search(quick(note=told.append)[0], budget=6)
    assert cell.ended["status"] == "finished"
    assert len(cell.trials) == 6, "no trial is charged for it"
    assert [failures_in(prompt) for prompt in server.prompts] == [9, 3, 3]
    first, second = cell.completions.values()
    assert (first.tokens_in, first.tokens_out, first.attempts) == (10240 + 1000, 100, 2)
    assert not first.estimated
    assert first.usd == second.usd, "no server is paid for what it refuses"
    assert second.tokens_in == 1000, "what is as long as that is not sent at all"
    assert cell.requested == 3
    assert told == ["a-0: the request is too long for the model; a shorter one"]


def test_a_server_that_does_not_count_has_its_tokens_estimated(
    serve: Serve, search: Search
) -> None:
    server = serve(error("context length exceeded"), Answer(SERIES))
    (one,) = search(quick()[0], budget=3).completions.values()
    assert one.estimated
    assert one.tokens_in == 1000 + len(server.prompts[0]) // 4


def test_a_resumed_cell_does_not_ask_again_what_was_too_long(
    serve: Serve, search: Search, tmp_path: Path
) -> None:
    serve(TOO_LONG, Answer(SERIES))
    before = search(quick()[0], budget=3)
    server = serve(Answer(SERIES))
    after = search(quick()[0], budget=6)
    assert len(server.prompts) == 1
    assert [*after.completions.values()][:1] == [*before.completions.values()]
    assert len(after.trials) == 6
    assert not after.ended["diverged"] and not after.ended["mismatches"]


def test_a_prompt_that_is_still_too_long_ends_the_cell_with_advice(
    serve: Serve, search: Search
) -> None:
    server = serve(TOO_LONG)
    cell = search(quick()[0], budget=3)
    assert cell.ended["status"] == "failed"
    for words in ("8192 tokens", "--max-model-len", "failures=4", "same command again"):
        assert words in cell.ended["detail"]
    assert "\n" not in cell.ended["detail"]
    assert (len(server.prompts), len(cell.completions)) == (2, 0)
    mended = serve(Answer(SERIES))
    again = search(quick()[0], budget=3)
    assert again.ended["status"] == "finished"
    assert [failures_in(prompt) for prompt in mended.prompts] == [9], "it has what it takes now"


def test_who_sees_no_failures_has_nothing_to_shorten(serve: Serve, search: Search) -> None:
    server = serve(TOO_LONG)
    cell = search(quick()[0], budget=3, sees="scores")
    assert cell.ended["status"] == "failed"
    assert (len(server.prompts), len(cell.completions)) == (1, 0)


def test_a_recording_replays_what_was_answered_to_a_shorter_prompt(
    serve: Serve, search: Search, bench: Bench, tmp_path: Path
) -> None:
    serve(TOO_LONG, Answer(SERIES))
    cell = search(quick()[0], budget=3)
    header = {"model": "m", "cell": {"searcher": "autoresearch", "options": {}, "seed": 0}}
    path = tmp_path / "r.jsonl"
    path.write_text(dump(header, cell.completions.values()))
    channel = Channel(RecordedProvider(str(path)))
    spec = CellSpec("a", "autoresearch", Autoresearch, {}, 0, channel.provider.name, True)
    plan = Plan([spec], Budget(3), 1, 60, channel, search_only=True)
    with Ledger(tmp_path / "replayed", writer=True) as ledger:
        replayed = Comparison(bench, ledger, plan).run().cells[spec.key]
    assert replayed.usage.tokens == cell.usage.tokens == 10240 + 1100
    scores = [[trial.score for trial in one.trials.values()] for one in (cell, replayed)]
    assert scores[0] == scores[1]
    assert not replayed.ended["mismatches"]


class Narrow(Provider):
    """A plugin's provider, which takes short prompts only."""

    name, price_free = "narrow", True

    def complete(self, request: Request) -> Reply:
        if failures_in(request.messages[0]["content"]) > 3:
            raise TooLong("narrow: too long", "n_ctx 99")
        return Reply(SERIES, "m", 1, 1, usd=0.0)


def test_a_plugins_provider_may_say_so_as_well(search: Search) -> None:
    cell = search(Channel(Narrow()), budget=3)
    assert cell.ended["status"] == "finished"
    (reply,) = cell.completions.values()
    assert reply.estimated and reply.tokens_in > 100


class Careful:
    """Handles a prompt that is too long by itself."""

    def run(self, lab: toolkit.Lab) -> None:
        with pytest.raises(toolkit.TooLong) as caught:
            lab.complete([{"role": "user", "content": "?"}])
        assert (caught.value.limit, caught.value.sent) == (8192, 10240)
        lab.complete([{"role": "user", "content": ""}])
        lab.evaluate(toolkit.Candidate())


def test_a_searcher_is_told_the_limit(serve: Serve, bench: Bench, tmp_path: Path) -> None:
    server = serve(TOO_LONG, Answer("yes"))
    channel, _ = quick()
    spec = CellSpec("a", "a", Careful, {}, 0, channel.provider.name, True)
    plan = Plan([spec], Budget(3), 1, 60, channel, search_only=True)
    with Ledger(tmp_path / "run", writer=True) as ledger:
        cell = Comparison(bench, ledger, plan).run().cells[spec.key]
    assert cell.ended["status"] == "finished", cell.ended["detail"]
    assert server.prompts == ["?", ""]


def test_three_prompts_in_a_row_that_a_filter_refuses_end_the_cell(
    serve: Serve, search: Search
) -> None:
    server = serve(error("filtered", code="content_filter"))
    cell = search(quick()[0], budget=9)
    assert cell.ended["status"] == "failed"
    assert "a filter of the server stopped the reply" in cell.ended["detail"]
    assert "its filter may take amiss" in cell.ended["detail"]
    assert len(server.prompts) == 3
    assert [trial.status for trial in cell.trials.values()] == ["invalid"] * 3
