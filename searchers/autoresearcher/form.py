"""What a single line of a reply may be: a heading, a field, a mark, a fence."""

from __future__ import annotations

import re
from dataclasses import dataclass

SEARCH, MIDDLE, REPLACE = "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE"
MARKS = {SEARCH, MIDDLE, REPLACE}
HEAD = re.compile(r"^ {0,3}#+[ \t]*\**EDIT\b\**[ \t]*(?:[0-9:.–—-].*)?$")
ANY_CASE = re.compile(HEAD.pattern, re.IGNORECASE)
_NAMES = "LABEL|HYPOTHESIS|FILE|DELETE|SET"
# decorated as in Markdown, a name must be in capitals: prose has lists like "- set: …"
_FIELD = re.compile(
    rf"^ {{0,3}}(?:(?i:({_NAMES}))|(?:[-*+][ \t]+)?[*`]{{0,3}}({_NAMES})[*`]{{0,3}})[ \t]*:(.*)$"
)
_FENCE = re.compile(r"^( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)$")
_RULE = re.compile(r"^ {0,3}(?:-{3,}|\*{3,}|_{3,})[ \t]*$")
_THOUGHT = re.compile(
    r"(</(?:\w+:)?(?:think|thinking|thoughts?|reasoning)>|\[/think\]|◁/think▷)(.*)$", re.IGNORECASE
)
# a second \r is what writing Windows line ends in text mode adds
LINE_END = re.compile(r"\r{0,2}\n|\r")


@dataclass(frozen=True)
class Fence:
    """A line of backticks or tildes. info: what stands behind them, such as `python`."""

    indent: int
    mark: str
    info: str

    @staticmethod
    def of(line: str) -> Fence | None:
        found = _FENCE.match(line)
        return Fence(len(found[1]), found[2], found[3].strip()) if found else None

    def ends(self, opening: Fence) -> bool:
        """As in Markdown: bare, of the same characters, and at least as many."""
        same = self.mark[0] == opening.mark[0] and len(self.mark) >= len(opening.mark)
        return same and not self.info


def field(line: str) -> tuple[str, str] | None:
    """(name in capitals, value) of a line such as `SET: k = 3`."""
    found = _FIELD.match(line)
    if not found:
        return None
    return (found[1] or found[2]).upper(), found[3].strip().strip("`*").strip()


def is_blank(line: str) -> bool:
    """Whether it only separates: no text, or a Markdown rule."""
    return not line.strip() or bool(_RULE.match(line))


def may_go_on(line: str) -> bool:
    """Whether a reply that was cut off in this line may lack a part of its form."""
    begun = line.strip()
    starts = (SEARCH, *(f"{name}:" for name in _NAMES.split("|")))
    return bool(begun) and (field(line) is not None or any(s.startswith(begun) for s in starts))


def after_thinking(line: str) -> tuple[bool, str] | None:
    """(whether the closing tag stands alone, what follows it) where a line ends thinking.

    None where the line names such a tag in passing: in quotes, behind its opening, in a sentence.
    """
    found = _THOUGHT.search(line)
    if not found:
        return None
    before, rest = line[: found.start()].strip(), found[2].strip()
    opened = found[1].replace("/", "").lower() in before.lower()
    if opened or (rest and not HEAD.match(rest)):
        return None
    return not before and not rest, rest
