"""The lines of a reply, and what begins or ends where among them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from functools import cached_property
from itertools import islice

from searchers.autoresearcher.replies.form import (
    HEAD,
    LOOSE_HEAD,
    MARKS,
    NAMES,
    SEARCH,
    Fence,
    after_thinking,
    field,
    is_python,
    may_be_heading,
    opens_thinking,
    tags,
)

MOST_ENDS = 8  # fences that are tried as the end of a text


class Page:
    """Answers questions about lines by their number; a number past the end is a blank line."""

    names: Sequence[str] = NAMES
    below: Collection[str] = frozenset({"LABEL", "HYPOTHESIS"})
    """fields that stand first in an edit"""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)
        self._endless: dict[str, int] = {}  # {fence: up to where no line ends it}
        self._ends: dict[str, tuple[int, int]] = {}  # {fence: (from, behind its end)}

    def line(self, at: int) -> str:
        return self.lines[at] if at < len(self.lines) else ""

    def field(self, line: str) -> tuple[str, str] | None:
        """(name in capitals, value) of a line such as `SET: k = 3`."""
        return field(line)

    def after_thinking(self, line: str) -> str | None:
        """Text behind the closing tag where a line may end thinking; None where it may not."""
        return after_thinking(line, lambda rest: bool(HEAD.match(rest)))

    def may_go_on(self, line: str) -> bool:
        """True where a reply that was cut off in this line may lack a part of its form."""
        begun = line.strip()
        starts = (SEARCH, *(f"{name}:" for name in self.names))
        is_start = any(start.startswith(begun) for start in starts)
        return bool(begun) and (self.field(line) is not None or is_start)

    def following(self, at: int) -> int:
        """The first line from here on that is not blank."""
        return next((one for one in self.rest(at) if self.lines[one].strip()), len(self.lines))

    def rest(self, at: int) -> range:
        return range(at, len(self.lines))

    def is_heading(self, at: int) -> bool:
        """`# EDIT`; in other letters (`## Edit 1`) only above a LABEL, else it is prose."""
        line = self.line(at)
        if not may_be_heading(line):
            return False
        return bool(HEAD.match(line) or (LOOSE_HEAD.match(line) and self.has_label_below(at)))

    def is_beginning(self, at: int) -> bool:
        """True if an edit begins here beyond doubt: a comment `# EDIT` has no LABEL below it."""
        return self.is_heading(at) and self.has_label_below(at)

    def has_label_below(self, at: int) -> bool:
        found = self.field(self.line(self.following(at + 1)))
        return found is not None and found[0] in self.below

    def is_form(self, at: int) -> bool:
        """True for a line that a fence may be wrapped around."""
        line = self.line(at)
        return self.is_beginning(at) or self.field(line) is not None or line.strip() == SEARCH

    def next_beginning(self, at: int, thought: bool) -> int:
        """Line where reading may go on after an edit that broke off."""
        sure = (
            n for n in self.rest(at) if self.is_beginning(n) or self.ends_thinking(n, thought, True)
        )
        return next(sure, len(self.lines))

    def ends_thinking(self, at: int, thought: bool, headed: bool) -> bool:
        """True if a closing tag here ends thinking that began before the reply.

        thought: a block with both its tags was stripped. headed: a heading was read before. Then
        the tag ends drafts only where an edit follows and the reply names no other such tag: edits
        may be about these tags.
        """
        rest = self.after_thinking(self.line(at))
        if rest is None or not headed:
            return rest is not None
        return not thought and (bool(rest) or self.last_heading > at) and self.tags_beside == 1

    @cached_property
    def tags_beside(self) -> int:
        """Number of tags in the reply, beside an opening one alone on a line of the prologue."""
        first = min(filter(self.is_heading, self.rest(0)), default=0)
        opened = any(opens_thinking(line) for line in self.lines[:first])
        return sum(map(tags, self.lines)) - opened

    def next_mark(self, at: int, indent: str) -> int | None:
        """The first line from here on that is a mark of a block, with this indentation."""
        places = self._marks.get(indent, [])
        found = bisect_left(places, at)
        return places[found] if found < len(places) else None

    @cached_property
    def _marks(self) -> dict[str, list[int]]:
        """{indentation: lines that are marks}; else each open block would look through the rest."""
        found: dict[str, list[int]] = {}
        for at, line in enumerate(self.lines):
            if line.strip() in MARKS:
                found.setdefault(line[: len(line) - len(line.lstrip())], []).append(at)
        return found

    @cached_property
    def last_heading(self) -> int:
        return max(filter(self.is_heading, self.rest(0)), default=-1)

    def end_of_python(self, began: int, at: int, mark: str) -> int | None:
        """The later fence up to which a text that seemed to end at a line is whole Python."""
        alike = (n for n in self.rest(at + 1) if self.lines[n].rstrip() == mark)
        whole = (n for n in islice(alike, MOST_ENDS) if is_python("\n".join(self.lines[began:n])))
        return next(whole, None)

    def names_file_inside(self, at: int) -> bool:
        """True if a fence's first line names the FILE whose text follows in the same fence."""
        found, below = self.field(self.line(at)), self.line(self.following(at + 1))
        is_text = (
            below.strip() not in {"", SEARCH} and not Fence.of(below) and not self.field(below)
        )
        return found is not None and found[0] == "FILE" and is_text

    def past_illustration(self, at: int, fence: Fence) -> int:
        """The line after the fence's end; at itself where no end comes before another edit."""
        if at < self._endless.get(fence.mark, 0):  # a model in a loop opens thousands of them
            return at
        began, end = self._ends.get(fence.mark, (0, 0))
        if began <= at < end:
            return end
        for one in self.rest(at):
            other = Fence.of(self.lines[one])
            if other and other.ends(fence):
                self._ends[fence.mark] = at, one + 1
                return one + 1
            if self.is_beginning(one):
                self._endless[fence.mark] = one
                return at
        self._endless[fence.mark] = len(self.lines)
        return at
