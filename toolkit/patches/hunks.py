"""Reads a unified diff into sections and hunks, accepting what `git apply` accepts.

It follows git 2.39's apply.c step by step, on bytes, because git counts bytes. Only what a tree of
plain text files cannot hold is refused besides: renames, copies, binary patches, symbolic links,
submodules, mode changes, new files with a mode other than 100644, names that are not UTF-8, hold
a NUL or run over the end of a line, and line numbers of more than nine digits.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import NoReturn

from toolkit.errors import PatchError

FILE_MODE = 0o100644
BEGINNING_CHARS = 240
UNUSABLE = "unusable edit: "  # begins what a searcher submits for an edit that makes no patch
EXCERPT_CHARS = 80
_KINDS = {0o120000: "a symbolic link", 0o160000: "a submodule"}
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_HUNK = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@[^\n]*\n")
_HEADER = re.compile(
    rb"--- |\+\+\+ |old mode |new mode |deleted file mode |new file mode |copy from |copy to "
    rb"|rename old |rename new |rename from |rename to |similarity index |dissimilarity index "
    rb"|index "
)
_MODE = re.compile(rb"[ \t\v\f\r]*([0-7]+)[ \t\r\n]")
_INDEX = re.compile(rb"[^.\n]{0,40}\.\.[^ \n]{0,40} ")
_QUOTED = re.compile(rb'"((?:[^"\\\n\0]|\\(?:[abfnrtv"\\]|[0-3][0-7]{2}))*)"')
_ESCAPE = re.compile(rb"\\([abfnrtv\"\\]|[0-7]{3})")
_ESCAPED = dict(zip(b'abfnrtv"\\', b'\a\b\f\n\r\t\v"\\', strict=True))
_QUOTE = {code: f"\\{chr(letter)}" for letter, code in _ESCAPED.items()}
_STAMP = re.compile(
    rb"(?:\t| +)(?:\d\d)?\d\d-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d+)?)?"
    rb"(?: [+-](?:\d{4}|\d\d:\d\d))?\Z"
)
_EPOCH = re.compile(
    rb"\t(1969-12-31|1970-01-01) ([0-2]\d):([0-5]\d):00(?:\.0+)? ([+-])([0-2]\d):?([0-5]\d)\n\Z"
)


@dataclass
class Hunk:
    """Lines to find and lines to put there. `line` is where it stands in the patch, from 1."""

    line: int
    old_start: int
    old_count: int
    new_start: int
    new_count: int
    trailing: int = 0  # context lines after the last change
    old: list[bytes] = field(default_factory=list)
    new: list[bytes] = field(default_factory=list)


@dataclass
class Section:
    """What the patch does to one file. `is_new` is None where only a tree tells.

    `old` is None for a new file and `new` for a deleted one.
    """

    old: str | None = None
    new: str | None = None
    is_new: bool | None = None
    is_delete: bool = False
    hunks: list[Hunk] = field(default_factory=list)

    @property
    def path(self) -> str:
        return self.new if self.new is not None else self.old or ""


def parse(patch: str) -> list[Section]:
    """The sections in their order. PatchError when there is none, or one is corrupt or refused."""
    if patch.startswith(UNUSABLE) and "\n" not in patch:
        raise PatchError(patch)  # the reason itself, and all of it
    sections = _Parser(patch).sections()
    if not sections:
        raise PatchError(
            f"patch: {patch[:BEGINNING_CHARS]!r} holds no section of a unified diff; begin with "
            "'diff --git a/<path> b/<path>', '--- a/<path>', '+++ b/<path>' and '@@ -1,3 +1,4 @@'"
        )
    return sections


def split_lines(text: bytes) -> list[bytes]:
    """Lines with their ends; only a newline ends a line, unlike in bytes.splitlines."""
    return _LINE.findall(text)


def excerpt(line: bytes) -> str:
    """A line as a message quotes it."""
    text = line.decode(errors="replace")
    shown = repr(text[:EXCERPT_CHARS].removesuffix("\n"))
    return shown + ("…" if len(text) > EXCERPT_CHARS else "")


def quote(name: str) -> str:
    """A name as git writes it: as it is, or C-quoted with octal escapes.

    Also quoted, unlike by git, where a folder ends with a space: git cannot read its own header of
    an empty file there.
    """
    codes = name.encode("utf-8", "surrogatepass")
    if " /" not in name and all(0x20 <= code < 0x7F and code not in _QUOTE for code in codes):
        return name
    return '"' + "".join(map(_quoted, codes)) + '"'


def _quoted(code: int) -> str:
    return _QUOTE.get(code) or (chr(code) if 0x20 <= code < 0x7F else f"\\{code:03o}")


def _unquote(text: bytes) -> tuple[bytes, bytes] | None:
    """The C-quoted name that text begins with, and what follows it."""
    match = _QUOTED.match(text)
    if not match:
        return None
    name = _ESCAPE.sub(lambda m: bytes([_ESCAPED.get(m[1][0]) or int(m[1], 8)]), match[1])
    return name, text[match.end() :]


def _squash(name: bytes | None) -> bytes | None:
    return None if name is None else re.sub(rb"/+", b"/", name)


def _name(text: bytes, strip: int, default: bytes | None = None) -> bytes | None:
    """The name in the rest of a '---' or '+++' line, less `strip` folders (git's find_name)."""
    if (quoted := _unquote(text)) and quoted[0].count(b"/") >= strip:
        return _squash(quoted[0].split(b"/", strip)[strip])
    parts = re.split(rb"[\t\r\n]", text, maxsplit=1)[0].split(b"/", strip)
    return _shorter(parts, strip, default)


def _plain_name(text: bytes, strip: int, default: bytes | None = None) -> bytes | None:
    """The same in a patch without 'diff --git', where a time may follow the name."""
    stamp = _STAMP.search(text.removesuffix(b"\n"))
    if not stamp or _unquote(text):
        return _name(text, strip, default)
    return _shorter(text[: stamp.start()].split(b"/", strip), strip, default)


def _shorter(parts: list[bytes], strip: int, default: bytes | None) -> bytes | None:
    """git prefers the other line's name where this one only has something added ('.orig')."""
    name = parts[strip] if len(parts) > strip else b""
    if not name or (default is not None and len(default) < len(name) and name.startswith(default)):
        return _squash(default)
    return _squash(name)


def _strip_folder(name: bytes, strip: int) -> bytes | None:
    """The name less its 'a/'; None where there is nothing to take off or the path is absolute."""
    if not strip:
        return None if name.startswith(b"/") else name
    return name.partition(b"/")[2] if name.find(b"/") > 0 else None


def _git_name(text: bytes, strip: int) -> bytes | None:
    """The name that stands twice in the rest of a 'diff --git' line, if it does."""
    if text.startswith(b'"'):
        quoted = _unquote(text)
        return _same(_strip_folder(quoted[0], strip), quoted[1], strip) if quoted else None
    name = _strip_folder(text, strip)
    if name is None:
        return None
    if b'"' in name:
        first, _, _ = name.partition(b'"')
        quoted = _unquote(name[len(first) :])
        second = _strip_folder(quoted[0], strip) if quoted else None
        matches = second is not None and re.match(re.escape(second) + rb"[ \t\r\n]", first)
        return second if matches else None
    for space in re.finditer(rb"[ \t]", name):
        second = _strip_folder(name[space.end() :].removesuffix(b"\n"), strip)
        if second is None or second == name[: space.start()]:
            return second
    return None


def _same(first: bytes | None, rest: bytes, strip: int) -> bytes | None:
    rest = rest.lstrip(b" \t\r\n")
    quoted = _unquote(rest)
    # git compares an unquoted second name together with its newline, so that one hardly matches.
    return first if first == _strip_folder(quoted[0] if quoted else rest, strip) else None


def _is_dev_null(text: bytes) -> bool:
    return re.match(rb"/dev/null[ \t\r\n]", text) is not None


def _is_epoch(text: bytes) -> bool:
    """Whether the line carries 1970-01-01 00:00 UTC, GNU diff's sign for 'no such file'."""
    if not (match := _EPOCH.search(text)):
        return False
    hours, minutes, zone_hours, zone_minutes = (int(match[i]) for i in (2, 3, 5, 6))
    zone = (zone_hours * 60 + zone_minutes) * (-1 if match[4] == b"-" else 1)
    return hours * 60 + minutes - zone == (24 * 60 if match[1].startswith(b"1969") else 0)


class _Parser:
    def __init__(self, patch: str) -> None:
        data = patch.encode("utf-8", "surrogatepass")
        self.lines = split_lines(data)
        sizes = itertools.accumulate(map(len, self.lines), initial=0)
        self.left = [len(data) - size for size in sizes]  # bytes from each line to the end
        self.at = 0
        self.strip = 1  # folders to take off each name: its 'a/'

    def sections(self) -> list[Section]:
        found = []
        while section := self._section():
            found.append(section)
        return found

    def _fail(self, what: str, at: int | None = None) -> NoReturn:
        at = self.at if at is None else at
        here = excerpt(self.lines[at]) if at < len(self.lines) else "the end of the patch"
        raise PatchError(f"patch, line {at + 1} ({here}): {what}")

    def _section(self) -> Section | None:
        names = _Names()
        if not self._find_header(names):
            return None
        section = self._named(names)
        while self.left[self.at] > 4 and self.lines[self.at].startswith(b"@@ -"):
            section.hunks.append(self._hunk(section.path, len(section.hunks) + 1))
        self._settle(section)
        return section

    def _find_header(self, names: _Names) -> bool:
        """Go past the next header. `names` keeps what an abandoned header said, as git does."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if _HUNK.match(line):
                self._fail(
                    "this hunk belongs to no file. Name the file before it with '--- a/<path>' and "
                    "'+++ b/<path>'; if they are there, the hunk above has more lines than its "
                    "'@@ -start,count +start,count @@' says"
                )
            if len(line) >= 6 and self.left[self.at + 1] < 6:
                return False
            if line.startswith(b"diff --git ") and self._git_header(names):
                return True
            if self._is_plain_header():
                self._plain_header(names)
                return True
            self.at += 1
        return False

    def _is_plain_header(self) -> bool:
        if self.at + 2 >= len(self.lines):
            return False
        old, new, hunk = self.lines[self.at : self.at + 3]
        starts = old.startswith(b"--- ") and new.startswith(b"+++ ") and hunk.startswith(b"@@ -")
        return starts and len(old) >= 6 and self.left[self.at] >= len(new) + 14

    def _plain_header(self, names: _Names) -> None:
        old, new = (line[4:] for line in self.lines[self.at : self.at + 2])
        self._guess_strip(new)
        if _is_dev_null(old):
            names.is_new, names.is_delete = True, False
            names.new = name = _plain_name(new, self.strip)
        elif _is_dev_null(new):
            names.is_new, names.is_delete = False, True
            names.old = name = _plain_name(old, self.strip)
        else:
            name = _plain_name(new, self.strip, _plain_name(old, self.strip))
            if _is_epoch(old):
                names.is_new, names.is_delete, names.new = True, False, name
            elif _is_epoch(new):
                names.is_new, names.is_delete, names.old = False, True, name
            else:
                names.old = names.new = name
        if name is None:
            self._fail("no file name here; write '--- a/<path>' and '+++ b/<path>'")
        self.at += 2

    def _guess_strip(self, new: bytes) -> None:
        """A name without any folder, in a patch without 'diff --git', has no 'b/' to take off."""
        name = None if _is_dev_null(new) else _plain_name(new, 0)
        if name is not None and b"/" not in name:
            self.strip = 0

    def _git_header(self, names: _Names) -> bool:
        """Read the lines under 'diff --git'. False when there are none: git then looks further."""
        names.is_new = names.is_delete = False
        names.default = _git_name(self.lines[self.at][11:], self.strip)
        end = self.at + 1
        while end < len(self.lines) and self.lines[end].endswith(b"\n"):
            if not (match := _HEADER.match(self.lines[end])):
                break
            self._header_line(names, match[0].decode().strip(), self.lines[end][match.end() :], end)
            end += 1
        if names.old is None and names.new is None:
            names.old = names.new = names.default
        lacks_new = names.new is None and not names.is_delete
        if lacks_new or (names.old is None and not names.is_new):
            self._fail("this header does not name its file; write 'diff --git a/<path> b/<path>'")
        if end == self.at + 1:
            return False
        self.at = end
        return True

    def _header_line(self, names: _Names, key: str, rest: bytes, at: int) -> None:
        match key:
            case "---":
                names.old = self._checked(names.old, rest, names.is_new, at)
            case "+++":
                names.new = self._checked(names.new, rest, names.is_delete, at)
            case "old mode":
                names.old_mode = self._mode(rest, at)
            case "new mode":
                names.new_mode = self._mode(rest, at)
            case "deleted file mode":
                names.is_delete, names.old, names.old_mode = (
                    True,
                    names.default,
                    self._mode(rest, at),
                )
            case "new file mode":
                names.is_new, names.new, names.new_mode = True, names.default, self._mode(rest, at)
            case "index":
                if match := _INDEX.match(rest):
                    names.old_mode = self._mode(rest[match.end() :], at)
            case "similarity index" | "dissimilarity index":
                pass
            case _:
                self._fail("renames and copies are refused: delete the one file, add the other", at)
        if names.is_new and names.is_delete:
            self._fail("a file cannot be both new and deleted in one section", at)

    def _checked(
        self, known: bytes | None, rest: bytes, gone: bool | None, at: int
    ) -> bytes | None:
        """The name on a '---' or '+++' line, which must agree with what the header said before."""
        if known is None and gone and not _is_dev_null(rest):
            self._fail("the header says that there is no such file; write /dev/null here", at)
        if known is None:
            return None if gone else _name(rest, self.strip)
        if gone or _name(rest, self.strip) != known:
            self._fail(f"the header names {excerpt(known)} before; all its lines must agree", at)
        return known

    def _mode(self, rest: bytes, at: int) -> int:
        match = _MODE.match(rest)
        return int(match[1], 8) if match else self._fail("the file mode must be 100644", at)

    def _named(self, names: _Names) -> Section:
        """The section that the header opens. PatchError for what a tree of text cannot hold."""
        if names.old is not None and names.new is not None and names.old != names.new:
            hint = (
                "; under 'diff --git', /dev/null needs 'new file mode 100644' or 'deleted …' above"
            )
            self._fail(
                f"renames are refused (above, {excerpt(names.old)} becomes {excerpt(names.new)})"
                + (hint if b"dev/null" in (names.old, names.new) else "")
            )
        old, new = (None if name is None else self._text(name) for name in (names.old, names.new))
        self._check_modes(names, excerpt(names.new or names.old or b""))
        return Section(old, new, names.is_new, names.is_delete)

    def _check_modes(self, names: _Names, path: str) -> None:
        old, new = names.old_mode, names.new_mode
        for mode in (old, new):
            if kind := _KINDS.get(mode & 0o170000):
                self._fail(
                    f"{path} is {kind} by this patch (mode {mode:o}); only files are allowed"
                )
        if old and old & 0o170000 != 0o100000:
            self._fail(f"{path} has the mode {old:o} by this patch, and is a file (100644)")
        if new and new != (FILE_MODE if names.is_new else old or FILE_MODE):
            self._fail(f"{path} gets the mode {new:o} by this patch; only 100644 is allowed")

    def _text(self, name: bytes) -> str:
        try:
            text = name.decode()
        except UnicodeDecodeError:
            self._fail(f"the file name {name!r} above is not UTF-8")
        return self._fail(f"the file name {text!r} above holds a NUL") if "\0" in text else text

    def _hunk(self, path: str, number: int) -> Hunk:
        start = self.at
        match = _HUNK.match(self.lines[start])
        if not match:
            self._fail(f"hunk {number} of {path!r} must begin like '@@ -12,7 +12,8 @@'")
        old_start, old, new_start, new = (int(group or 1) for group in match.groups())
        hunk = Hunk(start + 1, old_start, old, new_start, new)
        self.at += 1
        while self.at < len(self.lines) and (old or new):
            line = self.lines[self.at]
            kind = line[:1] if line.endswith(b"\n") else b"at the end"
            if kind in (b" ", b"\n", b"-", b"+"):
                old -= kind != b"+"
                new -= kind != b"-"
                hunk.trailing = hunk.trailing + 1 if kind in (b" ", b"\n") else 0
            elif kind != b"\\" or len(line) < 12 or not line.startswith(b"\\ "):
                break
            self.at += 1
        if old or new:
            self._corrupt(path, number, start, old, new)
        body = self.lines[start + 1 : self.at]
        if not any(line[:1] in (b"-", b"+") for line in body):
            self._fail(
                f"hunk {number} of {path!r} changes nothing; it needs '-' or '+' lines", start
            )
        if self.left[self.at] > 12 and self.lines[self.at].startswith(b"\\ "):
            body.append(self.lines[self.at])
            self.at += 1
        _fill(hunk, body)
        return hunk

    def _corrupt(self, path: str, number: int, start: int, old: int, new: int) -> NoReturn:
        header = excerpt(self.lines[start])
        what = f"hunk {number} of {path!r} ({header}, line {start + 1}) is corrupt: "
        if self.at < len(self.lines) and not self.lines[self.at].endswith(b"\n"):
            self._fail(what + "the last line of the patch must end with a newline")
        if min(old, new) < 0:
            self._fail(f"{what}it has more lines than its counts say; count them again", start)
        self._fail(
            f"{what}by its counts, {old} more old and {new} more new lines belong here. Begin "
            "each line with ' ', '-' or '+'; count old lines (' ', '-') and new (' ', '+') again"
        )

    def _settle(self, section: Section) -> None:
        """Decide what the hunks tell about a new or deleted file, and refuse what disagrees."""
        old = any(hunk.old_count for hunk in section.hunks)
        new = any(hunk.new_count for hunk in section.hunks)
        if not section.hunks:
            self._check_empty(section)
        if section.is_new is None and (old or len(section.hunks) > 1):
            section.is_new = False
        if section.is_new and old:
            self._fail(f"the new file {section.path!r} above has ' ' or '-' lines; use only '+'")
        if section.is_delete and new:
            self._fail(
                f"the deleted file {section.path!r} above has ' ' or '+' lines; use only '-'"
            )

    def _check_empty(self, section: Section) -> None:
        line = self.lines[self.at] if self.at < len(self.lines) else b""
        binary = line.startswith((b"Binary files ", b"Files ")) and line.endswith(b" differ\n")
        if binary or line == b"GIT binary patch\n":
            self._fail(f"binary patches are refused ({section.path!r})")
        if not section.is_new and not section.is_delete:
            self._fail(
                f"the section of {section.path!r} above has no hunk here ('@@ -1,3 +1,4 @@')"
            )


@dataclass
class _Names:
    """What a header says, as far as it was read."""

    old: bytes | None = None
    new: bytes | None = None
    default: bytes | None = None
    is_new: bool | None = None
    is_delete: bool = False
    old_mode: int = 0
    new_mode: int = 0


def _fill(hunk: Hunk, body: list[bytes]) -> None:
    for line, following in itertools.pairwise([*body, b""]):
        cut = following.startswith(b"\\")  # "\ No newline at end of file"
        # A bare newline is a context line that lost its space; git drops it if it is cut, too.
        kept = line if line == b"\n" else line[1:]
        found = [] if kept is line and cut else [kept[:-1] if cut else kept]
        if line[:1] in (b" ", b"\n", b"-"):
            hunk.old += found
        if line[:1] in (b" ", b"\n", b"+"):
            hunk.new += found
