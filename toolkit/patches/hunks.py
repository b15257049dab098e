"""Reads a unified diff as `git diff` writes it of text files, and refuses all else.

Every line must have a meaning: what git would skip (words around a patch, lines beyond the counts
of a hunk) may be an edit that got lost. Read are changed, new and deleted files, each once, with or
without 'diff --git'. Refused are renames, copies, modes, binary and combined diffs, times behind
names, names without 'a/' and 'b/'. What is accepted means what `git apply` takes it to mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from ..errors import PatchError
from .paths import unquote

Effect = Literal["created", "modified", "deleted"]
UNUSABLE = "unusable edit: "  # begins what a searcher submits for an edit that makes no patch
ALLOWED = (
    "a patch only changes, adds and deletes text files: write it with `git diff --no-renames`, or "
    "in a searcher with lab.edit"
)
BEGINNING_CHARS = 240
EXCERPT_CHARS = 80
_LINE = re.compile(r"[^\n]*\n|[^\n]+")  # only a newline ends a line, unlike in str.splitlines
_GIT = re.compile(r"diff --git (.+)\n")
_NEW_FILE = re.compile(r"new file mode 100644\n")
_DELETED_FILE = re.compile(r"deleted file mode 100(?:644|755)\n")
_INDEX = re.compile(r"index [0-9a-f]+\.\.[0-9a-f]+(?: 100(?:644|755))?\n")
# A name that holds a space ends with a tab: else git may take its end for a time and cut it off.
_NAME = r'("[^\t\n]+"|[^ \t\n]+|[^"\t\n]+(?=\t))\t?\n'
_OLD, _NEW = re.compile(rf"--- {_NAME}"), re.compile(rf"\+\+\+ {_NAME}")
_HUNK = re.compile(
    r"@@ -([0-9]{1,9})(?:,([0-9]{1,9}))? \+([0-9]{1,9})(?:,([0-9]{1,9}))? @@(?: .*)?\n"
)
_CUT = "\\ No newline at end of file\n"
_REFUSED = {
    "rename |copy |(dis)?similarity ": "renames and copies are refused",
    "old mode|new mode|new file mode|deleted file mode|index ": "a file's mode must stay 100644",
    "Binary files |GIT binary patch": "binary files are refused",
    "diff --cc |diff --combined |@@@": "the combined diff of a merge is refused",
}


@dataclass
class Hunk:
    """Lines to find and lines to put there.

    line: where the hunk stands in the patch, from 1. start: its first line in the new file, from 1
    (0 if the file gets empty). begins, ends: whether it must stand at the file's beginning or end.
    """

    line: int
    start: int
    begins: bool
    ends: bool = False
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Section:
    """Change of one file by a patch."""

    path: str
    change: Effect
    hunks: list[Hunk]


def parse(patch: str) -> list[Section]:
    """The sections in their order; PatchError where a line is none that `git diff` writes."""
    if patch.startswith(UNUSABLE) and "\n" not in patch:
        raise PatchError(patch)  # the reason itself, and all of it
    if not re.search(r"^(--- |diff )", patch, re.MULTILINE):
        raise PatchError(
            f"patch: {patch[:BEGINNING_CHARS]!r} holds no section of a unified diff; begin with "
            "'diff --git a/<path> b/<path>', '--- a/<path>', '+++ b/<path>' and '@@ -1,3 +1,4 @@'"
        )
    reader = _Reader(patch)
    sections: dict[str, Section] = {}
    while reader.is_before_section():
        section = reader.section()
        if section.path in sections:
            raise PatchError(f"patch: {section.path!r} has two sections; make one of them")
        sections[section.path] = section
    return list(sections.values())


def split_lines(text: str) -> list[str]:
    """Lines with their ends."""
    return _LINE.findall(text)


def excerpt(line: str) -> str:
    """A line as a message quotes it."""
    more = "…" if len(line) > EXCERPT_CHARS else ""
    return repr(line[:EXCERPT_CHARS].removesuffix("\n")) + more


class _Reader:
    """at: the next line. An empty line is the end of the patch."""

    def __init__(self, patch: str) -> None:
        self.lines = [*split_lines(patch), ""]
        self.at = 0

    @property
    def line(self) -> str:
        return self.lines[self.at]

    def is_before_section(self) -> bool:
        """True if anything but empty lines is left; goes past those."""
        while self.line == "\n":
            self.at += 1
        return bool(self.line)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Go past the next line if it is of this form."""
        found = pattern.fullmatch(self.line)
        self.at += found is not None
        return found

    def fail(self, what: str) -> NoReturn:
        """PatchError about the next line; a line that is known to be refused has its own reason."""
        known = (why for start, why in _REFUSED.items() if re.match(start, self.line))
        here = excerpt(self.line) if self.line else "the end of the patch"
        raise PatchError(f"patch, line {self.at + 1} ({here}): {next(known, what)}; {ALLOWED}")

    def section(self) -> Section:
        header = self.git_header()
        if not header and not self.line.startswith("--- "):
            self.fail("words around a patch, or lines beyond the counts of a hunk, are refused")
        if header and header[1] != "modified" and not self.line.startswith("--- "):
            return Section(*header, [])  # an empty file has no lines to show
        old, new = self.name(_OLD), self.name(_NEW)
        change: Effect = "created" if old is None else "deleted" if new is None else "modified"
        path = new or old or ""
        if not path or old not in (None, path) or header not in (None, (path, change)):
            self.fail("the lines above must name one file, and /dev/null where it is new or goes")
        section = Section(path, change, [])
        while self.line.startswith("@@ -") or not section.hunks:
            section.hunks.append(self.hunk(f"hunk {len(section.hunks) + 1} of {path!r}"))
        extra = {"created": "old", "deleted": "new"}.get(change, "")
        if extra and any(getattr(hunk, extra) for hunk in section.hunks):
            self.fail(f"{path!r} above is {change}, but has {extra} lines, too")
        return section

    def git_header(self) -> tuple[str, Effect] | None:
        """Header of the lines from 'diff --git' on; None where there are none."""
        if not (found := self.take(_GIT)):
            return None
        half = len(found[1]) // 2  # the names are equally long: they differ in one letter, a and b
        path = unquote(found[1][:half])
        if path is None or found[1][half] != " " or path != unquote(found[1][half + 1 :]):
            self.at -= 1
            self.fail(
                "it must name one file twice, 'diff --git a/<path> b/<path>'; renames and copies "
                "are refused"
            )
        is_new = self.take(_NEW_FILE)
        is_deleted = not is_new and self.take(_DELETED_FILE)
        self.take(_INDEX)
        return path, "created" if is_new else "deleted" if is_deleted else "modified"

    def name(self, form: re.Pattern[str]) -> str | None:
        """The path in a '---' or '+++' line; None for /dev/null."""
        found = form.fullmatch(self.line)
        path = unquote(found[1]) if found else None
        if path is None and not (found and found[1] == "/dev/null"):
            self.fail("here belong the lines '--- a/<path>' and '+++ b/<path>'")
        self.at += 1
        return path

    def hunk(self, name: str) -> Hunk:
        at = self.at
        if not (head := self.take(_HUNK)):
            self.fail(f"{name} must begin like '@@ -12,7 +12,8 @@'")
        first, old, start, new = (int(text or 1) for text in head.groups())
        hunk, signs = Hunk(at + 1, start, first <= 1), ""
        while (here := (len(hunk.old), len(hunk.new))) != (old, new):
            if here[0] > old or here[1] > new or not (sign := self.row(hunk)):
                self.fail(
                    f"{name} (line {at + 1}) counts {old} old and {new} new lines in its header, "
                    f"and has {here[0]} and {here[1]} so far. Begin each line with ' ', '-' or "
                    "'+', end it with a newline, and count old (' ', '-') and new (' ', '+') again"
                )
            signs += sign
        if not signs.strip():
            self.fail(f"{name} above changes nothing; it needs '-' or '+' lines")
        # Below a change there is context, and a newline, wherever the file goes on.
        last = (side[-1] for side in (hunk.old, hunk.new) if side)
        hunk.ends = signs[-1] != " " or not all(line.endswith("\n") for line in last)
        return hunk

    def row(self, hunk: Hunk) -> str:
        """Put the next line into the hunk: its sign, or "" where it is no line of a hunk."""
        line = " \n" if self.line == "\n" else self.line  # under diff.suppressBlankEmpty
        sides = {" ": (hunk.old, hunk.new), "-": (hunk.old,), "+": (hunk.new,)}.get(line[:1], ())
        if not line.endswith("\n") or any(side and side[-1][-1:] != "\n" for side in sides):
            return ""
        self.at += 1
        if self.line == _CUT and line[1:] != "\n":
            self.at += 1
            line = line[:-1]
        for side in sides:
            side.append(line[1:])
        return line[0] if sides else ""
