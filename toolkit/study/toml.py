"""Typed reading of a TOML table that collects every problem, each with its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import near_misses
from ..text import short
from . import keys

_MISSING = object()


class Table:
    """One table of a study file. Reads mark keys as known; `reject_unread` reports the rest."""

    def __init__(self, raw: Any, where: str, problems: list[str], *, absent: bool = False) -> None:
        self.raw: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
        self.where = where
        self.problems = problems
        self.absent = absent
        self._known: set[str] = set()

    def _key(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def problem(self, key: str, text: str) -> None:
        """Note a problem with a key; with the table itself where the key is empty."""
        self.problems.append(f"{self._key(key) if key else self.where}: {text}")

    def _get(self, key: str, default: Any, kind: type | tuple[type, ...], what: str) -> Any:
        self._known.add(key)
        value = self.raw.get(key, default)
        if value is _MISSING:
            if not self.absent:
                self.problem(key, f"is missing; it must be {what}")
            return None
        wrong = not isinstance(value, kind) or (
            isinstance(value, bool) and kind not in (bool, object)
        )
        if wrong and value is not default:
            self.problem(key, f"must be {what}, got {value!r}")
            return None if default is _MISSING else default
        return value

    def value(self, key: str, *, what: str = "", optional: bool = False) -> Any:
        """A value of any kind. what: the words for it where it is missing."""
        return self._get(key, None if optional else _MISSING, object, what)

    def know(self, *keys: str) -> None:
        """Count keys as read."""
        self._known.update(keys)

    def yes(self, key: str) -> bool:
        """true or false, false where it is left out."""
        return bool(self._get(key, False, bool, "true or false"))

    def text(self, key: str, *, default: Any = _MISSING) -> str:
        found: str = self._get(key, default, str, "a text") or ""
        if "\0" in found:  # no path and no name holds one, and the system raises over it
            self.problem(key, f"holds a null character: {short(found)}")
            return ""
        return found

    def texts(self, key: str, *, default: Any = _MISSING) -> Sequence[str]:
        found = self._get(key, default, (list, tuple), "a list of texts") or []
        if not all(isinstance(text, str) for text in found):
            self.problem(key, f"must be a list of texts, got {found!r}")
            return []
        return list(found)

    def either(self, key: str, *, default: Any = _MISSING, what: str) -> str | list[str]:
        """A text, or a list of texts; what: the words for it in a problem."""
        found = self._get(key, default, (str, list, tuple), what)
        if isinstance(found, str):
            return self.text(key)
        if not all(isinstance(text, str) for text in found or ()):
            self.problem(key, f"must be {what}, got {found!r}")
            return []
        return list(found or ())

    def one_of(self, key: str, allowed: Sequence[str], *, default: str) -> str:
        """A text of a few; the default, and a problem, where it is another."""
        found = self.text(key, default=default)
        if found not in allowed:
            listing = " or ".join(f'"{one}"' for one in allowed)
            hint = near_misses(found, allowed)
            self.problem(key, f'must be {listing}, got "{short(found)[1:-1]}"{hint}')
            return default
        return found

    def switch(self, key: str, *, default: bool) -> bool:
        return bool(self._get(key, default, bool, "true or false"))

    def number(self, key: str, *, default: float, low: float, high: float) -> float:
        value = self._get(key, default, (int, float), f"a number of at least {low:g}")
        if not low <= value <= high:
            self.problem(key, f"must be a number from {low:g} to {high:g}, got {short(value)}")
        return float(value)

    def integer(self, key: str, *, default: int, low: int) -> int:
        value = self._get(key, default, int, f"an integer of at least {low}")
        if value < low:
            self.problem(key, f"must be at least {low}, got {value!r}")
        return int(value)

    def table(self, key: str, *, optional: bool = False) -> Table:
        default = {} if optional else _MISSING
        raw = self._get(key, default, dict, f"a table [{self._key(key)}]")
        return Table(raw, self._key(key), self.problems, absent=key not in self.raw)

    def tables(self, key: str) -> Sequence[Table]:
        raw = self._get(key, _MISSING, list, f"tables [[{self._key(key)}]]") or []
        return [Table(one, f"{self._key(key)}[{i}]", self.problems) for i, one in enumerate(raw)]

    def accept(self) -> None:
        """Take every key as known: which are right depends on one that is wrong."""
        self._known.update(self.raw)

    def reject_unread(self) -> None:
        for key in self.raw:
            if key not in self._known:
                hint = keys.elsewhere(key, self.where) or near_misses(key, self._known)
                self.problem(
                    key, f"is not a known key{hint} (known: {', '.join(sorted(self._known))})"
                )
