"""Leaves of TOML files. Neither tomllib nor tomlkit tells positions; tomlkit keeps every letter.

So each leaf is replaced by a mark, and the mark is looked for in what tomlkit writes. What comes
before and behind it must be the file as it was, else the leaf counts as unreadable.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

from ...records import same
from .place import UNKNOWN, Gone, Refused, Slot, Text

_MARK = "\u2402place of a value\u2403"


def leaves(path: str, source: Text) -> Sequence[tuple[tuple[str, ...], Slot]]:
    """(keys, slot) of every value that is no table; raises Gone where it is no TOML."""
    import tomlkit

    try:
        data = tomllib.loads(source.text.replace("\r\n", "\n"))
        tomlkit.parse(source.text)
    except (ValueError, RecursionError) as error:
        raise Gone(f"{path} is no TOML that can be read: {error}") from error
    return [(keys, _slot(path, source, keys, found)) for keys, found in _walk(data, ())]


def _walk(value: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not isinstance(value, dict):
        yield keys, value
    inside = value.items() if isinstance(value, dict) else enumerate(_list(value))
    for key, found in inside:
        yield from _walk(found, (*keys, str(key)))


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _slot(path: str, source: Text, keys: Sequence[str], found: Any) -> Slot:
    start, end = _span(source.text, keys)
    value = found if same(found, found) and start >= 0 else UNKNOWN
    line = source.line(start) if start >= 0 else 0
    return Slot(path, start, end, line, value, written, source.text[max(0, start) : end])


def _span(text: str, keys: Sequence[str]) -> tuple[int, int]:
    """Start and end of a leaf; (-1, 0) where tomlkit does not write the rest as it was."""
    import tomlkit

    document = tomlkit.parse(text)  # anew: an entry that is put back is not written as it was
    holder: Any = document
    for key in keys[:-1]:
        holder = holder[key] if isinstance(holder, MutableMapping) else holder[int(key)]
    last: Any = keys[-1] if isinstance(holder, MutableMapping) else int(keys[-1])
    holder[last] = _MARK
    marked = document.as_string()
    start = marked.find(f'"{_MARK}"')
    rest = marked[start + len(_MARK) + 2 :]
    end = len(text) - len(rest)
    kept = start >= 0 and text[:start] == marked[:start] and text[end:] == rest
    return (start, end) if kept else (-1, 0)


def written(value: Any) -> str:
    """A value as TOML that reads as the same; raises Refused."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) < 1 << 63:
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    if isinstance(value, str):
        return _quoted(value)
    raise Refused(f"TOML has no form for {value!r}")


def _quoted(text: str) -> str:
    """A basic string; it has the escapes of JSON, and one more letter that needs one."""
    import json

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
