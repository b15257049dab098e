"""The page of a staged reply, which has more headings than `# EDIT` and more fields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from searchers.autoresearcher.replies.form import (
    GAP,
    HEAD,
    NAMES,
    SEARCH,
    SIGN,
    Fence,
    after_thinking,
    field,
    field_pattern,
    may_be_heading,
)
from searchers.autoresearcher.replies.page import Page
from searchers.autoresearcher.replies.queries import read_look

Name = Literal["ALTERNATIVE", "LOOK", "NOTES", "STOP"]
MOST_CHARS = 10_000  # of a heading
STAGED_NAMES = (*NAMES, "DEPENDS", "PREDICT")
_FIELD = field_pattern(STAGED_NAMES)
_SECTION = re.compile(
    rf"^{GAP}{{0,3}}(?:#{{1,6}}|(?=\*\*)){GAP}*(?:{SIGN}{{1,8}}{GAP}*)?"
    rf"(?P<name>ALTERNATIVE|LOOK|NOTES|STOP)S?(?P<rest>(?:[^\w].*)?)$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"[\s*_:.#()\[\]0-9/–—-]*")


@dataclass(frozen=True)
class Section:
    """A heading. rest: what stands behind its name, such as the reason of a STOP."""

    name: Name
    rest: str

    @staticmethod
    def of(line: str) -> Section | None:
        """The heading of a line; None for prose.

        In capitals it may go on in the same line. In other letters it stands alone, with a number
        at most: models write `## Notes on the failures` as prose.
        """
        if not may_be_heading(line) or len(line) > MOST_CHARS:
            return None
        found = _SECTION.match(line)
        if not found:
            return None
        name, rest = found["name"], found["rest"].strip("*_:.–—- \t\u00a0\u200b")
        if name != name.upper() and not _NUMBERED.fullmatch(rest):
            return None
        known: Name = name.upper()  # type: ignore[assignment]
        return Section(known, rest)


class StagedPage(Page):
    """A page whose headings are those of a staged reply."""

    names = STAGED_NAMES
    below = frozenset({"LABEL", "HYPOTHESIS", "DEPENDS", "PREDICT"})

    def field(self, line: str) -> tuple[str, str] | None:
        return field(line, _FIELD)

    def after_thinking(self, line: str) -> str | None:
        return after_thinking(line, lambda rest: bool(HEAD.match(rest) or Section.of(rest)))

    def is_heading(self, at: int) -> bool:
        return super().is_heading(at) or self.section(at) is not None

    def is_beginning(self, at: int) -> bool:
        """True if an edit or a section begins here beyond doubt.

        A STOP never does: where a text broke off, nothing behind it may end the search.
        """
        if self.is_edit(at):
            return self.has_label_below(at)
        found, line = self.section(at), self.line(at).strip()
        if found is None or line != f"# {found.name}":
            return False
        below = self.following(at + 1)
        if found.name == "LOOK":
            look = read_look(self.line(below))
            return look is not None and not look.problem
        return found.name == "NOTES" or (found.name == "ALTERNATIVE" and self.is_way(below))

    def is_form_heading(self, at: int) -> bool:
        """True for a heading that a fence may be wrapped around."""
        return self.is_beginning(at) or self.section(at) is not None

    def is_edit(self, at: int) -> bool:
        """True for the heading of an edit."""
        return super().is_heading(at)

    def section(self, at: int) -> Section | None:
        """Heading of another section; an alternative has a field or a block below it."""
        found = Section.of(self.line(at))
        if found is None or found.name != "ALTERNATIVE":
            return found
        is_sure = self.line(at).strip() == "# ALTERNATIVE" or self.is_way(self.following(at + 1))
        return found if is_sure else None

    def is_way(self, at: int) -> bool:
        """True for a line that an alternative may begin with."""
        line = self.line(at)
        return self.field(line) is not None or line.strip() == SEARCH or Fence.of(line) is not None

    def is_form(self, at: int) -> bool:
        """True for a line that a fence may be wrapped around; a STOP alone is such a line."""
        return super().is_form(at) or self.section(at) is not None
