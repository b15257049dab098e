"""Files of a program: whole once, then as what has changed since."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import toolkit
from searchers.autoresearcher.changes import shown

MUCH = 0.6
"""changes of a file are shown whole where they are longer than this share of it"""


@dataclass(frozen=True)
class Whole:
    """Files as one request showed them. left_out: {path: lines} of what was too long to show."""

    files: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Number of characters."""
        return sum(map(len, self.files.values()))


@dataclass(frozen=True)
class Change:
    """Change of one file since it was shown. diff: "" where its whole text is shown again.

    text: None where the file is gone.
    """

    path: str
    diff: str
    text: str | None

    @property
    def size(self) -> int:
        return len(self.diff or self.text or "")


def texts(lab: toolkit.Lab, trial: toolkit.Trial) -> dict[str, str]:
    """{path: text} of a trial's files as a request shows them."""
    files = lab.files(trial.candidate)
    return {path: shown(text) for path, text in sorted(files.items())}


def whole(files: Mapping[str, str], most: int) -> Whole:
    """Files whole, in their order, as long as they have at most so many characters in all."""
    kept: dict[str, str] = {}
    left: dict[str, int] = {}
    for path, text in files.items():
        if sum(map(len, kept.values())) + len(text) <= most:
            kept[path] = text
        else:
            left[path] = text.count("\n")
    return Whole(kept, left)


def changes(before: Whole, files: Mapping[str, str]) -> list[Change]:
    """Changes since the files were shown."""
    return list(_changes(before, files))


def _changes(before: Whole, files: Mapping[str, str]) -> Iterator[Change]:
    for path, text in files.items():
        if path in before.left_out:
            continue
        old = before.files.get(path)
        if old is None:
            yield Change(path, "", text)
        elif old != text:
            diff = difference(old, text)
            yield Change(path, diff if len(diff) <= MUCH * len(text) else "", text)
    yield from (Change(path, "", None) for path in before.files if path not in files)


def difference(old: str, new: str) -> str:
    """Unified diff of two texts, without a head."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=3, lineterm="")
    return "".join(f"{line}\n" for line in list(lines)[2:])
