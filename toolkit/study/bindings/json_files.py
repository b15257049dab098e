"""Leaves of JSON files by their positions."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from .place import UNKNOWN, Gone, Refused, Slot, Text

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def leaves(path: str, source: Text) -> Sequence[tuple[tuple[str, ...], Slot]]:
    """(keys, slot) of every value that is no object; raises Gone where it is no JSON."""
    text = source.text
    try:
        _DECODER.decode(text)
        start = _blank(text, 0)
        return [(keys, _slot(path, source, *span)) for keys, *span in _walk(text, start, ())]
    except (ValueError, RecursionError) as error:
        raise Gone(f"{path} is no JSON that can be read: {error}") from error


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    assert found is not None  # it matches nothing, too
    return found.end()


def _walk(text: str, at: int, keys: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """(keys, start, end) of a value and all inside it, of a text that was decoded already."""
    end = _DECODER.raw_decode(text, at)[1]
    if text[at] != "{":
        yield keys, at, end
    if text[at] not in "{[":
        return
    closing = "}" if text[at] == "{" else "]"
    number, place = 0, _blank(text, at + 1)
    while text[place] != closing:
        key = str(number)
        if closing == "}":
            key, place = scanstring(text, place + 1, True)
            place = _blank(text, _blank(text, place) + 1)  # behind the colon
        yield from _walk(text, place, (*keys, key))
        place = _blank(text, _DECODER.raw_decode(text, place)[1])
        place = _blank(text, place + 1) if text[place] == "," else place
        number += 1


def _slot(path: str, source: Text, start: int, end: int) -> Slot:
    raw = source.text[start:end]
    found = json.loads(raw)
    bad = isinstance(found, float) and not math.isfinite(found)
    return Slot(path, start, end, source.line(start), UNKNOWN if bad else found, written, raw)


def written(value: Any) -> str:
    """A value as JSON; raises Refused."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Refused(f"{value!r} is no JSON: {error}") from error
