"""Writes the patch that turns one tree into another, as `git diff` would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from .hunks import split_lines
from .paths import quote

Edit = tuple[int, int, int, int]  # old[a1:a2] becomes new[b1:b2]
CONTEXT = 3
# Above this many pairs of lines difflib may skip lines that repeat: else it can take minutes.
_EXACT_PAIRS = 1_000_000


def make(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """The patch that turns the one tree into the other; equal trees give an empty string."""
    paths = sorted(path for path in {*old, *new} if old.get(path) != new.get(path))
    return "".join(_section(path, old.get(path), new.get(path)) for path in paths)


def _section(path: str, old: str | None, new: str | None) -> str:
    names = quote(f"a/{path}"), quote(f"b/{path}")
    tab = "\t" if " " in path else ""  # git and GNU patch then know where the name ends
    before, after = (
        "/dev/null" if text is None else name + tab
        for name, text in zip(names, (old, new), strict=True)
    )
    head = f"diff --git {names[0]} {names[1]}\n"
    if old is None:
        head += "new file mode 100644\n"
    elif new is None:
        head += "deleted file mode 100644\n"
    hunks = "".join(_hunks(split_lines(old or ""), split_lines(new or "")))
    return head + (f"--- {before}\n+++ {after}\n{hunks}" if hunks else "")


def _hunks(old: list[str], new: list[str]) -> Iterator[str]:
    for group in _groups(edits(old, new)):
        (a1, _, b1, _), (_, a2, _, b2) = group[0], group[-1]
        before, after = min(CONTEXT, a1), min(CONTEXT, len(old) - a2)
        sizes = a2 + after - a1 + before, b2 + after - b1 + before
        yield f"@@ -{_range(a1 - before, sizes[0])} +{_range(b1 - before, sizes[1])} @@\n"
        at = a1 - before
        for a1, a2, b1, b2 in group:
            yield from (_marked(" ", line) for line in old[at:a1])
            yield from (_marked("-", line) for line in old[a1:a2])
            yield from (_marked("+", line) for line in new[b1:b2])
            at = a2
        yield from (_marked(" ", line) for line in old[at : at + after])


def edits(old: list[str], new: list[str]) -> list[Edit]:
    """Lines that differ. Only what lies between equal ends is compared: that keeps difflib fast."""
    head = _common(old, new)
    tail = min(_common(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    matcher = SequenceMatcher(None, a, b, autojunk=len(a) * len(b) > _EXACT_PAIRS)
    return [
        (a1 + head, a2 + head, b1 + head, b2 + head)
        for kind, a1, a2, b1, b2 in matcher.get_opcodes()
        if kind != "equal"
    ]


def _groups(edits: Sequence[Edit]) -> list[list[Edit]]:
    """Edits whose context would meet share a hunk."""
    groups: list[list[Edit]] = []
    for edit in edits:
        if groups and edit[0] - groups[-1][-1][1] <= 2 * CONTEXT:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    return groups


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    pairs = enumerate(zip(a, b, strict=False))
    return next((at for at, (x, y) in pairs if x != y), min(len(a), len(b)))


def _range(start: int, count: int) -> str:
    first = start + 1 if count else start
    return f"{first}" if count == 1 else f"{first},{count}"


def _marked(sign: str, line: str) -> str:
    return sign + line + ("" if line.endswith("\n") else "\n\\ No newline at end of file\n")
