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
from typing import Any

import openai

from . import completions, context, dialect, server_errors, settings
from .dialect import Dialect
from .provider import (
    LlmError,
    PromptFiltered,
    Provider,
    Reply,
    Request,
    TooLong,
    TransportError,
    estimate,
)

TIMEOUT_S = 600.0  # of silence; twice as long after each one that was too short
CONNECT_S = 30.0
LONGEST_S = 3600.0  # of an answer that comes drop by drop
MAX_BODY_BYTES = 16_000_000
TOLD_CHARS = 4000
SHORT_KEY = 7  # characters: `none` and the like are no secret, and stand in other words
# httpx or its successor, whichever this version of openai stands on
_HTTP: Any = sys.modules[openai.DefaultHttpxClient.__mro__[1].__module__.partition(".")[0]]
# what making its client raises over variables of the environment that it cannot use
_UNUSABLE = (_HTTP.InvalidURL, ImportError, ValueError, OSError)


class OpenAiProvider(Provider):
    """`--llm openai:MODEL`."""

    price_free = False

    def __init__(self, argument: str) -> None:
        if not argument.strip():
            raise LlmError("openai needs a model's name: write openai:MODEL")
        self.model = argument
        self.name = f"openai:{argument}"
        settings.check()
        # the gateway retries, so that every attempt is in the journal
        self._client = openai.OpenAI(
            api_key=settings.value(settings.KEY) or "none",
            base_url=settings.address(),
            max_retries=0,
            http_client=self._http_client(),
        )
        self._client.organization = self._client.organization or None  # empty is unset
        self._client.project = self._client.project or None
        self._dialect = Dialect.of(argument)
        self._silence_s = LONGEST_S if dialect.thinks(argument) else TIMEOUT_S

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
        """A reply; a refusal of the request's form is answered by another form, at once."""
        for _ in range(dialect.MOST_STEPS):
            spoken = self._dialect
            try:
                return self._ask(request, spoken)
            except TooLong:
                raise
            except PromptFiltered as refusal:
                return self._unanswered(request, refusal.reason)
            except (LlmError, TransportError) as error:
                learnt = spoken.after(error.told, request.messages, request.options)
                if learnt == spoken:
                    raise
                self._dialect = self._dialect.with_all_of(learnt)
                self.note(f"{self._where()}: {dialect.news(spoken, learnt)}")
        return self._ask(request, self._dialect)

    def _ask(self, request: Request, spoken: Dialect) -> Reply:
        messages: Any = spoken.messages(request.messages)
        options, silence = spoken.options(request.options), self._silence_s
        options = {"timeout": _HTTP.Timeout(silence, connect=CONNECT_S), **options}
        create = self._client.chat.completions.with_streaming_response.create
        try:
            with create(model=self.model, messages=messages, **options) as answer:
                found = self._parsed(answer.http_response)
        except openai.APIConnectionError as error:
            told = error.__cause__
            if isinstance(told, (TransportError, LlmError)):  # ours, which some versions wrap
                raise told from None
            more = self._be_patient(told, silence)
            raise TransportError(f"{self._where()}: {error} {self._plain(told)}{more}") from error
        except openai.OpenAIError as error:
            raise TransportError(f"{self._where()}: {self._plain(error)}") from error
        except (_HTTP.HTTPError, _HTTP.StreamError) as error:  # while the body was read
            more = self._be_patient(error, silence)
            why = self._plain(error) + more
            raise TransportError(f"{self._where()} broke off: {why}") from error
        return self._reply(request, found)

    def _be_patient(self, error: object, silence_s: float) -> str:
        """Wait longer from now on where it was too short; what to tell of it.

        Asking again for the same would end in the same way.
        """
        if not isinstance(error, _HTTP.ReadTimeout):
            return ""
        self._silence_s = max(self._silence_s, min(2 * silence_s, LONGEST_S))
        return f" after {silence_s:g} s of silence; from now on {self._silence_s:g} s are waited"

    def _unanswered(self, request: Request, told: str) -> Reply:
        """Reply to a prompt that a filter of the server refused."""
        tokens_in, _ = estimate(request.messages, "")
        return Reply(told, self.model, tokens_in, 0, estimated=True, ending="filter")

    def _reply(self, request: Request, found: Any) -> Reply:
        """Reply that the body of a completion holds."""
        choice = found["choices"][0]
        message, finish = choice["message"], completions.finish(choice)
        if finish in completions.BROKEN:
            raise TransportError(f"{self._where()} broke the reply off: it says {finish!r}")
        text, ending = completions.answer(message, finish)
        usage = found.get("usage")
        given = usage if isinstance(usage, dict) else {}
        sent, got = (
            completions.count(given.get("prompt_tokens")),
            completions.count(given.get("completion_tokens")),
        )
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
            ending=ending,
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
        if status is None and context.is_too_long(400, server_errors.reason(problem), ()):
            status = 400
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
        found = server_errors.failure(
            where, status, (body, whole), response.headers, self.model, told
        )
        found.told = json.dumps([body, whole], ensure_ascii=False)[:TOLD_CHARS]
        return found

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
