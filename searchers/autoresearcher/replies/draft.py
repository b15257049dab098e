"""The edits of a reply as far as it was read, and the FILE of the last one that is open."""

from __future__ import annotations

from typing import Self

from searchers.autoresearcher.edit import Edit, Unusable
from searchers.autoresearcher.replies.form import SEARCH
from searchers.autoresearcher.replies.values import read_set

FIELD_CHARS = 300
MOST_BLOCKS = 200
LONGER = "put a text that holds such fences between longer ones (````)"


class Draft:
    """path, used: the FILE that is open, and whether it has got its text.

    strict: only form and remarks may follow, for a whole text has just ended. suspects: (number of
    the edit, fence) of each whole text that may have ended too early. thought: edits before these
    that were taken for thinking.
    """

    def __init__(self, labels: tuple[str, ...], thought: int = 0) -> None:
        self.labels, self.thought = labels, thought
        self.edits: list[Edit] = []
        self.suspects: list[tuple[int, str]] = []
        self.path, self.used, self.strict = "", True, False

    def anew(self, thought: int) -> Self:
        """An empty draft of the same kind, before which so many edits were thought."""
        return type(self)(self.labels, thought)

    def begin(self, edit: Edit) -> None:
        self.close()
        edit.drafts, self.thought = self.thought, 0
        self.edits.append(edit)
        self.path, self.used, self.strict = "", True, False

    def close(self) -> None:
        """The end of an edit."""
        if not self.edits:
            return
        edit = self.edits[-1]
        try:
            self.leave()
            if edit.label not in self.labels:
                raise Unusable(f"LABEL must be one of {', '.join(self.labels)}, got {edit.label!r}")
            if self.is_idle(edit):
                raise Unusable("the edit changes nothing: it has no FILE, DELETE or SET")
        except Unusable as error:
            self.refuse(error)

    def is_idle(self, edit: Edit) -> bool:
        return not edit.blocks and not edit.sets

    def refuse(self, error: Unusable) -> None:
        """Refuse an edit; of several things that are wrong with it, the first is told."""
        if not self.edits:
            self.edits.append(Edit())
        self.edits[-1].problem = self.edits[-1].problem or str(error)

    def field(self, name: str, value: str) -> None:
        edit = self.edits[-1]
        if name == "FILE":
            self.open(value)
        elif name == "DELETE":
            edit.blocks.append((_checked(value), None, None))
        elif name == "SET":
            read_set(edit.sets, value)
        elif name == "HYPOTHESIS":
            edit.hypothesis = _shortened(value)
        elif edit.label:
            raise Unusable("a second LABEL: each edit begins with a line '# EDIT' of its own")
        else:
            edit.label = value.lower()[:FIELD_CHARS]

    def open(self, path: str) -> None:
        try:
            self.leave()
        finally:
            self.path, self.used, self.strict = path, False, False
        _checked(path)

    def leave(self) -> None:
        """The end of a FILE: half an edit is none."""
        if self.path and not self.used:
            raise Unusable(f"FILE: {self.path} has neither a {SEARCH!r} block nor a whole text")

    def add(self, search: str | None, text: str) -> None:
        self.used = True
        if len(self.edits[-1].blocks) >= MOST_BLOCKS:
            raise Unusable(f"the edit has more than {MOST_BLOCKS} blocks")
        self.edits[-1].blocks.append((self.path, search, text))

    def doubt(self) -> None:
        """Doubt a text that seems to have ended too early: what it may hold is not tried either."""
        if not self.suspects:
            return
        for edit in self.edits[self.suspects[0][0] : -1]:
            problem = f"a whole text in this reply may have ended too early; {LONGER}"
            edit.problem = edit.problem or problem
        marks = dict.fromkeys(mark for _, mark in self.suspects)
        self.suspects = [(len(self.edits) - 1, mark) for mark in marks]  # all before are refused


def _shortened(text: str) -> str:
    return text if len(text) <= FIELD_CHARS else f"{text[: FIELD_CHARS - 1]}…"


def _checked(path: str) -> str:
    if len(path) > FIELD_CHARS:
        raise Unusable(f"a path of {len(path)} characters; {FIELD_CHARS} are allowed")
    return path
