"""Any server that speaks OpenAI's chat completions: OpenAI, vLLM, Ollama, llama.cpp, gateways.

OPENAI_BASE_URL and OPENAI_API_KEY say which one; the key never leaves the host process. What the
server answers is read here and not by the openai package, whose types know one server's shapes.
"""

from __future__ import annotations

import contextlib
import json
import ssl
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import openai

from . import server_errors, settings
from .options import adapted
from .provider import LlmError, Provider, Reply, Request, TransportError, estimate

TIMEOUT_S = 600.0  # of silence
LONGEST_S = 3600.0  # of an answer that comes drop by drop
MAX_BODY_BYTES = 16_000_000
MAX_TOKENS = 10**9
SHORT_KEY = 7  # characters: `none` and the like are no secret, and stand in other words
# finish_reason of a reply that lacks its end, without its case and signs; servers hand over words
# of the models behind them
FINISHES = {
    **dict.fromkeys((
        "length", "maxtokens", "maxoutputtokens", "maxnewtokens", "maxlength", "modellength",
        "modelcontextwindowexceeded",
    ), "length"),
    **dict.fromkeys((
        "contentfilter", "contentfiltered", "safety", "imagesafety", "recitation", "blocklist",
        "prohibitedcontent", "spii", "guardrailintervened", "sensitive",
    ), "filter"),
}  # fmt: skip
BROKEN = ("error", "servererror", "networkerror", "failed", "abort", "aborted", "cancelled")
TEXTS = ("", "text", "outputtext")  # what parts of an answer are; others are thoughts and the like
# httpx or its successor, whichever this version of openai stands on
_HTTP: Any = sys.modules[openai.DefaultHttpxClient.__mro__[1].__module__.partition(".")[0]]
# what making its client raises over variables of the environment that it cannot use
_UNUSABLE = (_HTTP.InvalidURL, ImportError, ValueError, OSError)


