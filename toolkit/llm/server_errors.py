"""Answers of a server that hold no completion: the reason, its code, and how long to wait."""

from __future__ import annotations

import email.utils
import json
import math
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from .provider import LlmError, TooLong, TransportError

REASON_CHARS = 300
TRANSIENT = {408, 409, 425, 429}  # and everything from 500 on
QUOTA = ("insufficient_quota", "billing_hard_limit")
# where a reason stands, by the first that is there: OpenAI, FastAPI, OAuth, RFC 9457, others
REASONS = (
    "error", "message", "detail", "details", "error_description", "msg", "errors", "title",
    "base_resp", "status_msg",
)  # fmt: skip
CODES = ("code", "status", "status_code", "type")
WITHIN = ("error", "errors", "detail", "details", "base_resp")  # where an error may have its code
SUCCESS = {"0", "200", "ok", "success", "none", "null"}
# what a code says that is a word, without its case and signs; the first that fits counts
WORDS = {
    "insufficient": 402, "billing": 402, "quota": 402, "credit": 402,
    "ratelimit": 429, "toomany": 429, "exhausted": 429,
    "overloaded": 503, "unavailable": 503, "timeout": 504, "servererror": 500, "internal": 500,
    "apikey": 401, "auth": 401, "permission": 403, "notfound": 404,
    "contextlength": 400, "invalid": 400, "badrequest": 400,
}  # fmt: skip
# what a reason says that comes without any code, and that no other try will change
PHRASES = {
    "insufficient credit": 402, "insufficient balance": 402, "insufficient fund": 402,
    "invalid api key": 401, "incorrect api key": 401, "not authenticated": 401,
    "unauthorized": 401, "unauthenticated": 401, "authentication error": 401,
    "authentication failed": 401, "permission denied": 403, "access denied": 403,
}  # fmt: skip
# what servers say of a prompt that is too long: OpenAI, vLLM, llama.cpp, gateways to others
_TOO_LONG = re.compile(
    r"context.?(?:length|window|size)|maximum context|prompt is too long|too many (?:input )?tokens"
    r"|input (?:is )?too long|exceeds? .{0,40}(?:context|tokens)|token count",
    re.IGNORECASE,
)
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_NUMBER = r"[0-9]+(?:\.[0-9]*)?(?:e[+]?[0-9]+)?"
_DURATION = re.compile(rf"(?:{_NUMBER}\s*(?:ms|[smh]|seconds?|secs?|minutes?|mins?|hours?)\s*)+")
_STEP = re.compile(rf"({_NUMBER})\s*(ms|[smh])")
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
    """Error that an answer stands for: worth another try, or final and with advice."""
    what = f"{where} answered {status}: {told or 'it gave no reason'}"
    if (status in TRANSIENT or status >= 500) and not (quota and status == 429):
        return TransportError(what, wait_s(headers))
    advice = ADVICE.get(status, "check the server and OPENAI_BASE_URL").format(model=model)
    long = status == 413 or (status in {400, 422} and _TOO_LONG.search(told))
    return (TooLong if long else LlmError)(f"{what}; {advice}")


def out_of_quota(*bodies: Any) -> bool:
    """True for a 429 that waiting does not end: its code says so, not a text that may name one."""
    codes = [str(code).lower() for body in bodies for code in _codes(body)]
    return any(word in code for word in QUOTA for code in codes)


def parse(text: str) -> Any:
    """JSON where it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def error_of(found: Any) -> Any:
    """Error that an answer of 200 holds beside or instead of a completion, or None."""
    whole = message_of(found) is not None
    choices = found.get("choices") if isinstance(found, dict) else None
    for part in (found, *(choices if isinstance(choices, list) else [])):
        error = part.get("error") if isinstance(part, dict) else None
        if not _empty(error) and not (whole and _succeeded(error)):
            return error
    return None if whole else found


def message_of(found: Any) -> dict[str, Any] | None:
    """The message of the first choice; None where there is none."""
    choices = found.get("choices") if isinstance(found, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    return message if isinstance(message, dict) else None


def _empty(error: Any) -> bool:
    if isinstance(error, (dict, list)):
        return all(map(_empty, error.values() if isinstance(error, dict) else error))
    return not (error.strip() if isinstance(error, str) else error)


def _succeeded(error: Any) -> bool:
    """True if the error itself says that nothing went wrong."""
    codes = list(_codes(error)) if isinstance(error, dict) else [error]
    return bool(codes) and all(squeezed(code) in SUCCESS for code in codes)


def status_of(*bodies: Any) -> int | None:
    """The HTTP status that an error stands for; None where it has none that is known.

    A number counts before a word, and a code before what the reason says.
    """
    codes = [code for body in bodies for code in _codes(body)]
    for code in codes:
        text = str(code).strip()
        if text.isdecimal() and len(text) == 3 and 400 <= int(text) < 600:
            return int(text)
    words = (_fitting(squeezed(code), WORDS) for code in codes)
    told = (_fitting(reason(body).lower(), PHRASES) for body in bodies)
    return next((status for status in (*words, *told) if status), None)


def _fitting(text: str, known: Mapping[str, int]) -> int | None:
    return next((status for word, status in known.items() if word in text), None)


def squeezed(code: Any) -> str:
    """RateLimitError, rate_limit_error and rate-limit-error are one code."""
    return "".join(filter(str.isalnum, str(code).lower()))


def _codes(body: Any, depth: int = 0) -> Iterator[Any]:
    if isinstance(body, dict):
        yield from (body[name] for name in CODES if isinstance(body.get(name), (str, int)))
        within = [body[name] for name in WITHIN if name in body]
    else:
        within = body[:3] if isinstance(body, list) else []
    if depth < 6:
        for part in within:
            yield from _codes(part, depth + 1)


def reason(body: Any) -> str:
    """The server's own words, on one line, whatever shape they come in."""
    words = list(dict.fromkeys(filter(None, map(plain, _reasons(body, 0)))))
    if not words and body is not None and not isinstance(body, str) and body not in ({}, []):
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

    The forms: `retry-after-ms`, and `retry-after` in seconds, with a unit or as a date.
    """
    for name, unit in (("retry-after-ms", "ms"), ("retry-after", "s")):
        # a header that is sent twice arrives as one, with a comma
        asked = {_duration(part, unit) for part in headers.get(name, "").split(",")}
        wait = asked.pop() if len(asked) == 1 else None
        if wait is not None and 0 < wait < math.inf:
            return wait
    until = _seconds(headers.get("retry-after", ""))
    if until is None:
        return None
    now = _seconds(headers.get("date", ""))  # its clock may differ from ours
    wait = until - (time.time() if now is None else now)
    return wait if wait > 0 else None


def _duration(text: str, unit: str) -> float | None:
    """Seconds that `30`, `30s`, `5 minutes` or `1m30s` are; the unit is that of a mere number."""
    text = text.strip().lower()
    if re.fullmatch(_NUMBER, text):
        return float(text) * UNITS[unit]
    if not _DURATION.fullmatch(text):
        return None
    return sum(float(number) * UNITS[step] for number, step in _STEP.findall(text))


def _seconds(date: str) -> float | None:
    """Seconds since the epoch of an HTTP or ISO date, in GMT also where it does not say so."""
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(date.strip())
            return found.replace(tzinfo=found.tzinfo or UTC).timestamp()
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None
