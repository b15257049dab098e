"""Proposals of searchers, made such that the ledger can hold them, whatever they are."""

from __future__ import annotations

import json
from typing import Any

from ..errors import PluginError
from ..records import Candidate, parse
from ..text import plain, short


def recordable(candidate: Any) -> Candidate:
    """A candidate that JSON can hold; what it cannot is kept as text and will be invalid.

    Raises PluginError for anything that is not a Candidate.
    """
    if not isinstance(candidate, Candidate):
        raise PluginError(f"proposed a {type(candidate).__name__}; propose a toolkit.Candidate")
    try:
        text = json.dumps(candidate.to_json(), allow_nan=False, ensure_ascii=False)
        return Candidate.from_json(parse(text.encode()))  # half a surrogate pair ends here
    except (TypeError, ValueError, RecursionError):
        overrides = {
            _utf8(name): _plain(value) for name, value in dict(candidate.overrides).items()
        }
        return Candidate(overrides, _plain_patch(candidate.patch), _utf8(candidate.note))


def _utf8(value: Any) -> str:
    return plain(value).encode(errors="backslashreplace").decode()


def _plain(value: Any) -> Any:
    try:
        return parse(json.dumps(value, allow_nan=False, ensure_ascii=False).encode())
    except (TypeError, ValueError):
        return _written(value)
    except RecursionError:  # which Python cannot write either
        return f"a {type(value).__name__} that is nested too deep"


def _written(value: Any) -> str:
    try:
        return ascii(value)
    except Exception:  # a number of 5,000 digits, or a repr that raises
        return short(value)


def _plain_patch(patch: Any) -> str:
    """Patch as it is if it is a text in UTF-8; else one line, which is no patch any more."""
    try:
        return patch.encode().decode()  # type: ignore[no-any-return]
    except (AttributeError, UnicodeEncodeError):
        return _written(patch)
