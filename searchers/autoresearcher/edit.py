"""One edit of a reply, and why it cannot be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class Unusable(Exception):  # noqa: N818 - says what the edit is
    """An edit that cannot be applied, and why."""


class Broken(Unusable):
    """An edit whose form breaks off: from there on, nobody knows what is text and what is form."""


@dataclass
class Edit:
    """One cause. blocks: (path, search, replacement); search None means the whole file.

    problem: why it cannot be used, or empty.
    """

    label: str = ""
    hypothesis: str = ""
    blocks: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    sets: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
