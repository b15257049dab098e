"""Modularity: how the editable files hang together, and what an edit of one leaves untouched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import imports
from .imports import Graph
from .judgement import Finding, Property, least, most

GOOD, FAIR = 0.5, 0.25
"""share of the other lines that an edit of one file leaves untouched"""
CIRCLES_FAIR = 0.5
"""share of the lines that may lie in files of a circle"""
LONG, TOO_LONG = 1000, 3000
"""lines of one file that are still good, still fair"""


@dataclass(frozen=True)
class Modularity:
    """lines: {file: lines that are not blank}. untouched: None where there is one file."""

    graph: Graph
    lines: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.lines.values())

    @property
    def untouched(self) -> float | None:
        """Share of the other lines that an edit leaves untouched.

        Touched are files that use the edited one, directly or not. The mean is over all lines that
        could be edited. None where there is nothing but one file.
        """
        weights = [(self.lines[file], self._untouched(file)) for file in self.lines]
        known = [(lines, share) for lines, share in weights if share is not None]
        total = sum(lines for lines, _ in known)
        return sum(lines * share for lines, share in known) / total if total else None

    def _untouched(self, file: str) -> float | None:
        others = self.total - self.lines[file]
        touched = sum(self.lines[one] for one in self.graph.users(file))
        return 1 - touched / others if others else None

    @property
    def circled(self) -> float:
        """Share of the lines that lie in files of a circle."""
        files = [file for circle in self.graph.circles() for file in circle]
        return sum(self.lines[file] for file in files) / self.total if self.total else 0.0


def read(sources: Mapping[str, str]) -> Modularity:
    """Modularity of the files that may be edited, {path: text}."""
    lines = {path: sum(map(bool, map(str.strip, text.splitlines())))
             for path, text in sources.items()}  # fmt: skip
    return Modularity(imports.read(sources), lines)


def judged(found: Modularity) -> Property:
    findings = [_size(found), *_unread(found)]
    if any(path.endswith(".py") for path in found.lines):
        findings += [_circles(found), _untouched(found)]
    else:
        findings.append(Finding("imports are read of Python only, and no editable file is Python"))
    findings.append(_longest(found))
    figures = {
        "files": len(found.lines),
        "lines": dict(found.lines),
        "imports": {path: sorted(used) for path, used in found.graph.uses.items()},
        "circles": found.graph.circles(),
        "circle_share": found.circled,
        "untouched_share": found.untouched,
    }
    return Property("modularity", findings, figures)


def _size(found: Modularity) -> Finding:
    count, edges = len(found.lines), found.graph.edges
    files = f"{count} file{'s' * (count != 1)} with {found.total:,} lines of code"
    if count == 1:
        return Finding(files)
    return Finding(f"{files}; {edges} import{'s' * (edges != 1)} between them")


def _unread(found: Modularity) -> Iterator[Finding]:
    if found.graph.unread:
        names = ", ".join(found.graph.unread)
        yield Finding(
            f"{names} cannot be read as Python, so that nothing is known of what it imports",
            "fair",
            f"mend the syntax of {names}, or leave it out of [code] editable",
        )


def _circles(found: Modularity) -> Finding:
    circles = found.graph.circles()
    if not circles:
        return Finding("no two files import each other", "good")
    shown = "; ".join(", ".join(circle) for circle in circles)
    return Finding(
        f"files import each other in a circle ({shown}): {found.circled:.0%} of the lines",
        most(found.circled, 0.0, CIRCLES_FAIR),
        f"break the circle of {' and '.join(circles[0][:2])}: move what both need into a third "
        "file, so that each can be edited by itself",
    )


def _untouched(found: Modularity) -> Finding:
    if found.untouched is None:
        return Finding("an edit of the one file touches no other", "good")
    grade = least(found.untouched, GOOD, FAIR)
    return Finding(
        f"an edit of one file leaves {found.untouched:.0%} of the other lines untouched (they do "
        "not use that file)",
        grade,
        ""
        if grade == "good"
        else "let fewer files depend on each other: most edits reach most of the program, so it "
        "is hard to say which edit a gain came from",
    )


def _longest(found: Modularity) -> Finding:
    path, lines = max(found.lines.items(), key=lambda pair: pair[1])
    grade = most(lines, LONG, TOO_LONG)
    return Finding(
        f"the longest file is {path} with {lines:,} lines",
        grade,
        ""
        if grade == "good"
        else f"split {path}: a researcher must read all of it before each edit",
    )
