"""Any server that speaks OpenAI's chat completions: OpenAI, vLLM, Ollama, llama.cpp, gateways.

OPENAI_BASE_URL and OPENAI_API_KEY are read by the openai package itself; the key never leaves
the host process.
"""

from __future__ import annotations

import os
from typing import Any

import openai

from .provider import LlmError, Provider, Reply, Request, TransportError, estimate

TIMEOUT_S = 600.0
FINISHES = {  # finish_reason of a reply that lacks its end
    "length": "length", "max_tokens": "length", "model_length": "length",
    "content_filter": "filter",
}  # fmt: skip
TRANSIENT = {408, 409, 425, 429, 500, 502, 503, 504, 529}


class OpenAiProvider(Provider):
    """`--llm openai:MODEL`."""

    price_free = False

    def __init__(self, argument: str) -> None:
        if not argument:
            raise LlmError("--llm openai needs a model's name: --llm openai:MODEL")
        self.model = argument
        self.name = f"openai:{argument}"
        if not os.environ.get("OPENAI_API_KEY") and not os.environ.get("OPENAI_BASE_URL"):
            raise LlmError(
                "OPENAI_API_KEY is not set; set it, or OPENAI_BASE_URL for a server of your own "
                "(then any key will do: OPENAI_API_KEY=none)"
            )
        key = os.environ.get("OPENAI_API_KEY") or "none"
        # the gateway retries, so that every attempt is in the journal
        self._client = openai.OpenAI(api_key=key, max_retries=0, timeout=TIMEOUT_S)

    def complete(self, request: Request) -> Reply:
        messages: Any = [dict(message) for message in request.messages]
        try:
            found = self._client.chat.completions.create(
                model=self.model, messages=messages, **dict(request.options)
            )
            return self._reply(request, found)
        except (openai.APIConnectionError, openai.APITimeoutError) as error:
            raise TransportError(f"{self._client.base_url}: {error}") from error
        except openai.APIStatusError as error:
            raise self._status_error(error) from error
        except openai.OpenAIError as error:
            raise TransportError(f"{self._client.base_url} gave no completion: {error}") from error
        except ValueError as error:  # HTML, or JSON cut off in the middle
            raise TransportError(f"{self._client.base_url} gave no JSON: {error}") from error

    def _reply(self, request: Request, found: Any) -> Reply:
        choices = getattr(found, "choices", None)
        if not choices or getattr(choices[0], "message", None) is None:
            raise TransportError(f"{self._client.base_url} gave no completion: {str(found)[:200]}")
        message = choices[0].message
        text = _text(message.content or getattr(message, "refusal", None) or "")
        ending = _ending(choices[0], text)
        usage = getattr(found, "usage", None)
        sent, got = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
        model = str(getattr(found, "model", None) or self.model)
        if isinstance(sent, int) and isinstance(got, int):
            return Reply(text, model, sent, got, ending=ending)
        counts = estimate(request.messages, text)
        return Reply(text, model, *counts, estimated=True, ending=ending)

    def _status_error(self, error: openai.APIStatusError) -> Exception:
        what = f"{self._client.base_url} answered {error.status_code}: {_short(error)}"
        if error.status_code in TRANSIENT and "insufficient_quota" not in str(error):
            return TransportError(what, _retry_after(error))
        advice = {
            401: "check OPENAI_API_KEY",
            403: "check what this key may do",
            404: f"check the model's name ({self.model!r}) and OPENAI_BASE_URL",
            400: "check the model's name and its context length; -o autoresearch.failures=4 makes "
            "prompts shorter",
            429: "the quota is used up",
        }.get(error.status_code, "check the server")
        return LlmError(f"{what}; {advice}")


def _text(content: Any) -> str:
    """Some servers answer in parts, each with its text."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content]
    return "".join(str(part.get("text", "")) if isinstance(part, dict) else "" for part in parts)


def _ending(choice: Any, text: str) -> str:
    """Why the reply is no whole answer, as in Reply; "" for a whole one."""
    found = [] if text.strip() or not _thought(choice.message) else ["thinking"]
    reason = getattr(choice, "finish_reason", None)
    found += [FINISHES[reason]] if isinstance(reason, str) and reason in FINISHES else []
    return ", ".join(found)


def _thought(message: Any) -> bool:
    """Whether the server hands the model's thinking over beside the answer, or as parts of it."""
    beside = (getattr(message, name, None) for name in ("reasoning_content", "reasoning"))
    content = getattr(message, "content", None)
    return any(beside) or (isinstance(content, list) and bool(content))


def _short(error: openai.APIStatusError) -> str:
    return " ".join(str(error.message).split())[:300]


def _retry_after(error: openai.APIStatusError) -> float | None:
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None
