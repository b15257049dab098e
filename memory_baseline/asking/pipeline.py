"""The way from a conversation and its questions to answers of a language model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from memory_baseline import pipeline
from memory_baseline.asking.memories import Memories
from memory_baseline.asking.model import ask_all
from memory_baseline.asking.prompts import fill, read_prompt
from memory_baseline.ingest import cut_chunks, read_turns
from memory_baseline.read import ABSTAIN
from memory_baseline.retrieve import Hit, Retriever

DEFAULTS: dict[str, Any] = {
    **pipeline.DEFAULTS,
    "reader": "llm",
    "prompt": "naive",
    "max_memories": 15,
    "memory_order": "fit",
    "max_reply_tokens": 64,
}


def run(
    conversation: Mapping[str, Any],
    questions: Sequence[Mapping[str, Any] | str],
    parameters: Mapping[str, Any],
    services: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """One {"answer": text, "retrieved": [turn id]} per question, in their order.

    conversation and questions: see ingest.py and pipeline.py of the package above. services:
    services["complete"] asks a language model. The reader "extractive" quotes and asks none.
    """
    parameters = {**DEFAULTS, **parameters}
    if parameters["reader"] == "extractive":
        return pipeline.run(conversation, questions, parameters, services)
    texts = [pipeline.ask(question) for question in questions]
    found = find(conversation, texts, parameters)
    memories = Memories(conversation, parameters)
    prompt = read_prompt(parameters["prompt"])
    requests = [
        fill(prompt, question=text, context=memories.of(hits))
        for text, hits in zip(texts, found, strict=True)
    ]
    replies = ask_all(services, requests, parameters["max_reply_tokens"])
    return [respond(reply, hits) for reply, hits in zip(replies, found, strict=True)]


def find(
    conversation: Mapping[str, Any], texts: Sequence[str], parameters: Mapping[str, Any]
) -> list[list[Hit]]:
    """The chunks of the conversation that fit each question best, best first."""
    turns = read_turns(conversation)
    if not turns:
        return [[] for _ in texts]
    chunks = cut_chunks(turns, parameters["window"], parameters["stride"])
    return Retriever(chunks, conversation["speakers"], parameters).find(texts)


def respond(reply: str, hits: Sequence[Hit]) -> dict[str, Any]:
    """The model's reply as an answer, and the ids of the turns that were found."""
    ids = dict.fromkeys(turn.id for hit in hits for turn in hit.chunk)
    return {"answer": reply.strip() or ABSTAIN, "retrieved": list(ids)}
