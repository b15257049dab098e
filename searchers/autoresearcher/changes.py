"""Edits put into files: whole lines for whole lines, and every file keeps its line ends.

Lines are compared without their ends, for a model answers with one kind of them, whatever stands in
a file: Windows line ends, a mix, no newline at the end, a byte order mark.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from searchers.autoresearcher.edit import Edit, Unusable

MARK = "\ufeff"  # a byte order mark
# as Python reads a source: a form feed or a line separator ends no line
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n)|([^\r\n]+)")


@dataclass(frozen=True)
class Line:
    """end: "" in a last line that has none."""

    text: str
    end: str


def changed_files(edit: Edit, texts: Mapping[str, str]) -> dict[str, str | None]:
    """{path: new text, or None to delete}; raises Unusable where a block does not fit strictly."""
    changed: dict[str, str | None] = {}
    for path, search, replacement in edit.blocks:
        current = changed.get(path, texts.get(path))
        if search is None:
            if path in changed:
                raise Unusable(f"the edit changes {path}, and then all of it; write one of the two")
            changed[path] = replacement if replacement is None else _whole(current, replacement)
            continue
        if current is None:
            raise Unusable(f"there is no file {path}; the files are {', '.join(sorted(texts))}")
        changed[path] = _replace(path, current, search, replacement or "")
    return changed


def shown(text: str) -> str:
    """A file as a prompt shows it: one kind of line end, also at the end; no byte order mark."""
    return "".join(f"{line.text}\n" for line in _lines(text.removeprefix(MARK)))


def fence_around(text: str) -> str:
    """Backticks that no line of the text can be taken for."""
    return "`" * (1 + max((len(run) for run in re.findall(r"`{3,}", text)), default=2))


def _lines(text: str) -> list[Line]:
    return [Line(found[1] or found[3] or "", found[2] or "") for found in _LINE.finditer(text)]


def _whole(current: str | None, text: str) -> str:
    """A whole new text with the line ends of the one that it replaces."""
    if not current:
        return text
    lines = _lines(current.removeprefix(MARK))
    return _mark(current) + _join(_with_ends(lines, _texts(text), _usual(lines)))


def _replace(path: str, current: str, search: str, replacement: str) -> str:
    """Whole lines for whole lines, which stand there exactly once."""
    lines, wanted = _lines(current.removeprefix(MARK)), _texts(search)
    places = list(_places([line.text for line in lines], wanted))
    if not search.strip():
        raise Unusable(f"a SEARCH text for {path} is blank, which says no place")
    if len(places) != 1:
        first = search.strip().split("\n")[0][:80]
        raise Unusable(
            f"the SEARCH text beginning {first!r} stands {len(places)} times in {path}; it must "
            "stand there exactly once, letter for letter, in whole lines"
        )
    start, end = places[0], places[0] + len(wanted)
    new = _with_ends(lines[start:end], _texts(replacement), _usual(lines))
    return _mark(current) + _join([*lines[:start], *new, *lines[end:]])


def _places(lines: Sequence[str], wanted: Sequence[str]) -> Iterator[int]:
    """Places of the lines, those that overlap included: either could be meant."""
    size = len(wanted)
    for start in range(len(lines) - size + 1):
        if lines[start : start + size] == wanted:
            yield start


def _with_ends(old: Sequence[Line], texts: Sequence[str], usual: str) -> list[Line]:
    """New lines with the ends of those that they replace; a last line without one stays so."""
    ends = [line.end or usual for line in old]
    if len(set(ends)) > 1:
        ends = list(_aligned([line.text for line in old], ends, texts))
    else:
        ends = (ends[:1] or [usual]) * len(texts)
    new = [Line(text, end) for text, end in zip(texts, ends, strict=True)]
    if old and new and not old[-1].end:
        new[-1] = Line(texts[-1], "")
    return new


def _aligned(old: Sequence[str], ends: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """An end for each new line: of the same line before, else of the one in its place."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for _, a1, a2, b1, b2 in matcher.get_opcodes():
        for at in range(b2 - b1):
            yield ends[max(min(a1 + at, a2 - 1), 0)]


def _usual(lines: Sequence[Line]) -> str:
    """The line end that a file has most often; a newline where it has none."""
    counts = Counter(line.end for line in lines if line.end)
    return counts.most_common(1)[0][0] if counts else "\n"


def _join(lines: Sequence[Line]) -> str:
    return "".join(line.text + line.end for line in lines)


def _texts(text: str) -> list[str]:
    return [line.text for line in _lines(text)]


def _mark(text: str) -> str:
    return MARK if text.startswith(MARK) else ""
