"""A language model's reply, taken apart into edits; nothing of it is guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_EDITS = 5
HEAD = re.compile(r"^#+\s*EDIT\b.*$", re.MULTILINE | re.IGNORECASE)
FIELD = re.compile(r"^(LABEL|HYPOTHESIS|FILE|DELETE|SET)\s*:\s*(.*?)\s*$", re.IGNORECASE)
SEARCH, MIDDLE, REPLACE = "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE"
FENCE = re.compile(r"^(`{3,})\w*\s*$")


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
    heads = list(HEAD.finditer(reply))
    if not heads:
        text = " ".join(reply.split())[:200]
        return [Edit(problem=f"the reply holds no '# EDIT' section; it begins: {text!r}")]
    ends = [head.start() for head in heads[1:]] + [len(reply)]
    sections = [reply[head.end() : end] for head, end in zip(heads, ends, strict=True)]
    return [read(section, labels) for section in sections[:MAX_EDITS]]


def read(section: str, labels: tuple[str, ...]) -> Edit:
    """One edit; its problem says what is wrong with its form."""
    edit = Edit()
    try:
        _read_lines(iter(section.split("\n")), edit)
        if edit.label not in labels:
            raise Unusable(f"LABEL must be one of {', '.join(labels)}, got {edit.label!r}")
        if not edit.blocks and not edit.sets:
            raise Unusable("the edit changes nothing: it has no FILE, DELETE or SET")
    except Unusable as error:
        edit.problem = str(error)
    return edit


def _read_lines(lines: Iterator[str], edit: Edit) -> None:
    path = ""
    for line in lines:
        found = FIELD.match(line)
        if line.strip() == SEARCH:
            search = _until(lines, MIDDLE, path)
            edit.blocks.append((_named(path), search, _until(lines, REPLACE, path)))
        elif path and (fence := FENCE.match(line)):
            edit.blocks.append((path, None, _until(lines, fence[1], path)))
            path = ""
        elif found:
            name, value = found[1].upper(), found[2].strip("`")
            if name == "FILE":
                path = value
            elif name == "DELETE":
                edit.blocks.append((_named(value), None, None))
            elif name == "SET":
                _set(edit.sets, value)
            elif name == "LABEL":
                edit.label = value.lower()
            else:
                edit.hypothesis = value[:300]


def _named(path: str) -> str:
    if not path:
        raise Unusable("a block without 'FILE: path' above it")
    return path


def _until(lines: Iterator[str], end: str, path: str) -> str:
    """The lines up to the closing mark, each with its line end."""
    taken: list[str] = []
    for line in lines:
        if line.rstrip() == end:
            return "".join(f"{one}\n" for one in taken)
        taken.append(line)
    whose = path or "a file"
    raise Unusable(f"the block of {whose} is not closed by {end!r}: the reply was cut off")


def _set(sets: dict[str, Any], text: str) -> None:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name:
        raise Unusable(f"SET needs name = value, got {text!r}")
    try:
        sets[name] = json.loads(value)
    except ValueError:
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
        times = current.count(search) if search.strip() else 0
        if times != 1:
            first = search.strip().split("\n")[0][:80]
            raise Unusable(
                f"the SEARCH text beginning {first!r} stands {times} times in {path}; it must "
                "stand there exactly once, letter for letter"
            )
        changed[path] = current.replace(search, replacement or "")
    return changed
