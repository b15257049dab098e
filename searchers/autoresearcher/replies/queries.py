"""Questions of a reply's `# LOOK` section, one a line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from searchers.autoresearcher.edit import Unusable
from searchers.autoresearcher.replies.limits import LIMITS

What = Literal["matching", "flipped", "scored", "output", "file", "unknown"]
QUERY_CHARS = 500
PATTERN_CHARS = 200
_DECORATION = re.compile(r"^\s*(?:[-*+•>]\s+|\(?[0-9]{1,3}[.)]\s+|LOOK\s*:\s*)*", re.IGNORECASE)
_BOUND = re.compile(r"[\s,;]*\b(?:limit|at most|max)\s*[:=]?\s*([0-9]{1,6})$", re.IGNORECASE)
_KIND = r"(?:(?:of|in|with)\s+)?(?:the\s+)?kind\s*[:=]?\s*(?P<kind>\S.*?)"
_LATE = _KIND.replace("<kind>", "<late>")
_MATCHING = re.compile(
    r"items\s+(?:where|whose|with)\s+(?:the\s+)?input\s+(?:matches|matching|contains)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"""(?P<mark>["'`/])(?P<pattern>.*)(?P=mark)\s*(?P<rest>.*)$""")
_FLIPPED = re.compile(
    rf"items(?:\s+{_KIND})?\s+(?:that|which)\s+experiment\s*#?(?P<number>[0-9]{{1,6}})\s+"
    rf"(?P<how>broke|fixed)(?:\s+{_LATE})?$",
    re.IGNORECASE,
)
_SCORED = re.compile(rf"items\s+(?P<how>wrong|right)(?:\s+{_KIND})?$", re.IGNORECASE)
_SCORED_LATE = re.compile(
    rf"(?:items\s+{_KIND}\s+(?:that\s+are\s+)?(?P<how>wrong|right)"
    rf"|(?P<first>wrong|right)\s+items(?:\s+{_LATE})?)$",
    re.IGNORECASE,
)
_OUTPUT = re.compile(r"(?:the\s+)?output\s+of\s+trial\s*#?(?P<number>[0-9]{1,6})$", re.IGNORECASE)
_FILE = re.compile(r"file\s*[:\s]\s*(?P<path>\S.*)$", re.IGNORECASE)
_ONLY_KIND = re.compile(rf"{_KIND}$", re.IGNORECASE)


@dataclass(frozen=True)
class Look:
    """A question about the search split, as a reply asked it. problem: why it has no answer.

    kind: a kind of items, or empty for all. how: right, wrong, fixed or broke. number: of an
    experiment or a trial. limit: the most items of its answer.
    """

    text: str
    what: What = "unknown"
    kind: str = ""
    pattern: str = ""
    how: str = ""
    number: int = 0
    path: str = ""
    limit: int = LIMITS.items
    problem: str = ""


def read_look(line: str) -> Look | None:
    """The question of a line; None for a line without any. One that is not understood says so."""
    bare = _DECORATION.sub("", line[: 2 * QUERY_CHARS]).strip()
    for mark in ("**", "`"):
        if len(bare) > 2 * len(mark) and bare.startswith(mark) and bare.endswith(mark):
            bare = bare[len(mark) : -len(mark)].strip()
    if not bare:
        return None
    if len(line) > QUERY_CHARS:
        return Look(f"{bare[:60]}…", problem=f"it has more than {QUERY_CHARS} characters")
    try:
        return _read(bare)
    except Unusable as error:
        return Look(bare, problem=str(error))


def _read(bare: str) -> Look:
    if found := _OUTPUT.fullmatch(bare.rstrip(".")):
        return Look(bare, "output", number=int(found["number"]))
    if found := _FILE.fullmatch(bare):
        return Look(bare, "file", path=found["path"].strip("\"'`"))
    rest, limit = _limited(bare.rstrip(".") if not _MATCHING.match(bare) else bare)
    if found := _MATCHING.fullmatch(rest):
        pattern, kind = _pattern(found["rest"])
        return Look(bare, "matching", kind, pattern, limit=limit)
    if found := _FLIPPED.fullmatch(rest):
        number, how = int(found["number"]), found["how"].lower()
        kind = _kind(found["kind"] or found["late"])
        return Look(bare, "flipped", kind, how=how, number=number, limit=limit)
    if found := _SCORED.fullmatch(rest):
        return Look(bare, "scored", _kind(found["kind"]), how=found["how"].lower(), limit=limit)
    if found := _SCORED_LATE.fullmatch(rest):
        how, kind = found["how"] or found["first"], found["kind"] or found["late"]
        return Look(bare, "scored", _kind(kind), how=how.lower(), limit=limit)
    raise Unusable("it has none of the forms of a question")


def _limited(text: str) -> tuple[str, int]:
    """The question without its limit, and the limit."""
    found = _BOUND.search(text)
    if not found:
        return text, LIMITS.items
    return text[: found.start()].strip(), max(1, min(int(found[1]), LIMITS.items))


def _pattern(text: str) -> tuple[str, str]:
    """(regular expression, kind) of what stands behind `matches`; raises Unusable."""
    found = _QUOTED.fullmatch(text)
    if not found:
        raise Unusable('the regular expression stands in quotes: items where input matches "REGEX"')
    pattern, rest = found["pattern"], found["rest"].strip(" ,;.")
    kind = _ONLY_KIND.fullmatch(rest)
    if rest and not kind:
        raise Unusable(f"{rest[:60]!r} behind the regular expression is not understood")
    if not pattern or len(pattern) > PATTERN_CHARS:
        raise Unusable(f"a regular expression has 1 to {PATTERN_CHARS} characters")
    return pattern, _kind(kind["kind"]) if kind else ""


def _kind(text: str | None) -> str:
    return (text or "").strip("\"'`[] ")
