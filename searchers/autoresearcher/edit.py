"""One edit of a reply, what it foretells, and why it cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

OVERALL = "overall"
"""kind of a prediction that is about the whole objective"""


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


@dataclass(frozen=True)
class Prediction:
    """A kind of item, or `overall`, that an edit is foretold to move."""

    kind: str
    direction: Literal["up", "down"]


@dataclass
class Edit:
    """One cause. blocks: (path, search, replacement); search None means the whole file.

    problem: why it cannot be used, or empty. drafts: edits before it that were taken for thinking.
    depends: numbers of the experiments that it needs. alternatives: other ways for the same
    hypothesis. grid: {parameter: values of which the best is kept}.
    """

    label: str = ""
    hypothesis: str = ""
    blocks: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    sets: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    drafts: int = 0
    depends: tuple[int, ...] = ()
    predicts: tuple[Prediction, ...] = ()
    alternatives: tuple[Edit, ...] = ()
    grid: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def deletions(self) -> tuple[str, ...]:
        """Paths of the files that it removes."""
        return tuple(path for path, search, text in self.blocks if search is None and text is None)
