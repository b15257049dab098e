"""One edit of a reply, and why it cannot be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class Unusable(Exception):  # noqa: N818 - says what the edit is
    """An edit that cannot be applied, and why."""


class Broken(Unusable):
    """An edit whose form breaks off: from there on, nobody knows what is text and what is form.

    at: where reading may go on, where that is known. doubts: whether a whole text before may have
    ended too early.
    """

    def __init__(self, problem: str, *, at: int | None = None, doubts: bool = True) -> None:
        super().__init__(problem)
        self.at, self.doubts = at, doubts


@dataclass
class Edit:
    """One cause. blocks: (path, search, replacement); search None means the whole file.

    problem: why it cannot be used, or empty. drafts: edits before it that were taken for thinking.
    """

    label: str = ""
    hypothesis: str = ""
    blocks: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    sets: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    drafts: int = 0
