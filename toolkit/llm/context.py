"""Refusals of a prompt that is too long, and what servers say about their limit."""

from __future__ import annotations

import re
from collections.abc import Iterable

STATUSES = {400, 413, 422, 429}  # and everything from 500 on: llama.cpp and proxies answer so
TOO_LARGE = 413
CODES = ("contextlength", "contextsize", "contextwindow", "prompttoolong")
_LONG = re.compile(
    r"context (?:length|window|size)|maximum model length|prompt is too long|input is too long"
    r"|too many (?:input )?tokens|reduce (?:the|your) (?:length of|message|prompt|input)"
    r"|input token count .* exceeds|inputs?[`'\"]? (?:must have|tokens? exceed)"
    r"|request too large|overflows|max_tokens must be at least 1, got -",
    re.IGNORECASE,
)
_BUSY = re.compile(r"request too large|input or output tokens must be reduced", re.IGNORECASE)
_N = r"([0-9][0-9,]{0,14})"
_LIMITS = (
    rf"(?:context (?:length|window|size)|maximum model length)(?: of| is| of only|:|\(| \()* ?{_N}",
    rf"{_N} maximum context", rf"> {_N} maximum", rf"must have less than {_N}",
    rf"maximum number of tokens allowed \(?{_N}", rf"\blimit:? {_N}", rf"n_ctx[\"':=]* ?{_N}",
)  # fmt: skip
_SENT = (
    rf"resulted in {_N}", rf"requested (?:a total of |about )?{_N}", rf"request has {_N}",
    rf"prompt \(length {_N}", rf"{_N} tokens >", rf"token count \({_N}", rf"contains {_N}",
    rf"given: {_N}", rf"(?:requested tokens|request) \({_N}", rf"n_prompt_tokens[\"':=]* ?{_N}",
    rf"the first {_N} tokens",
)  # fmt: skip
LARGEST = 10**9


def is_too_long(status: int, told: str, codes: Iterable[str]) -> bool:
    """True if a server refused a request because of its length. told: its words."""
    if status not in STATUSES and status < 500:
        return False
    if status == TOO_LARGE or any(code in given for given in codes for code in CODES):
        return True
    return bool((_BUSY if status == 429 else _LONG).search(told))


def figures(told: str) -> tuple[int | None, int | None]:
    """(the most tokens that the server takes, those of the request), as far as it says so."""
    return _first(_LIMITS, told), _first(_SENT, told)


def _first(patterns: Iterable[str], text: str) -> int | None:
    for pattern in patterns:
        if found := re.search(pattern, text, re.IGNORECASE):
            number = int(found[1].replace(",", ""))
            return number if 0 < number <= LARGEST else None
    return None
