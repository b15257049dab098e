"""Paths as a patch writes them in its headers, and those that no patch may have."""

from __future__ import annotations

import re

from ..errors import PatchError
from ..text import short

LONGEST_PART, LONGEST = 255, 1000
"""bytes: what file systems take of a name, and of a path below a work copy's"""
_QUOTE = dict(zip(b'\a\b\f\n\r\t\v"\\', (f"\\{letter}" for letter in 'abfnrtv"\\'), strict=True))
_CODES = {escape[1]: bytes([code]) for code, escape in _QUOTE.items()}
_ESCAPE = re.compile(rb'\\([abfnrtv"\\]|[0-3][0-7]{2})')
_QUOTED = re.compile(rb'"((?:[^"\\\0-\x1f\x7f]|\\(?:[abfnrtv"\\]|[0-3][0-7]{2}))+)"')
# git quotes a name that holds any of these; where a folder ends with a space, see `quote`
_PLAIN = re.compile(rb'(?!.* /)[^"\\\0-\x1f\x7f]+')
# a/ and b/, or what `git diff` writes in their place under diff.mnemonicPrefix
_PREFIX = re.compile(rb"[abciow]/")
# git's own folder, also under the names that Windows gives it; git never writes to it
_DOT_GIT = re.compile(r"(?:\.git|git~1)[. ]*(?::.*)?", re.IGNORECASE | re.DOTALL)


def quote(name: str) -> str:
    """A name as git writes it: as it is, or C-quoted with octal escapes.

    Also quoted, unlike by git, where a folder ends with a space: git cannot read its own header of
    an empty file there.
    """
    codes = name.encode("utf-8", "surrogatepass")
    if " /" not in name and all(0x20 <= code < 0x7F and code not in _QUOTE for code in codes):
        return name
    return '"' + "".join(map(_quoted, codes)) + '"'


def unquote(text: str) -> str | None:
    """The path in a name of a header, less its 'a/' or 'b/'; None if git writes no such name."""
    name = text.encode("utf-8", "surrogatepass")
    if quoted := _QUOTED.fullmatch(name):
        name = _ESCAPE.sub(lambda m: _CODES.get(chr(m[1][0])) or bytes([int(m[1], 8)]), quoted[1])
    elif not _PLAIN.fullmatch(name):
        return None
    try:
        return name[2:].decode() if _PREFIX.match(name) else None
    except UnicodeDecodeError:
        return None


def refuse_stray(path: str, advice: str = "") -> None:
    """PatchError for a path that is unsafe on some system, even where it is harmless on this."""
    parts = path.split("/")
    problems = {
        "is absolute": path.startswith("/"),
        "has an empty part": "" in parts,
        "leaves the tree or names a folder twice ('.' or '..')": "." in parts or ".." in parts,
        "has a backslash": "\\" in path,
        "names a drive": re.match(r"[A-Za-z]:", path) is not None,
        "names git's own folder": any(map(_DOT_GIT.fullmatch, parts)),
        "holds a NUL": "\0" in path,
        f"is longer than {LONGEST:,} bytes": _bytes(path) > LONGEST,
        f"has a part of more than {LONGEST_PART} bytes": max(map(_bytes, parts)) > LONGEST_PART,
    }
    if problem := next((problem for problem, found in problems.items() if found), None):
        raise PatchError(
            f"patch: the path {short(path)} {problem}; write paths relative to the tree, such as "
            f"'a/<folder>/<file>'{advice}"
        )


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _quoted(code: int) -> str:
    return _QUOTE.get(code) or (chr(code) if 0x20 <= code < 0x7F else f"\\{code:03o}")
