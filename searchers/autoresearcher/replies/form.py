"""Kinds of a single line of a reply: heading, field, mark, fence."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from keyword import kwlist
from warnings import catch_warnings, simplefilter

SEARCH, MIDDLE, REPLACE = "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE"
MARKS = {SEARCH, MIDDLE, REPLACE}
HEAD = re.compile(r"^ {0,3}#+[ \t]*\**EDIT\b\**[ \t]*(?:[0-9:.–—-].*)?$")
GAP = "[ \\t\u00a0\u200b\u2060\ufeff]"
# no gap, or a line of thousands of them would be taken apart in as many ways
SIGN = "[^\\w\\s\u200b\u2060\ufeff]"
# as models also write it: `**EDIT**`, `# EDIT #1`, `# Edit (1/5)`, `# ✅ EDIT_1`
LOOSE_HEAD = re.compile(
    rf"^{GAP}{{0,3}}(?:#{{1,6}}|(?=\*\*)){GAP}*(?:{SIGN}{{1,8}}{GAP}*)?"
    rf"EDIT[*_]{{0,3}}{GAP}*(?:[0-9:.–—#(\[-].*)?$",
    re.IGNORECASE,
)
NAMES = ("LABEL", "HYPOTHESIS", "FILE", "DELETE", "SET")
_FENCE = re.compile(r"^( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)$")
_RULE = re.compile(r"^ {0,3}(?:-{3,}|\*{3,}|_{3,})[ \t]*$")
_THOUGHT = re.compile(
    r"(</(?:\w+:)?(?:think|thinking|thoughts?|reasoning)>|\[/think\]|◁/think▷)(.*)$", re.IGNORECASE
)
_TAG = re.compile(
    r"</?(?:\w+:)?(?:think|thinking|thoughts?|reasoning)\b[^<>]*>|\[/?think\]|◁/?think▷",
    re.IGNORECASE,
)
_WRAPPER = re.compile(r"^\s*</?(?:answer|details|output|response|solution)>\s*$", re.IGNORECASE)
_CODE = re.compile(r"[={};<>\\|@]|\w\(|\w\[")
_WORDS = re.compile(r"(?:[-*•] |[0-9]+\. )?[*_(]{0,3}(?:[^\W\d_]|`)")
# what some servers leave at the end of a reply
ENDINGS = (
    "<|im_end|>", "<|eot_id|>", "<|endoftext|>", "<|end_of_text|>", "<|end|>", "<|return|>",
    "<|eom_id|>", "<end_of_turn>", "<｜end▁of▁sentence｜>", "</s>", "</answer>", "</details>",
    "</output>", "</response>", "</solution>",
)  # fmt: skip
# a second \r is what writing Windows line ends in text mode adds
LINE_END = re.compile(r"\r{0,2}\n|\r")


def field_pattern(names: Sequence[str]) -> re.Pattern[str]:
    """Pattern of a line such as `SET: k = 3`.

    Decorated as in Markdown, a name must be in capitals: prose has lists like "- set: …".
    """
    some = "|".join(names)
    bare, decorated = rf"(?i:({some}))", rf"(?:[-*+][ \t]+)?[*`]{{0,3}}({some})[*`]{{0,3}}"
    return re.compile(rf"^ {{0,3}}(?:{bare}|{decorated})[ \t]*:(.*)$")


_FIELD = field_pattern(NAMES)


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
        """True where it ends another, as in Markdown: bare, the same characters, no fewer."""
        same = self.mark[0] == opening.mark[0] and len(self.mark) >= len(opening.mark)
        return same and not self.info


def field(line: str, pattern: re.Pattern[str] = _FIELD) -> tuple[str, str] | None:
    """(name in capitals, value) of a line such as `SET: k = 3`."""
    found = pattern.match(line)
    if not found:
        return None
    return (found[1] or found[2]).upper(), found[3].strip().strip("`*").strip()


def may_be_heading(line: str) -> bool:
    """False for a line that none of the patterns of headings fits: most lines, and it is quick."""
    start = line[:4]
    return "#" in start or "*" in start


def without_ending(text: str) -> str:
    """The reply without the marks that a server or a model puts behind its last line."""
    kept = end = len(text.rstrip())
    while mark := next((one for one in ENDINGS if text.endswith(one, 0, end)), ""):
        end -= len(mark)
        while end and text[end - 1].isspace():  # no copies: a model in a loop writes thousands
            end -= 1
    return text if end == kept else f"{text[:end]}\n"


def is_blank(line: str) -> bool:
    """True for a line that only separates: no text, a Markdown rule, a tag around the answer."""
    bare = line.strip()
    lone = bool(bare) and _TAG.fullmatch(bare) is not None
    return not bare or lone or bare in ENDINGS or bool(_RULE.match(line) or _WRAPPER.match(line))


def is_remark(line: str) -> bool:
    """True for a line of plain prose, such as `I expect the scores to go up.`, and no code."""
    bare = re.sub(r"`[^`]*`", "`", line.rstrip())
    words = bare.split()
    if not _WORDS.match(bare) or _CODE.search(bare) or words[0].strip(":,") in kwlist:
        return False
    is_sentence = len(words) > 2 or (bare[0].isupper() and bare[-1] in ".!?:")
    return is_sentence and not is_python(line) and not is_python(f"{line}\n    pass")


def is_python(text: str) -> bool:
    try:
        with catch_warnings():
            simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def tags(line: str) -> int:
    """Number of tags around thinking in a line, opening or closing ones."""
    return len(_TAG.findall(line))


def opens_thinking(line: str) -> bool:
    """True for a line that holds an opening tag alone."""
    found = _TAG.fullmatch(line.strip())
    return found is not None and "/" not in found[0]


def after_thinking(line: str, is_heading: Callable[[str], bool]) -> str | None:
    """Text behind the closing tag where a line may end thinking: nothing, or a heading.

    None where the line names such a tag in passing: a tag without a heading must stand alone.
    """
    found = _THOUGHT.search(line)
    if not found:
        return None
    before, rest = line[: found.start()].strip(), found[2].strip()
    opened = found[1].replace("/", "").lower() in before.lower()
    if opened or (not rest and before) or (rest and not is_heading(rest)):
        return None
    return rest