class OpenAiProvider(Provider):
    """`--llm openai:MODEL`."""

    price_free = False

    def __init__(self, argument: str) -> None:
        if not argument.strip():
            raise LlmError("--llm openai needs a model's name: --llm openai:MODEL")
        self.model = argument
        self.name = f"openai:{argument}"
        self._refused: list[str] = []  # what the model said of options that it does not take
        settings.check()
        # the gateway retries, so that every attempt is in the journal
        self._client = openai.OpenAI(
            api_key=settings.value(settings.KEY) or "none",
            base_url=settings.address(),
            max_retries=0,
            timeout=TIMEOUT_S,
            http_client=self._http_client(),
        )
        self._client.organization = self._client.organization or None  # empty is unset
        self._client.project = self._client.project or None

    def _http_client(self) -> Any:
        """Raises LlmError where the environment does not allow for one."""
        hooks = {"response": [self._refuse]}
        try:
            with contextlib.suppress(
                *_UNUSABLE
            ):  # by something that is not on the way to the server
                return openai.DefaultHttpxClient(event_hooks=hooks)
            proxy = settings.proxies().get(settings.route())
            more = {"trust_env": False, "proxy": proxy, **_certificates()}
            return openai.DefaultHttpxClient(event_hooks=hooks, **more)
        except _UNUSABLE as error:
            files = [*settings.CERTIFICATES, "SSLKEYLOGFILE"]
            names = [] if isinstance(error, _HTTP.InvalidURL) else files
            found = ", ".join(name for name in names if settings.value(name))
            raise LlmError(
                f"no connection can be prepared: {error}; check {found or 'the proxies'}"
            ) from error

    def complete(self, request: Request) -> Reply:
        """Reply to a request; options that the model does not take are left out from then on."""
        while True:
            options = dict(request.options)
            for told in self._refused:
                options = adapted(options, told) or options
            try:
                return self._complete(replace(request, options=options))
            except LlmError as error:
                told = str(error)
                if adapted(options, told) is None:
                    raise
                self._refused.append(told)

    def _complete(self, request: Request) -> Reply:
        messages: Any = [dict(message) for message in request.messages]
        create = self._client.chat.completions.with_streaming_response.create
        try:
            with create(model=self.model, messages=messages, **dict(request.options)) as answer:
                found = self._parsed(answer.http_response)
        except openai.APIConnectionError as error:
            told = error.__cause__
            if isinstance(told, (TransportError, LlmError)):  # ours, which some versions wrap
                raise told from None
            raise TransportError(f"{self._where()}: {error} {self._plain(told)}") from error
        except openai.OpenAIError as error:
            raise TransportError(f"{self._where()}: {self._plain(error)}") from error
        except (_HTTP.HTTPError, _HTTP.StreamError) as error:  # while the body was read
            raise TransportError(f"{self._where()} broke off: {self._plain(error)}") from error
        return self._reply(request, found)

    def _reply(self, request: Request, found: Any) -> Reply:
        """Reply that the body of a completion holds."""
        choice = found["choices"][0]
        message, finish = choice["message"], _finish(choice)
        if finish in BROKEN:
            raise TransportError(f"{self._where()} broke the reply off: it says {finish!r}")
        text = _text(message.get("content") or message.get("refusal") or "")
        endings = [] if text.strip() or not _thought(message) else ["thinking"]
        endings += [FINISHES[finish]] if finish in FINISHES else []
        usage = found.get("usage")
        given = usage if isinstance(usage, dict) else {}
        sent, got = _count(given.get("prompt_tokens")), _count(given.get("completion_tokens"))
        named = found.get("model")
        model = server_errors.plain(named)[:200] if isinstance(named, str) else ""
        counts = (sent, got) if sent is not None and got is not None else None
        tokens_in, tokens_out = counts or estimate(request.messages, text)
        return Reply(
            text=text,
            model=model or self.model,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            estimated=counts is None,
            ending=", ".join(endings),
        )

    def _parsed(self, response: Any) -> Any:
        """The JSON of an answer of 200; raises what an error inside it means."""
        text, where = self._body(response), self._where(response)
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            kind = response.headers.get("content-type", "no type")
            told = self._reason(text) or "nothing"
            raise TransportError(f"{where} gave no JSON but {kind}: {told}") from error
        problem = server_errors.error_of(found)
        if problem is None and server_errors.message_of(found) is not None:
            return found
        status = server_errors.status_of(problem, found)
        words = problem if server_errors.reason(problem) else found
        if status is None:
            told = self._reason(words) or self._plain(json.dumps(words))
            wait = server_errors.wait_s(response.headers)
            raise TransportError(f"{where} gave no completion: {told}", wait)
        raise self._failure(response, status, words, found)

    def _refuse(self, response: Any) -> None:
        """Raises for every status but success and a redirect: a hook of the HTTP client.

        Here and not later, because the openai package reads such a body without any limit.
        """
        if not response.is_success and not response.has_redirect_location:
            try:
                body = server_errors.parse(self._body(response))
            except _HTTP.HTTPError:  # the status says enough
                body = None
            raise self._failure(response, response.status_code, body)

    def _failure(
        self, response: Any, status: int, body: Any, whole: Any = None
    ) -> TransportError | LlmError:
        """whole: what the body is a part of."""
        where, told = self._where(response), self._reason(body)
        quota = server_errors.out_of_quota(body, whole)
        return server_errors.failure(where, status, told, response.headers, self.model, quota=quota)

    def _body(self, response: Any) -> str:
        """The body as text, also where it is not what its header says; raises TransportError."""
        began, data = time.monotonic(), bytearray()
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > MAX_BODY_BYTES:
                megabytes = MAX_BODY_BYTES // 1_000_000
                raise TransportError(f"{self._where()} sent more than {megabytes} MB")
            if time.monotonic() - began > LONGEST_S:
                raise TransportError(f"{self._where()} did not end its answer in {LONGEST_S:g} s")
        raw = bytes(data)
        try:
            return raw.decode(response.charset_encoding or json.detect_encoding(raw), "replace")
        except LookupError:  # a character set that nobody knows
            return raw.decode("utf-8", "replace")

    def _where(self, response: Any = None) -> str:
        """The server, and the way to it that is not its address; nothing of it is secret."""
        address, used = str(self._client.base_url), settings.route()
        ways = [f"through {settings.shown(used)}"] if used else []
        url = str(response.request.url) if response else address
        if not url.startswith(address):
            ways.append(f"redirected to {settings.hidden(url)}")
        return settings.hidden(address) + (f" ({', '.join(ways)})" if ways else "")

    def _reason(self, body: Any) -> str:
        return self._keyless(server_errors.reason(body))

    def _plain(self, error: object) -> str:
        return self._keyless(server_errors.plain(str(error or "")))

    def _keyless(self, text: str) -> str:
        """Some servers repeat the key that they refuse; what they say goes on record."""
        key = self._client.api_key
        return text.replace(key, "…") if len(key) > SHORT_KEY else text


def _certificates() -> dict[str, Any]:
    """Certificates that these variables name, as the HTTP client would take them itself."""
    file, folder = map(settings.value, settings.CERTIFICATES)
    if not file and not folder:
        return {}
    return {"verify": ssl.create_default_context(cafile=file or None, capath=folder or None)}


def _text(content: Any) -> str:
    """Text of an answer that may come in parts; a part without text counts as empty."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content]
    texts = (part.get("text") if isinstance(part, dict) else part for part in parts if _said(part))
    return "".join(text for text in texts if isinstance(text, str))


def _said(part: Any) -> bool:
    """True if a part of a message belongs to its answer."""
    return not isinstance(part, dict) or server_errors.squeezed(part.get("type") or "") in TEXTS


def _count(value: Any) -> int | None:
    """Number of tokens; None where the value cannot be one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 0 <= value <= MAX_TOKENS and value == int(value) else None


def _finish(choice: Mapping[str, Any]) -> str:
    """Reason why the server ended the reply; the model's own word where the server has none."""
    names = ("finish_reason", "native_finish_reason", "stop_reason")
    return next((server_errors.squeezed(choice[name]) for name in names if choice.get(name)), "")


def _thought(message: Mapping[str, Any]) -> bool:
    """True if the server hands over the model's thinking, beside the answer or as parts of it."""
    names = ("reasoning_content", "reasoning", "reasoning_details", "thinking")
    content = message.get("content")
    return any(map(message.get, names)) or (isinstance(content, list) and bool(content))
