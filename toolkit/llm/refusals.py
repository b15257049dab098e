"""What a server says when it gives no completion: its reason, its code, how long to wait."""

from __future__ import annotations

import email.utils
import json
import math
import time
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

from .provider import LlmError, TransportError

REASON_CHARS = 300
TRANSIENT = {408, 409, 425, 429}  # and everything from 500 on
QUOTA = ("insufficient_quota", "billing_hard_limit")
# where a reason stands, by the first that is there: OpenAI, FastAPI, OAuth, RFC 9457, others
REASONS = ("error", "message", "detail", "details", "error_description", "msg", "errors", "title")
CODES = ("code", "status", "status_code", "type")
# what a code says that is a word; the first that fits counts
WORDS = {
    "insufficient": 402, "billing": 402, "quota": 402, "credit": 402,
    "rate_limit": 429, "too_many": 429, "exhausted": 429,
    "overloaded": 503, "unavailable": 503, "timeout": 504, "server_error": 500, "internal": 500,
    "api_key": 401, "auth": 401, "permission": 403, "not_found": 404,
    "context_length": 400, "invalid": 400, "bad_request": 400,
}  # fmt: skip
ADVICE = {
    400: "check the model's name and its context length; -o autoresearch.failures=4 makes "
    "prompts shorter",
    401: "check OPENAI_API_KEY",
    402: "the account has no credit left",
    403: "check what this key may do",
    404: "check the model's name ({model!r}) and OPENAI_BASE_URL",
    405: "check OPENAI_BASE_URL",
    413: "-o autoresearch.failures=4 makes prompts shorter",
    422: "check the model's name ({model!r})",
    429: "the quota is used up",
}


def failure(
    where: str, status: int, told: str, headers: Mapping[str, str], model: str, *, quota: bool
) -> TransportError | LlmError:
    """What an answer with an error means: worth another try, or final and with advice."""
    what = f"{where} answered {status}: {told or 'it gave no reason'}"
    if (status in TRANSIENT or status >= 500) and not (quota and status == 429):
        return TransportError(what, wait_s(headers))
    advice = ADVICE.get(status, "check the server and OPENAI_BASE_URL").format(model=model)
    return LlmError(f"{what}; {advice}")


def out_of_quota(body: Any) -> bool:
    """Whether a 429 is no matter of waiting."""
    return any(word in str(body) for word in QUOTA)


def parse(text: str) -> Any:
    """JSON where it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def error_of(found: Any) -> Any:
    """The error that an answer of 200 holds, beside or instead of its choices, or None."""
    for part in (found, *_choices(found)):
        error = part.get("error") if isinstance(part, dict) else None
        if error and (not isinstance(error, dict) or any(error.values())):
            return error
    return None


def _choices(found: Any) -> list[Any]:
    choices = found.get("choices") if isinstance(found, dict) else None
    return choices if isinstance(choices, list) else []


def status_of(*bodies: Any) -> int | None:
    """The HTTP status that a code in an error stands for; None where it has none that is known."""
    codes = [
        body[name] for body in bodies if isinstance(body, dict) for name in CODES if name in body
    ]
    for code in codes:
        text = str(code).strip()
        if text.isdecimal() and len(text) == 3 and 400 <= int(text) < 600:
            return int(text)
    for code in codes:
        text = str(code).lower()
        fitting = (status for word, status in WORDS.items() if word in text)
        if (status := next(fitting, None)) is not None:
            return status
    return None


def reason(body: Any) -> str:
    """The server's own words, on one line, whatever shape they come in."""
    words = list(dict.fromkeys(filter(None, map(plain, _reasons(body, 0)))))
    if not words and isinstance(body, (dict, list)) and body:
        words = [plain(json.dumps(body, ensure_ascii=False))]
    text = "; ".join(words)
    return text if len(text) <= REASON_CHARS else f"{text[:REASON_CHARS]}…"


def plain(text: str) -> str:
    """One line without control characters: what a server sends is shown on terminals."""
    cut = text[: 20 * REASON_CHARS]
    return " ".join("".join(char if char.isprintable() else " " for char in cut).split())


def _reasons(body: Any, depth: int) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    elif isinstance(body, list) and depth < 6:
        for part in body[:3]:
            yield from _reasons(part, depth + 1)
    elif isinstance(body, dict) and depth < 6:
        named = {str(name).lower(): part for name, part in body.items()}
        found = (list(_reasons(named[name], depth + 1)) for name in REASONS if named.get(name))
        words = next(filter(None, found), [])
        place = ".".join(map(str, body["loc"])) if isinstance(body.get("loc"), list) else ""
        yield from (f"{place}: {word}" if place else word for word in words)
        if isinstance(body.get("metadata"), dict):  # a router's: what the provider behind it said
            yield from _reasons(body["metadata"].get("raw"), depth + 1)


def wait_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait; None where it asks for none, or for nonsense.

    The forms: `retry-after-ms`, and `retry-after` in seconds or as a date.
    """
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            wait = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if 0 < wait < math.inf:
            return wait
    until = _seconds(headers.get("retry-after", ""))
    if until is None:
        return None
    now = _seconds(headers.get("date", ""))  # its clock may differ from ours
    wait = until - (time.time() if now is None else now)
    return wait if wait > 0 else None


def _seconds(date: str) -> float | None:
    """Seconds since the epoch of an HTTP date, which is in GMT also where it does not say so."""
    try:
        found = email.utils.parsedate_to_datetime(date)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return found.replace(tzinfo=found.tzinfo or UTC).timestamp()
