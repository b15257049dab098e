"""A language model's reply, taken apart into edits; nothing of it is guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_EDITS = 5
FIELD_CHARS = 300
HEAD = re.compile(r"^#+[ \t]*EDIT\b[ \t]*(?:[0-9:.–—-].*)?$", re.MULTILINE)
FIELD = re.compile(r"^(LABEL|HYPOTHESIS|FILE|DELETE|SET)[ \t]*:(.*)$", re.IGNORECASE)
SEARCH, MIDDLE, REPLACE = "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE"
FENCE = re.compile(r"^(`{3,})[^`]*$")
_PYTHON_WORDS = {"True": True, "False": False, "None": None}


class Unusable(Exception):  # noqa: N818 - says what the edit is
    """An edit that cannot be applied, and why."""


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


def parse(reply: str, labels: tuple[str, ...]) -> list[Edit]:
    """The reply's edits, at most MAX_EDITS; one unusable edit where it holds none."""
    text = reply.removeprefix("\ufeff").replace("\r\n", "\n").rpartition("</think>")[2]
    heads = list(HEAD.finditer(text))
    if not heads:
        start = " ".join(text[:2000].split())[:200]
        return [Edit(problem=f"the reply holds no '# EDIT' section; it begins: {start!r}")]
    ends = [head.start() for head in heads[1:]] + [len(text)]
    sections = [text[head.end() : end] for head, end in zip(heads, ends, strict=True)]
    return [read(section, labels) for section in sections[:MAX_EDITS]]


def read(section: str, labels: tuple[str, ...]) -> Edit:
    """One edit; its problem says what is wrong with its form."""
    edit = Edit()
    try:
        _Section(section.split("\n"), edit).read()
        if edit.label not in labels:
            raise Unusable(f"LABEL must be one of {', '.join(labels)}, got {edit.label!r}")
        if not edit.blocks and not edit.sets:
            raise Unusable("the edit changes nothing: it has no FILE, DELETE or SET")
    except Unusable as error:
        edit.problem = str(error)
    return edit


class _Section:
    """One pass over an edit's lines. path: of the FILE whose blocks are read."""

    def __init__(self, lines: list[str], edit: Edit) -> None:
        self.lines, self.at, self.edit = lines, 0, edit
        self.path, self.used = "", True

    def read(self) -> None:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            fence, found = FENCE.match(line), FIELD.match(line)
            if line.strip() == SEARCH:
                self.block()
            elif line.strip() in {MIDDLE, REPLACE}:
                raise Unusable(f"a line {line.strip()!r} without {SEARCH!r} before it")
            elif fence and self.path and not self.used and not self.fenced_block():
                self.add(None, self.until(fence[1]))
            elif found:
                self.field(found[1].upper(), found[2].strip().strip("`*").strip())
        self.leave()

    def field(self, name: str, value: str) -> None:
        if name == "FILE":
            self.leave()
            self.path, self.used = value[:FIELD_CHARS], False
        elif name == "DELETE":
            self.edit.blocks.append((value[:FIELD_CHARS], None, None))
        elif name == "SET":
            _set(self.edit.sets, value)
        elif name == "LABEL":
            self.edit.label = value.lower()[:FIELD_CHARS]
        else:
            self.edit.hypothesis = value[:FIELD_CHARS]

    def leave(self) -> None:
        """The end of a FILE: half an edit is none."""
        if self.path and not self.used:
            raise Unusable(f"FILE: {self.path} has neither a {SEARCH!r} block nor a whole text")

    def fenced_block(self) -> bool:
        """Whether the fence just read only wraps SEARCH blocks, as many models write them."""
        rest = (line.strip() for line in self.lines[self.at :])
        return next((line for line in rest if line), "") == SEARCH

    def block(self) -> None:
        if not self.path:
            raise Unusable("a block without 'FILE: path' above it")
        search = self.until(MIDDLE)
        self.add(search, self.until(REPLACE))

    def add(self, search: str | None, text: str) -> None:
        self.edit.blocks.append((self.path, search, text))
        self.used = True

    def until(self, end: str) -> str:
        """The lines up to the closing mark, each with its line end."""
        taken: list[str] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if line.strip() == end:
                return "".join(f"{one}\n" for one in taken)
            if line.strip() in {SEARCH, REPLACE, MIDDLE}:
                raise Unusable(
                    f"a line {line.strip()!r} inside a block of {self.path}: the block before it "
                    f"is not closed by {end!r}, or the text itself holds such a line"
                )
            taken.append(line)
        raise Unusable(f"the block of {self.path} is not closed by {end!r}: the reply was cut off")


def _set(sets: dict[str, Any], text: str) -> None:
    name, equals, value = (part.strip().strip("`") for part in text.partition("="))
    if not equals or not name or len(text) > FIELD_CHARS:
        raise Unusable(f"SET needs name = value, got {text[:FIELD_CHARS]!r}")
    if value in _PYTHON_WORDS:
        sets[name] = _PYTHON_WORDS[value]
        return
    try:
        sets[name] = json.loads(value)
    except (ValueError, RecursionError):
        sets[name] = value.strip("'\"")


def changed_files(edit: Edit, texts: Mapping[str, str]) -> dict[str, str | None]:
    """{path: new text, or None to delete}; raises Unusable where a block does not fit strictly."""
    changed: dict[str, str | None] = {}
    for path, search, replacement in edit.blocks:
        current = changed.get(path, texts.get(path))
        if search is None:
            changed[path] = replacement
            continue
        if current is None:
            raise Unusable(f"there is no file {path}; the files are {', '.join(sorted(texts))}")
        changed[path] = _replace(path, current, search, replacement or "")
    return changed


def _replace(path: str, current: str, search: str, replacement: str) -> str:
    """Whole lines for whole lines, which stand there exactly once."""
    text = current if current.endswith("\n") else f"{current}\n"
    places = list(re.finditer(f"^{re.escape(search)}", text, re.MULTILINE))
    if len(places) != 1 or not search.strip():
        first = search.strip().split("\n")[0][:80]
        raise Unusable(
            f"the SEARCH text beginning {first!r} stands {len(places)} times in {path}; it must "
            "stand there exactly once, letter for letter, in whole lines"
        )
    (place,) = places
    return text[: place.start()] + replacement + text[place.end() :]
