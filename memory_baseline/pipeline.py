"""The whole way from a conversation and its questions to answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from memory_baseline.ingest import cut_chunks, read_turns
from memory_baseline.read import ABSTAIN, read_answer
from memory_baseline.retrieve import Hit, Retriever

DEFAULTS: dict[str, Any] = {
    "embedder": "lsa",
    "lsa_dims": 100,
    "ngram_max": 1,
    "min_df": 1,
    "sublinear_tf": False,
    "window": 3,
    "stride": 2,
    "top_k": 5,
    "keyword_weight": 0.2,
    "recency_weight": 0.0,
    "speaker_boost": 0.0,
    "answer_turns": 1,
    "max_answer_tokens": 32,
    "min_score": 0.0,
}


def run(
    conversation: Mapping[str, Any],
    questions: Sequence[Mapping[str, Any] | str],
    parameters: Mapping[str, Any],
    services: Any = None,
) -> list[dict[str, Any]]:
    """One {"answer": text, "retrieved": [turn id]} per question, in their order.

    conversation: see ingest.py. A question is {"text": str, "caption": str}, the caption only
    where it comes with a picture; or just its text. services: not used by this reader.
    """
    parameters = {**DEFAULTS, **parameters}
    turns = read_turns(conversation)
    if not turns:
        return [{"answer": ABSTAIN, "retrieved": []} for _ in questions]
    chunks = cut_chunks(turns, parameters["window"], parameters["stride"])
    retriever = Retriever(chunks, conversation["speakers"], parameters)
    texts = [ask(question) for question in questions]
    found = retriever.find(texts)
    return [respond(text, hits, parameters) for text, hits in zip(texts, found, strict=True)]


def ask(question: Mapping[str, Any] | str) -> str:
    """A question as one text, with what its picture shows."""
    if isinstance(question, str):
        return question
    return " ".join(filter(None, (question["text"], question.get("caption"))))


def respond(question: str, hits: Sequence[Hit], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The answer from these chunks, and the ids of the turns in them, best chunk first."""
    ids = dict.fromkeys(turn.id for hit in hits for turn in hit.chunk)
    return {"answer": read_answer(question, hits, parameters), "retrieved": list(ids)}
