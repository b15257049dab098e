"""Places of values in the files of a program, and what may go wrong with one."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import near_misses
from ...text import short

Files = Mapping[str, bytes]
UNKNOWN: Any = object()
"""value of a place that is there and holds no plain value"""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Gone(Exception):  # noqa: N818 - says what became of the place
    """A place that is not there, or not there once: what became of it, in plain words."""


class Missing(Gone):
    """A place that is not there. hint: a similar one that is."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text + hint)
        self.text = text


class Unreadable(Gone):
    """A place that is there, and whose value cannot be read without running the program."""


class Refused(ValueError):  # noqa: N818 - says what the place does
    """A value that cannot be written at a place."""


@dataclass(frozen=True)
class Place:
    """A place that could be bound, as `toolkit init` lists it.

    value: UNKNOWN where none can be read. comment: what the code says of it. line: 0 where it is in
    no file. choices: all values that it may take, where the code says so. kind: constant, default,
    literal, leaf, flag, switch or env.
    """

    at: str
    value: Any
    comment: str = ""
    line: int = 0
    kind: str = "constant"
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Slot:
    """A stretch of a file's text that one value stands in.

    write: the value as text of the file's own language; it raises Refused.
    """

    path: str
    start: int
    end: int
    line: int
    value: Any
    write: Callable[[Any], str]
    raw: str = ""

    def read(self) -> Any:
        """Value that stands there; raises Unreadable."""
        if self.value is UNKNOWN:
            what = f"{short(self.raw)} stands there, which is no plain value"
            raise Unreadable(f"{self.path}, line {self.line}: {what}")
        return self.value


@dataclass(frozen=True)
class Text:
    """Text of a file, and how it is made bytes again."""

    text: str
    encoding: str = "utf-8"
    mark: bytes = b""

    @classmethod
    def of(cls, path: str, content: bytes) -> Text:
        """Text in the encoding that a Python file declares, else UTF-8; raises Gone."""
        mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
        try:
            encoding = "utf-8"
            if path.endswith(".py"):
                encoding = tokenize.detect_encoding(io.BytesIO(content).readline)[0]
            encoding = "utf-8" if encoding == "utf-8-sig" else encoding
            return cls(content.removeprefix(mark).decode(encoding), encoding, mark)
        except (SyntaxError, UnicodeDecodeError, LookupError) as error:
            raise Gone(f"{path} cannot be read as text: {error}") from error

    def encoded(self, text: str) -> bytes:
        """Bytes of a changed text; raises Refused where the file's encoding lacks a letter."""
        try:
            return self.mark + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise Refused(f"{self.encoding} has no letter {error.object[error.start]!r}") from error

    def lines(self) -> list[str]:
        """Lines as Python and YAML count them: a form feed ends none."""
        return _LINE.findall(self.text)

    def line(self, offset: int) -> int:
        """Number of the line that an offset lies in."""
        return 1 + len(re.findall(r"\r\n|\r|\n", self.text[:offset]))

    def comment(self, offset: int) -> str:
        """Comment behind an offset on its line, else the lines of comment right above it."""
        lines, at = self.lines(), self.line(offset) - 1
        column = offset - sum(map(len, lines[:at]))
        found = re.match(r"[\s,)\]}]*#\s*(.*)", lines[at][column:]) if at < len(lines) else None
        if found:
            return found[1].strip()
        above: list[str] = []
        while at and (found := re.match(r"\s*#\s*(.*)", lines[at - 1])) and not _is_mark(found[1]):
            above.insert(0, found[1].strip())
            at -= 1
        return " ".join(above)


def _is_mark(comment: str) -> bool:
    """True for a marker of a block, which says nothing of the line below it."""
    return re.search(r"[A-Z]-(?:START|END)\b", comment) is not None


def file(files: Files, path: str) -> Text:
    """Text of one file; raises Gone."""
    if path not in files:
        raise Missing(f"there is no file {path}", near_misses(path, files))
    return Text.of(path, files[path])
